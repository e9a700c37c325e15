from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from stsview.model.cache.indexer import Indexer
from stsview.model.packing import Packing
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from tests.support.model.build import pod


def by_node(held: Pod) -> Iterator[str]:
    if held.spec.node_name:
        yield held.spec.node_name


def packed() -> Indexer[Pod]:
    return Indexer(Packing(Pod), node=by_node)


def plain() -> Indexer[Pod]:
    return Indexer(node=by_node)


each_way = pytest.mark.parametrize("empty", [plain, packed])


@each_way
def test_objects_are_found_by_name_and_by_index(empty: Callable[[], Indexer[Pod]]) -> None:
    indexer = empty()
    first, second = pod(0, node="n1"), pod(1, node="n1")
    indexer.put(first)
    indexer.put(second)
    assert indexer.get(Key("default", "web-0")) == first
    assert Key("default", "web-0") in indexer
    assert indexer.by("node", "default", "n1") == {"web-0": first, "web-1": second}
    assert indexer.by("node", "default", "n2") == {}


@each_way
def test_a_changed_object_leaves_its_old_index_entry(empty: Callable[[], Indexer[Pod]]) -> None:
    indexer = empty()
    old, equal, new = pod(0, node="n1"), pod(0, node="n1"), pod(0, node="n2")
    assert indexer.put(old) is None
    assert indexer.put(equal) is equal
    assert indexer.put(new) == old
    assert indexer.by("node", "default", "n1") == {}
    assert list(indexer.by("node", "default", "n2").values()) == [new]
    for removed in (new, None):
        assert indexer.remove(Key("default", "web-0")) == removed
        assert indexer.by("node", "default", "n2") == {}
        assert indexer.get(Key("default", "web-0")) is None


def test_keys_are_those_of_one_namespace_or_of_all() -> None:
    indexer: Indexer[Pod] = Indexer()
    indexer.put(pod(0, namespace="a"))
    indexer.put(pod(0, namespace="b"))
    assert indexer.keys("a") == [Key("a", "web-0")]
    assert indexer.keys() == [Key("a", "web-0"), Key("b", "web-0")]

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.cache.indexer import Indexer
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from tests.support.model.build import pod


def by_node(held: Pod) -> Iterator[str]:
    if held.spec.node_name:
        yield held.spec.node_name


def test_objects_are_found_by_name_and_by_index() -> None:
    indexer = Indexer(node=by_node)
    first, second = pod(0, node="n1"), pod(1, node="n1")
    indexer.put(first)
    indexer.put(second)
    assert indexer.get(Key("default", "web-0")) is first
    assert set(indexer.by("node", "n1")) == {Key("default", "web-0"), Key("default", "web-1")}
    assert indexer.by("node", "n2") == {}


def test_a_changed_object_leaves_its_old_index_entry() -> None:
    indexer = Indexer(node=by_node)
    old, new = pod(0, node="n1"), pod(0, node="n2")
    indexer.put(old)
    indexer.put(new)
    assert indexer.by("node", "n1") == {}
    assert list(indexer.by("node", "n2").values()) == [new]
    for _ in range(2):
        indexer.remove(Key("default", "web-0"))
        assert indexer.by("node", "n2") == {}
        assert indexer.get(Key("default", "web-0")) is None


def test_keys_are_those_of_one_namespace_or_of_all() -> None:
    indexer: Indexer[Pod] = Indexer()
    indexer.put(pod(0, namespace="a"))
    indexer.put(pod(0, namespace="b"))
    assert indexer.keys("a") == [Key("a", "web-0")]
    assert indexer.keys() == [Key("a", "web-0"), Key("b", "web-0")]

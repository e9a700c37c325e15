"""Which streams are kept, and how many at most."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from stsview.live.stream_plan import MOST_STREAMS, StreamKey, plan_streams
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, WATCHED

KINDS = (STATEFULSETS, PODS, NODES, CLAIMS)
EVERYTHING = [(kind, "") for kind in KINDS]


def plan(
    asked: Sequence[str] = (),
    readable: Sequence[str] = (),
    inhabited: Collection[str] = (),
    refused: Collection[str] = (),
) -> list[StreamKey]:
    return plan_streams(KINDS, asked, readable, inhabited, refused)


def test_each_kind_once_where_everything_may_be_read() -> None:
    assert plan(inhabited=("data", "infra")) == EVERYTHING


def test_one_namespace_is_read_in_every_kind_at_once() -> None:
    assert plan(["data"]) == [(STATEFULSETS, "data"), (PODS, "data"), (NODES, ""), (CLAIMS, "data")]


def test_of_several_namespaces_those_with_sets_are_read_in_every_kind() -> None:
    sets = [(STATEFULSETS, "b"), (STATEFULSETS, "a")]
    assert plan(["b", "a"]) == [*sets, (NODES, "")]
    assert plan(["b", "a"], inhabited=("a", "elsewhere")) == [*sets, (PODS, "a"), (NODES, ""), (CLAIMS, "a")]


def test_of_many_namespaces_all_that_is_not_a_set_is_read_at_once_if_it_may_be() -> None:
    many = [f"ns-{number}" for number in range(20)]
    sets = [(STATEFULSETS, name) for name in many]
    rest: list[StreamKey] = [(PODS, ""), (NODES, ""), (CLAIMS, "")]
    assert plan(many, inhabited=many) == sets + rest
    refused = plan(many, inhabited=("ns-3", "ns-1"), refused=(CLAIMS.name,))
    assert refused == [*sets, *rest, (CLAIMS, "ns-1"), (CLAIMS, "ns-3")]


def test_what_is_refused_in_all_namespaces_is_read_in_those_that_have_sets() -> None:
    assert plan(inhabited=("b", "a"), refused=(CLAIMS.name,)) == [*EVERYTHING, (CLAIMS, "a"), (CLAIMS, "b")]


def test_sets_are_read_where_they_may_be_and_the_rest_follows_them() -> None:
    refused = (STATEFULSETS.name, PODS.name, NODES.name)
    streams = plan(readable=("a", "b"), inhabited=("b",), refused=refused)
    assert streams == [
        (STATEFULSETS, ""),
        (STATEFULSETS, "a"),
        (STATEFULSETS, "b"),
        (PODS, ""),
        (PODS, "b"),
        (NODES, ""),
        (CLAIMS, ""),
    ]


def test_a_kind_that_is_refused_is_not_read_in_more_namespaces_than_can_be_told_apart() -> None:
    many = [f"ns-{number}" for number in range(51)]
    assert plan(inhabited=many, refused=(CLAIMS.name,)) == EVERYTHING
    assert len(plan(inhabited=many[:50], refused=(CLAIMS.name,))) == len(EVERYTHING) + 50


@pytest.mark.parametrize("count", [2, 20, 50])
def test_there_are_never_more_connections_than_a_process_may_have(count: int) -> None:
    names = [f"ns-{number}" for number in range(count)]
    refused = {kind.name for kind in WATCHED}
    for asked in ((), names):
        streams = plan_streams(WATCHED, asked, names, names, refused)
        single = [(kind, namespace) for kind, namespace in streams if namespace]
        assert len(set(streams)) == len(streams)
        assert len(single) <= MOST_STREAMS
        assert len(streams) - len(single) <= len(WATCHED)
        for kind in (STATEFULSETS, PODS, CLAIMS, SERVICES):
            read_in = [namespace for one, namespace in single if one is kind]
            assert sorted(read_in) == sorted(names), "what the first screen needs is not left out"

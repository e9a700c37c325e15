"""Which streams to keep, and their limits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from stsview.live.stream_plan import MOST_STREAMS, StreamKey, plan_streams
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, WATCHED

KINDS = (STATEFULSETS, PODS, NODES, CLAIMS)
EVERYTHING = [(kind, "") for kind in KINDS]


def plan(
    requested: Sequence[str] = (),
    readable: Sequence[str] = (),
    with_sets: Collection[str] = (),
    forbidden: Collection[str] = (),
) -> list[StreamKey]:
    return plan_streams(KINDS, requested, readable, with_sets, forbidden)


def test_each_kind_once_where_everything_may_be_read() -> None:
    assert plan(with_sets=("data", "infra")) == EVERYTHING


def test_one_namespace_is_read_in_every_kind_at_once() -> None:
    assert plan(["data"]) == [(STATEFULSETS, "data"), (PODS, "data"), (NODES, ""), (CLAIMS, "data")]


def test_several_namespaces_with_sets_are_read_for_every_kind() -> None:
    sets = [(STATEFULSETS, "b"), (STATEFULSETS, "a")]
    assert plan(["b", "a"]) == [*sets, (NODES, "")]
    assert plan(["b", "a"], with_sets=("a", "elsewhere")) == [*sets, (PODS, "a"), (NODES, ""), (CLAIMS, "a")]


def test_with_many_namespaces_other_kinds_are_read_in_all_if_allowed() -> None:
    many = [f"ns-{number}" for number in range(20)]
    sets = [(STATEFULSETS, name) for name in many]
    rest: list[StreamKey] = [(PODS, ""), (NODES, ""), (CLAIMS, "")]
    assert plan(many, with_sets=many) == sets + rest
    forbidden = plan(many, with_sets=("ns-3", "ns-1"), forbidden=(CLAIMS.name,))
    assert forbidden == [*sets, *rest, (CLAIMS, "ns-1"), (CLAIMS, "ns-3")]


def test_a_kind_forbidden_in_all_namespaces_is_read_where_sets_are() -> None:
    assert plan(with_sets=("b", "a"), forbidden=(CLAIMS.name,)) == [*EVERYTHING, (CLAIMS, "a"), (CLAIMS, "b")]


def test_sets_are_read_where_allowed_and_other_kinds_where_sets_are() -> None:
    forbidden = (STATEFULSETS.name, PODS.name, NODES.name)
    streams = plan(readable=("a", "b"), with_sets=("b",), forbidden=forbidden)
    assert streams == [
        (STATEFULSETS, ""),
        (STATEFULSETS, "a"),
        (STATEFULSETS, "b"),
        (PODS, ""),
        (PODS, "b"),
        (NODES, ""),
        (CLAIMS, ""),
    ]


def test_a_forbidden_kind_is_not_read_in_too_many_namespaces() -> None:
    many = [f"ns-{number}" for number in range(51)]
    assert plan(with_sets=many, forbidden=(CLAIMS.name,)) == EVERYTHING
    assert len(plan(with_sets=many[:50], forbidden=(CLAIMS.name,))) == len(EVERYTHING) + 50


@pytest.mark.parametrize("count", [2, 20, 50])
def test_the_number_of_connections_is_limited(count: int) -> None:
    names = [f"ns-{number}" for number in range(count)]
    forbidden = {kind.name for kind in WATCHED}
    for requested in ((), names):
        streams = plan_streams(WATCHED, requested, names, names, forbidden)
        single = [(kind, namespace) for kind, namespace in streams if namespace]
        assert len(set(streams)) == len(streams)
        assert len(single) <= MOST_STREAMS
        assert len(streams) - len(single) <= len(WATCHED)
        for kind in (STATEFULSETS, PODS, CLAIMS, SERVICES):
            read_in = [namespace for one, namespace in single if one is kind]
            assert sorted(read_in) == sorted(names), "what the first screen needs is not left out"

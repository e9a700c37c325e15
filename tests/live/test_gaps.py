"""Sentences about kinds that cannot be read."""

from __future__ import annotations

from stsview.live.gaps import unreadable_kinds
from stsview.objects.kinds import CLAIMS, PODS, Kind
from stsview.objects.stream_messages import StreamHealth, StreamPhase


def forbidden(kind: Kind, namespace: str = "", phase: StreamPhase = StreamPhase.FORBIDDEN) -> StreamHealth:
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    return StreamHealth(kind, namespace, phase, problem=f"you may not list and watch {kind.resource} {where}")


def test_a_kind_is_named_once_with_its_unreadable_namespaces() -> None:
    assert unreadable_kinds([forbidden(PODS, "b"), forbidden(CLAIMS, "b"), forbidden(PODS, "a")]) == [
        "you may not list and watch pods in namespaces a and b",
        "you may not list and watch persistentvolumeclaims in namespace b",
    ]


def test_many_namespaces_are_counted() -> None:
    assert unreadable_kinds([forbidden(PODS, f"ns-{number}") for number in range(4)]) == [
        "you may not list and watch pods in 4 namespaces"
    ]


def test_the_same_sentence_appears_once() -> None:
    absent = [
        StreamHealth(PODS, name, StreamPhase.ABSENT, problem="this cluster does not have pods (v1)") for name in "ab"
    ]
    assert unreadable_kinds(absent) == ["this cluster does not have pods (v1)"]


def test_readable_kinds_are_not_named() -> None:
    assert (
        unreadable_kinds([StreamHealth(PODS, phase=StreamPhase.LIVE), forbidden(CLAIMS, phase=StreamPhase.WAITING)])
        == []
    )

"""What cannot be read, in as few sentences as it takes."""

from __future__ import annotations

from stsview.live.gaps import unreadable
from stsview.objects.kinds import CLAIMS, PODS, Kind
from stsview.objects.stream_messages import Phase, StreamHealth


def forbidden(kind: Kind, namespace: str = "", phase: Phase = Phase.FORBIDDEN) -> StreamHealth:
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    return StreamHealth(kind, namespace, phase, problem=f"you may not list and watch {kind.resource} {where}")


def test_a_kind_is_named_once_with_the_namespaces_in_which_it_is_unread() -> None:
    assert unreadable([forbidden(PODS, "b"), forbidden(CLAIMS, "b"), forbidden(PODS, "a")]) == [
        "you may not list and watch pods in namespaces a and b",
        "you may not list and watch persistentvolumeclaims in namespace b",
    ]


def test_many_namespaces_are_counted() -> None:
    assert unreadable([forbidden(PODS, f"ns-{number}") for number in range(4)]) == [
        "you may not list and watch pods in 4 namespaces"
    ]


def test_one_sentence_that_holds_everywhere_is_said_once() -> None:
    absent = [StreamHealth(PODS, name, Phase.ABSENT, problem="this cluster does not have pods (v1)") for name in "ab"]
    assert unreadable(absent) == ["this cluster does not have pods (v1)"]


def test_what_is_read_is_not_named() -> None:
    assert unreadable([StreamHealth(PODS, phase=Phase.LIVE), forbidden(CLAIMS, phase=Phase.WAITING)]) == []

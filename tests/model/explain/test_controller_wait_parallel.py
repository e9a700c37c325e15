"""With Parallel the controller waits only for pods it cannot create, and an update for the pods above."""

from __future__ import annotations

from typing import Any

from stsview.model.views import Severity, WaitReason
from stsview.objects.statefulset import StatefulSet
from tests.support.model.build import OLD, crashing, look, pod, rolling, row, starting, stateful_set, terminating


def parallel(replicas: int, **more: Any) -> StatefulSet:
    return stateful_set(replicas, policy="Parallel", **more)


def test_all_are_created_at_once() -> None:
    view = look(parallel(3), [starting(0)], 60, first_seen=50)
    assert (view.wait.reason, view.wait.ordinal, view.wait.so) == (WaitReason.MISSING, 1, "")


def test_a_starting_pod_is_reported_though_the_controller_does_not_wait() -> None:
    view = look(parallel(2), [starting(0), pod(1)])
    assert view.wait.reason is WaitReason.NOTHING
    assert (view.severity, view.why.headline, view.why.detail) == (Severity.ROLLING, "waits for web-0", "starting")


def test_a_broken_pod_of_the_old_revision_is_replaced() -> None:
    view = look(parallel(2, current=OLD), [pod(0, revision=OLD), crashing(1, revision=OLD)], first_seen=50)
    assert (view.wait.reason, view.wait.ordinal, view.wait.severity) == (WaitReason.REPLACING, 1, Severity.ROLLING)
    assert row(view, 1).next


def test_a_broken_pod_of_the_new_revision_blocks_those_below() -> None:
    view = look(parallel(3, current=OLD), [pod(0, revision=OLD), pod(1, revision=OLD), crashing(2)])
    assert (view.wait.reason, view.wait.ordinal, view.wait.severity) == (WaitReason.NOT_READY, 2, Severity.STUCK)
    assert view.wait.so == "web-1 and web-0 stay on old until web-2 is Ready"
    assert view.wait.next == "view the logs of its previous run; rolling back to old replaces it"


def test_a_broken_pod_below_the_partition_blocks_nothing() -> None:
    pods = [crashing(0, revision=OLD), pod(1, revision=OLD), pod(2)]
    view = look(parallel(3, current=OLD, strategy=rolling(partition=1)), pods, first_seen=50)
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.REPLACING, 1)
    assert view.wait.severity is Severity.ROLLING


def test_the_update_waits_for_a_terminating_pod() -> None:
    pods = [pod(0, revision=OLD), terminating(1, asked=50, revision=OLD)]
    view = look(parallel(2, current=OLD), pods)
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.TERMINATING, 1)
    assert view.wait.next == "then web-0 is replaced"


def test_an_exhausted_max_unavailable_names_the_pods() -> None:
    pods = [crashing(0), pod(1, revision=OLD), pod(2, revision=OLD)]
    view = look(parallel(3, current=OLD, strategy=rolling(max_unavailable=1)), pods)
    assert (view.wait.reason, view.wait.ordinal, view.wait.severity) == (WaitReason.BUDGET, 0, Severity.STUCK)
    assert view.wait.detail == "maxUnavailable 1 exhausted: CrashLoopBackOff, exit 1, 3 restarts"
    assert view.wait.so == "web-2 and web-1 are not replaced until web-0 is Ready"


def test_max_unavailable_allows_to_pass_a_starting_pod() -> None:
    pods = [pod(0, revision=OLD), starting(1)]
    view = look(parallel(2, current=OLD, strategy=rolling(max_unavailable=2)), pods, first_seen=50)
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.REPLACING, 0)


def test_an_update_with_max_unavailable_waits_for_the_last_pod() -> None:
    pods = [pod(0), terminating(1, asked=50, revision=OLD)]
    view = look(parallel(2, current=OLD, strategy=rolling(max_unavailable=2)), pods)
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.TERMINATING, 1)


def test_all_surplus_pods_are_removed_at_once_and_the_worst_is_reported() -> None:
    view = look(parallel(0), [terminating(0, asked=10), terminating(1, asked=90)], 100)
    assert (view.wait.ordinal, view.wait.severity) == (0, Severity.STUCK)
    assert view.wait.headline == "web-0 stuck Terminating"


def test_an_update_does_not_wait_for_surplus_pods() -> None:
    pods = [pod(0, revision=OLD), crashing(1), terminating(2, asked=0)]
    view = look(parallel(2, current=OLD), pods, 600)
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.NOT_READY, 1)

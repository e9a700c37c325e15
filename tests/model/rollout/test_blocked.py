"""Which pods block their own replacement, and which never do."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.rollout.blocked import blocks_in_order, blocks_own_replacement, first_unavailable, seems_blocked
from stsview.model.states import Health
from stsview.model.views import OrdinalView, PodState, SetView
from stsview.objects.pod import Pod
from tests.support.model.build import (
    NEW,
    OLD,
    crashing,
    look,
    node,
    pod,
    rolling,
    row,
    starting,
    stateful_set,
    terminating,
)

BAD = "web-bad"


def broken(ordinal: int = 1, **more: Any) -> Pod:
    return crashing(ordinal, revision=BAD, **more)


def seen(held: Pod, **parts: Any) -> tuple[OrdinalView, SetView]:
    """The view of ordinal 1 of a set of two that was rolled back to NEW."""
    view = look(stateful_set(2, current=NEW), [pod(0), held], 60, **parts)
    return row(view, 1), view


def test_a_broken_outdated_pod_blocks_its_own_replacement() -> None:
    held, view = seen(broken())
    assert blocks_own_replacement(held)
    assert blocks_in_order(held, view)
    assert (first_unavailable(view), seems_blocked(view)) == (held, True)


def test_a_pod_that_may_recover_blocks_only_on_request() -> None:
    held, view = seen(starting(1, started=50, revision=BAD))
    assert not blocks_own_replacement(held)
    assert blocks_own_replacement(held, may_recover=True)
    assert blocks_in_order(held, view)


@pytest.mark.parametrize(
    "held",
    [
        pod(1, revision=BAD),
        crashing(1, revision=NEW),
        terminating(1, asked=50, revision=BAD),
        pod(1, revision=BAD, phase="Failed", ready="False"),
    ],
    ids=["Ready", "updated", "terminating", "ended"],
)
def test_pods_that_the_controller_does_not_wait_for_in_vain(held: Pod) -> None:
    there, view = seen(held)
    assert not blocks_own_replacement(there, may_recover=True)
    assert not blocks_in_order(there, view)
    assert not seems_blocked(view)


@pytest.mark.parametrize("ready", ["False", "Unknown"])
def test_a_pod_on_a_node_that_is_not_ready_never_counts(ready: str) -> None:
    held, view = seen(broken(), nodes={"node-1": node(ready=ready)})
    assert held.on_lost_node
    assert not blocks_own_replacement(held, may_recover=True)
    assert not seems_blocked(view)


@pytest.mark.parametrize(
    ("cause", "detail", "blocks"),
    [
        (Cause.CRASH, "", True),
        (Cause.CLAIM, "", False),
        (Cause.NODE, "", False),
        (Cause.SCHEDULING, "0/3 nodes are available: 3 Insufficient cpu.", True),
        (Cause.SCHEDULING, "0/3 nodes are available: 3 node(s) had untolerated taint {a: b}.", False),
    ],
)
def test_a_diagnosis_excludes_what_another_template_does_not_help(cause: Cause, detail: str, blocks: bool) -> None:
    held, _ = seen(broken())
    diagnosis = Diagnosis(PodState("broken", Health.DEGRADED, detail=detail), cause)
    assert blocks_own_replacement(held, diagnosis=diagnosis) is blocks


def test_in_parallel_and_below_the_partition_no_pod_blocks() -> None:
    pods = [broken(0), pod(1)]
    assert seems_blocked(look(stateful_set(2, current=NEW), pods))
    assert not seems_blocked(look(stateful_set(2, current=NEW, policy="Parallel"), pods))
    assert not seems_blocked(look(stateful_set(2, current=OLD, strategy=rolling(partition=1)), pods))


def parallel(*members: Pod, budget: int | None = 1) -> SetView:
    stateful = stateful_set(3, current=OLD, policy="Parallel", strategy=rolling(max_unavailable=budget))
    return look(stateful, members, 60, first_seen=0)


def test_with_parallel_a_broken_pod_blocks_if_it_uses_up_max_unavailable() -> None:
    view = parallel(pod(0, revision=OLD), crashing(1, revision=OLD), pod(2, revision=OLD))
    assert [blocks_in_order(one, view) for one in view.ordinals] == [False, True, False]
    assert seems_blocked(view)


@pytest.mark.parametrize(
    "view",
    [
        parallel(pod(0, revision=OLD), crashing(1, revision=OLD), pod(2, revision=OLD), budget=2),
        parallel(pod(0, revision=OLD), crashing(1, revision=OLD), pod(2, revision=OLD), budget=None),
        parallel(pod(0, revision=OLD), starting(1, started=50, revision=OLD), pod(2, revision=OLD)),
        parallel(crashing(0, revision=OLD), crashing(1), pod(2), budget=3),
        parallel(crashing(0, revision=OLD), pod(1, revision=OLD)),
        parallel(crashing(0, revision=OLD), terminating(1, asked=50, revision=OLD), pod(2)),
    ],
    ids=["budget left", "no budget", "starting", "others", "missing", "terminating"],
)
def test_with_parallel_the_update_continues_otherwise(view: SetView) -> None:
    assert not seems_blocked(view)

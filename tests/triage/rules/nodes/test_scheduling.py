"""Rules about pods that are not scheduled."""

from __future__ import annotations

import pytest

from stsview.model.finding import Certainty, Danger
from stsview.objects.pod import Pod, SchedulingGate
from stsview.triage.rules.nodes.scheduling import anti_affinity_exhausted, no_scheduler, scheduling_gated, unschedulable
from tests.support.model.build import around, at, pod, stateful_set
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import unscheduled, with_spec

CPU = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found."


def test_an_unschedulable_pod_is_reported_with_the_schedulers_reasons() -> None:
    (finding,) = found(unschedulable, around(stateful_set(3), [pod(0), unscheduled(1, CPU)]))
    assert finding.headline == "web-1: unschedulable: 3 Insufficient cpu"
    assert (finding.since, finding.so) == (at(20), "web-2 is not created until web-1 is Ready")
    assert finding.evidence[0].value == f"False: Unschedulable: {CPU}"
    assert [remedy.danger for remedy in finding.remedies[:2]] == [Danger.READ_ONLY, Danger.REVERSIBLE]
    assert finding.remedies[1].text == "add a node or free resources on one: the pod is then scheduled"


@pytest.mark.parametrize(
    ("reasons", "steps"),
    [
        ("1 node(s) were unschedulable, 2 node(s) had untolerated taint {a: b}", ["remove the taint", "uncordon"]),
        ("3 node(s) didn't match Pod's node affinity/selector", ["add or label a node"]),
        ("3 something that no rule knows", []),
    ],
)
def test_remedies_follow_from_the_schedulers_reasons(reasons: str, steps: list[str]) -> None:
    message = f"0/3 nodes are available: {reasons}."
    (finding,) = found(unschedulable, around(stateful_set(1), [unscheduled(0, message)]))
    assert finding.headline == f"web-0: unschedulable: {reasons}"
    outside = [remedy.text for remedy in finding.remedies if remedy.danger is Danger.REVERSIBLE]
    assert len(outside) == len(steps)
    assert all(text.startswith(step) for text, step in zip(outside, steps, strict=True))


@pytest.mark.parametrize("message", ["", "no nodes available to schedule pods"])
def test_unknown_scheduler_messages_are_quoted(message: str) -> None:
    (finding,) = found(unschedulable, around(stateful_set(1), [unscheduled(0, message)]))
    assert finding.headline == f"web-0: unschedulable: {message or 'the scheduler gives no reason'}"


REPELLED = "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) didn't match pod anti-affinity rules."


def test_anti_affinity_that_leaves_no_node() -> None:
    objects = around(stateful_set(2), [pod(0), unscheduled(1, REPELLED)])
    (finding,) = found(anti_affinity_exhausted, objects)
    assert finding.headline == (
        "web-1: anti-affinity leaves no node: 1 node(s) were unschedulable, "
        "1 node(s) didn't match pod anti-affinity rules"
    )
    assert finding.certainty is Certainty.LIKELY
    assert [remedy.text for remedy in finding.remedies[1:3]] == [
        "uncordon a node that is healthy again",
        "add a node: the pod is then scheduled",
    ]
    assert found(unschedulable, objects) == ()


def test_a_volume_that_is_out_of_reach_is_for_another_rule() -> None:
    message = "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity."
    objects = around(stateful_set(1), [unscheduled(0, message)])
    assert found(unschedulable, objects) == ()
    assert [finding.rule for finding in judged(objects).findings] == ["volume-out-of-reach"]


def test_pods_with_the_same_message_share_a_finding() -> None:
    objects = around(stateful_set(2, policy="Parallel"), [unscheduled(0, CPU), unscheduled(1, CPU)])
    (finding,) = found(unschedulable, objects)
    assert finding.headline == "web-0 and web-1: unschedulable: 3 Insufficient cpu"


def test_waiting_for_claims_is_not_the_schedulers_fault() -> None:
    waits = unscheduled(0, "pod has unbound immediate PersistentVolumeClaims. preemption: 0/3")
    assert found(unschedulable, around(stateful_set(1), [waits]), 300) == ()


def gated(ordinal: int) -> Pod:
    made = unscheduled(ordinal, "Scheduling is blocked", reason="SchedulingGated")
    return with_spec(made, scheduling_gates=(SchedulingGate(name="example.com/checked"),))


def test_a_scheduling_gate_that_is_not_removed() -> None:
    (finding,) = found(scheduling_gated, around(stateful_set(1), [gated(0)]), 200)
    assert finding.headline == "web-0: scheduling gate example.com/checked not removed"
    assert finding.evidence[0].value == "example.com/checked"
    assert found(scheduling_gated, around(stateful_set(1), [gated(0)]), 100) == ()


@pytest.mark.parametrize(("scheduler", "name", "commands"), [("", "default-scheduler", 1), ("mine", "mine", 0)])
def test_a_pod_that_no_scheduler_picks_up(scheduler: str, name: str, commands: int) -> None:
    idle = with_spec(unscheduled(0, reason=""), scheduler_name=scheduler)
    (finding,) = found(no_scheduler, around(stateful_set(1), [idle]), 200)
    assert finding.headline == f"web-0: not picked up by scheduler {name}"
    assert bool(finding.remedies[0].command) == bool(commands)
    assert found(no_scheduler, around(stateful_set(1), [idle]), 100) == ()

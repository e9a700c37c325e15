"""Rules about pods stuck Terminating, each cause with its own semantics."""

from __future__ import annotations

import json
import shlex

import msgspec
import pytest

from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.model.settings import ModelSettings
from stsview.objects.event import Event, InvolvedObject
from stsview.objects.kinds import NODES
from stsview.objects.meta import BasicMeta, Present
from stsview.objects.node import Node
from stsview.objects.pod import Lifecycle, Pod
from stsview.triage.catalogue import CATALOGUE
from stsview.triage.rules.pods.finalizers import finalizer_holds_pod, finalizer_pending
from stsview.triage.rules.pods.long_grace_periods import long_grace
from stsview.triage.rules.pods.terminations import (
    containers_not_stopped,
    pod_never_started,
    teardown_hangs,
    termination_unconfirmed,
    unscheduled_not_removed,
)
from tests.support.model.build import (
    around,
    at,
    death,
    disruption_budget,
    ended,
    event,
    node,
    pod,
    stateful_set,
    terminating,
    waiting,
    without,
)
from tests.support.triage.judge import found, judged

HOLD = ("example.com/hold",)
RUNNING = terminating(1, asked=100)
ENDED = terminating(1, asked=100, ready="False", containers=[ended(death(0))])
NEVER_BEGUN = terminating(1, asked=100, phase="Pending", ready="False", containers=[waiting("ContainerCreating")])
NOWHERE = terminating(1, asked=100, node="", phase="Pending", containers=())
HELD = terminating(1, asked=100, ready="False", containers=[ended(death(0))], finalizers=HOLD)
FORCED = terminating(1, asked=100, grace=0, finalizers=HOLD)
NOWHERE_HELD = terminating(1, asked=100, grace=0, node="", phase="Pending", containers=(), finalizers=HOLD)

WELL = node()
CORDONED = node(cordoned=True)


def head_findings(held: Pod, on: Node | None = WELL, now: float = 200, **parts: object) -> tuple[Finding, ...]:
    nodes = {} if on is None else {"node-1": on}
    objects = around(stateful_set(2), [pod(0), held], **{"nodes": nodes, **parts})
    return judged(objects, now, settings=ModelSettings(sighting_grace=0)).findings


@pytest.mark.parametrize(
    ("held", "on", "rule", "headline"),
    [
        (RUNNING, WELL, "containers-not-stopped", "web-1: kubelet on node-1 fails to stop its containers"),
        (RUNNING, CORDONED, "containers-not-stopped", "web-1: kubelet on node-1 fails to stop its containers"),
        (
            ENDED,
            WELL,
            "teardown-hangs",
            "web-1: containers have terminated, but node node-1 does not finish the cleanup",
        ),
        (
            NEVER_BEGUN,
            WELL,
            "pod-never-started",
            "web-1: kubelet on node-1 never started the pod and does not release it",
        ),
        (NOWHERE, WELL, "unscheduled-not-removed", "web-1: deleted before it was scheduled, but not removed"),
        (HELD, WELL, "finalizer-holds-pod", "web-1: held by finalizer example.com/hold"),
        (FORCED, WELL, "finalizer-holds-pod", "web-1: held by finalizer example.com/hold"),
        (NOWHERE_HELD, WELL, "finalizer-holds-pod", "web-1: held by finalizer example.com/hold"),
        (RUNNING, node(ready="Unknown", since=50), "node-unreachable", "web-0 and web-1: node node-1 is unreachable"),
        (RUNNING, node(ready="False", since=50), "node-not-ready", "web-0 and web-1: node node-1 is not Ready"),
        (RUNNING, None, "node-gone", "web-0 and web-1: node node-1 is gone"),
    ],
)
def test_each_cause_has_its_own_rule(held: Pod, on: Node | None, rule: str, headline: str) -> None:
    (finding,) = head_findings(held, on)
    assert (finding.rule, finding.headline, finding.level) == (rule, headline, Level.ERROR)
    assert finding.certainty is Certainty.CERTAIN
    dangers = [one.danger for one in finding.remedies]
    assert dangers == sorted(dangers), "safest first"
    assert dangers[0] is Danger.READ_ONLY
    assert "force-delete" not in [one.action for one in finding.remedies][:1]
    assert finding.evidence


@pytest.mark.parametrize("held", [RUNNING, ENDED, NEVER_BEGUN, NOWHERE, HELD])
@pytest.mark.parametrize("on", [WELL, CORDONED], ids=["well", "drained"])
def test_within_its_grace_period_a_pod_has_no_finding(held: Pod, on: Node) -> None:
    budget = disruption_budget(left=0)
    assert head_findings(held, on, 110, budgets=(budget,)) == ()
    assert head_findings(held, on, 159, budgets=(budget,)) == ()


def test_an_unreadable_node_is_unknown_and_force_is_not_proposed() -> None:
    objects = around(stateful_set(2), [pod(0), RUNNING], coverage=without(NODES))
    (finding,) = found(termination_unconfirmed, objects, 200)
    assert finding.headline == (
        "web-1: termination not confirmed, state of node node-1 unknown (you may not list nodes)"
    )
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY] * 2
    assert found(termination_unconfirmed, around(stateful_set(2), [pod(0), RUNNING], nodes={"node-1": WELL}), 200) == ()


def test_kubelet_events_are_evidence() -> None:
    warning = Event(
        metadata=BasicMeta(name="e"),
        involved_object=InvolvedObject(kind="Pod", namespace="default", name="web-1"),
        type="Warning",
        reason="FailedUnmount",
        message="umount: /var/lib/data:\n target is busy",
    )
    objects = around(stateful_set(2), [pod(0), ENDED], nodes={"node-1": WELL}, events=(warning,))
    (finding,) = found(teardown_hangs, objects, 200)
    assert finding.headline == "web-1: containers have terminated, but node node-1 cannot unmount its volumes"
    assert finding.certainty is Certainty.LIKELY
    assert finding.evidence[-1].value == "umount: /var/lib/data: target is busy"


def test_with_a_finalizer_the_kubelet_comes_first_and_force_is_not_proposed() -> None:
    (finding,) = head_findings(terminating(1, asked=100, finalizers=HOLD))
    assert (finding.rule, finding.below[0].rule) == ("containers-not-stopped", "finalizer-pending")
    assert finding.below[0].headline == (
        "web-1: finalizer example.com/hold must also be removed after the containers have terminated"
    )
    assert "force-delete" not in [one.action for one in finding.remedies]


def test_a_finalizer_is_removed_by_a_patch_that_tests_it_first() -> None:
    hostile = "example.com/it's; rm -rf /"
    held = terminating(1, asked=100, grace=0, finalizers=("example.com/first", hostile))
    (finding,) = head_findings(held)
    assert finding.headline == f"web-1: held by finalizers example.com/first and {hostile}"
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.LOSS, Danger.LOSS]
    words = shlex.split(finding.remedies[2].command)
    assert words[:6] == ["kubectl", "-n", "default", "patch", "pod", "web-1"]
    assert json.loads(words[-1]) == [
        {"op": "test", "path": "/metadata/finalizers/1", "value": hostile},
        {"op": "remove", "path": "/metadata/finalizers/1"},
    ]


def test_a_stuck_surplus_pod_is_reported_too() -> None:
    objects = around(stateful_set(1), [pod(0), RUNNING], nodes={"node-1": WELL})
    (finding,) = found(containers_not_stopped, objects, 200)
    assert (finding.ordinals, finding.so) == ((1,), "")
    assert found(pod_never_started, objects, 200) == found(unscheduled_not_removed, objects, 200) == ()


def test_a_long_grace_period_is_a_notice_once_it_is_used() -> None:
    held = terminating(1, asked=100, grace=3600)
    hook = msgspec.structs.replace(held.spec.containers[0], lifecycle=Lifecycle(pre_stop=Present()))
    held = msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, containers=(hook,)))
    objects = around(stateful_set(2), [pod(0), held], nodes={"node-1": WELL})
    (finding,) = found(long_grace, objects, 500)
    assert finding.headline == "web-1: still terminating, within its grace period (preStop hook)"
    assert (finding.level, finding.until) == (Level.NOTICE, at(3700))
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.DISRUPTIVE]
    assert found(long_grace, objects, 300) == found(long_grace, objects, 3800) == ()


def test_a_failed_hook_is_quoted() -> None:
    message = "PreStopHook failed: command 'drain' exited with 137"
    failed = event("web-1", "FailedPreStopHook", message, last=400)
    held = terminating(1, asked=100, grace=3600)
    objects = around(stateful_set(2), [pod(0), held], nodes={"node-1": WELL}, events=(failed,))
    (finding,) = found(long_grace, objects, 500)
    assert finding.headline == "web-1: still terminating, within its grace period (its preStop hook failed)"
    assert finding.evidence[-1].value == message
    stuck = around(stateful_set(2), [pod(0), RUNNING], nodes={"node-1": WELL}, events=(failed,))
    (finding,) = found(containers_not_stopped, stuck, 500)
    assert finding.evidence[-1].value == message


def test_no_rule_offers_force_as_its_first_step() -> None:
    assert not [rule.id for rule in CATALOGUE if rule.remedy.lower().startswith("force")]


def test_a_finalizer_of_a_live_pod_has_no_finding() -> None:
    objects = around(stateful_set(2), [pod(0), pod(1, finalizers=HOLD)], nodes={"node-1": WELL})
    assert found(finalizer_holds_pod, objects, 200) == found(finalizer_pending, objects, 200) == ()

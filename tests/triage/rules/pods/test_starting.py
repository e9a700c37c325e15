"""Rules about pods that take too long to start."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from stsview.model.finding import Certainty, Level
from stsview.objects.pod import Container, ContainerStatus, Pod
from stsview.triage.rules.pods.starting import init_container_stuck, slow_start
from tests.support.model.build import NEW, OLD, around, event, pod, running, stateful_set, waiting
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import with_condition


def initializing(ordinal: int, init: ContainerStatus, **more: Any) -> Pod:
    made = pod(
        ordinal,
        phase="Pending",
        ready="False",
        containers=[waiting("PodInitializing")],
        init_containers=[init],
        init_specs=[Container(name="wait")],
        **more,
    )
    return with_condition(made, "Initialized", "False", reason="ContainersNotInitialized")


def creating(ordinal: int, **more: Any) -> Pod:
    return pod(ordinal, phase="Pending", ready="False", containers=[waiting("ContainerCreating")], **more)


def test_an_init_container_that_does_not_finish() -> None:
    objects = around(stateful_set(2), [initializing(0, running("wait", ready=False))])
    (finding,) = found(init_container_stuck, objects, 700)
    assert finding.headline == "web-0: init container wait does not finish"
    assert finding.so == "web-1 is not created until web-0 is Ready"
    assert [one.field for one in finding.evidence] == [
        "status.conditions[Initialized]",
        "status.initContainerStatuses[wait].state.running.startedAt",
    ]
    assert finding.remedies[0].command == "kubectl -n default logs web-0 -c wait"
    assert "undo" not in {remedy.action for remedy in finding.remedies}
    assert found(slow_start, objects, 700) == ()


def test_a_rollback_is_proposed_for_a_template_in_rollout() -> None:
    updating = stateful_set(1, current=OLD, update=NEW)
    (finding,) = found(init_container_stuck, around(updating, [initializing(0, running("wait", ready=False))]), 700)
    assert [remedy.action for remedy in finding.remedies][2:] == ["undo"]


def test_an_init_container_may_take_a_while() -> None:
    assert found(init_container_stuck, around(stateful_set(1), [initializing(0, running("wait"))]), 500) == ()


def test_a_slow_pod_without_a_reason() -> None:
    (finding,) = found(slow_start, around(stateful_set(1), [creating(0)]), 700)
    assert finding.headline == "web-0: still ContainerCreating; no event gives a reason"
    assert (finding.level, finding.certainty) == (Level.ERROR, Certainty.CERTAIN)
    assert found(slow_start, around(stateful_set(1), [creating(0)]), 500) == ()


def test_the_last_warning_is_quoted() -> None:
    words = "Failed to create pod sandbox: plugin type=x failed"
    warning = event("web-0", "FailedCreatePodSandBox", words, last=650)
    (finding,) = found(slow_start, around(stateful_set(1), [creating(0)], events=(warning,)), 700)
    assert finding.headline == f"web-0: still ContainerCreating: {words}"
    assert finding.certainty is Certainty.LIKELY
    assert finding.evidence[-1].field == "event FailedCreatePodSandBox"


def test_an_older_warning_is_not_used() -> None:
    scheduled = with_condition(creating(0), "PodScheduled", "True", since=500)
    warning = event("web-0", "FailedScheduling", "no node", last=100)
    (finding,) = found(slow_start, around(stateful_set(1), [scheduled], events=(warning,)), 1200)
    assert finding.headline.endswith("no event gives a reason")


def test_a_kubelet_that_has_not_started_the_pod() -> None:
    idle = pod(0, phase="Pending", ready="False", containers=())
    (finding,) = found(slow_start, around(stateful_set(1), [idle]), 700)
    assert finding.headline == "web-0: scheduled to node-1, not started by its kubelet yet; no event gives a reason"


def test_a_slow_start_is_dropped_if_another_rule_explains_it() -> None:
    mount = event("web-0", "FailedMount", 'MountVolume.SetUp failed for volume "pv-data-web-0": rpc error', last=690)
    (finding,) = judged(around(stateful_set(1), [creating(0)], events=(mount,)), 700).findings
    assert finding.rule == "mount-failed"
    assert [one.rule for one in finding.below] == ["members-down"]


def test_a_sidecar_that_does_not_start() -> None:
    held = initializing(0, running("proxy", ready=False))
    sidecar = Container(name="proxy", restart_policy="Always")
    held = replace(held, spec=replace(held.spec, init_containers=(sidecar,)))
    refused = event("web-0", "Unhealthy", "Startup probe failed: connection refused", last=650)
    about = replace(refused.involved_object, field_path="spec.initContainers{proxy}")
    objects = around(stateful_set(1), [held], events=(replace(refused, involved_object=about),))
    (finding,) = found(init_container_stuck, objects, 700)
    assert finding.headline == "web-0: sidecar proxy has not started: its startup probe fails"
    assert finding.evidence[-1].value == "Startup probe failed: connection refused"
    assert any("startup probe" in remedy.text for remedy in finding.remedies)
    assert judged(objects, 700).wait.detail == "still Init:0/1: sidecar proxy has not started"
    (finding,) = found(init_container_stuck, around(stateful_set(1), [held]), 700)
    assert finding.headline == "web-0: sidecar proxy has not started"

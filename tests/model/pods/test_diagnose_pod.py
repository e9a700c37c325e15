from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from stsview.model.pods.diagnose_pod import diagnose_pod
from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.pods.readiness import readiness_of
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus
from stsview.model.timing.moment import Moment
from stsview.model.views import NodeView, Severity
from stsview.objects.meta import Condition
from stsview.objects.pod import Container, ContainerStatus, Pod
from tests.support.model.build import at, condition, crashing, death, ended, pod, running, starting, waiting

UNBOUND = "pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available"
NO_CPU = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims."


WELL = NodeView("node-1", NodeStatus.READY, Health.READY)
UNREADABLE = NodeView("node-1", NodeStatus.UNKNOWN, Health.UNKNOWN, detail="you may not list nodes")


def read(
    held: Pod,
    now: float = 60,
    min_ready_seconds: int = 0,
    settings: ModelSettings | None = None,
    on: NodeView = WELL,
) -> Diagnosis:
    return read_at(held, Moment(at(now)), min_ready_seconds, settings, on)


def read_at(
    held: Pod,
    moment: Moment,
    min_ready_seconds: int = 0,
    settings: ModelSettings | None = None,
    on: NodeView = WELL,
) -> Diagnosis:
    readiness = readiness_of(held, min_ready_seconds, moment)
    return diagnose_pod(held, readiness, on, min_ready_seconds, settings or ModelSettings(), moment)


def changes_at(held: Pod, now: float, min_ready_seconds: int = 0) -> datetime | None:
    moment = Moment(at(now))
    read_at(held, moment, min_ready_seconds)
    return moment.next_change


def not_ready(*containers: ContainerStatus, **more: Any) -> Pod:
    return pod(0, ready="False", reason="ContainersNotReady", containers=containers, **more)


def with_conditions(held: Pod, without: str, *conditions: Condition) -> Pod:
    kept = tuple(held for held in held.status.conditions if held.type != without)
    status = msgspec.structs.replace(held.status, conditions=(*kept, *conditions))
    return msgspec.structs.replace(held, status=status)


def uninitialized(held: Pod) -> Pod:
    return with_conditions(held, "Initialized")


def unscheduled(message: str, reason: str = "Unschedulable", since: float = 0) -> Pod:
    refused = [condition("PodScheduled", "False", since, reason, message)] if reason else []
    return pod(0, phase="Pending", node="", conditions=refused, containers=())


def test_a_ready_pod_has_its_ready_time() -> None:
    diagnosis = read(pod(0, ready_since=40))
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.state.since) == ("Ready", Health.READY, at(40))
    assert changes_at(pod(0), 60) is None


def test_a_ready_pod_warms_up_until_min_ready_seconds_have_passed() -> None:
    held = pod(0, ready_since=50)
    state = read(held, 60, min_ready_seconds=30).state
    assert (state.label, state.health, state.until) == ("Warming up", Health.PROGRESSING, at(80))
    assert changes_at(held, 60, 30) == at(80)
    assert read(held, 80, min_ready_seconds=30).state.label == "Ready"


def test_a_starting_pod_is_broken_only_after_its_grace_time() -> None:
    state = read(starting(0, started=10)).state
    assert (state.label, state.health, state.since) == ("Starting", Health.PROGRESSING, at(10))
    assert changes_at(starting(0, started=10), 60) == at(610)
    late = read(starting(0, started=10), 610)
    assert (late.state.label, late.state.health, late.cause) == ("Not Ready", Health.DEGRADED, Cause.SLOW)


def test_a_member_no_longer_ready_is_a_warning_at_once() -> None:
    fallen = pod(0, ready="False", ready_since=500, reason="ContainersNotReady", containers=[running(ready=False)])
    diagnosis = read(fallen, 520)
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.state.since) == (
        "Not Ready",
        Health.WARNING,
        at(500),
    )
    assert diagnosis.severity is Severity.AT_RISK
    assert read(fallen, 1100).state.health is Health.DEGRADED


def test_a_readiness_gate_is_named_as_the_cause() -> None:
    gated = pod(0, ready="False", ready_since=100, reason="ReadinessGatesNotReady", containers=[running(since=100)])
    assert read(gated, 800).cause is Cause.GATE


@pytest.mark.parametrize(
    "reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"]
)
def test_an_image_pull_failure_is_broken_at_once(reason: str) -> None:
    diagnosis = read(not_ready(waiting(reason, "not found"), phase="Pending"))
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.state.detail) == (
        reason,
        Health.DEGRADED,
        "not found",
    )
    assert (diagnosis.cause, diagnosis.because) == (Cause.IMAGE, "image web:1 cannot be pulled")
    assert diagnosis.severity is Severity.STUCK


def test_a_crash_loop_has_its_exit_code_and_restart_count() -> None:
    diagnosis = read(crashing(0, restarts=12))
    assert (diagnosis.state.label, diagnosis.cause) == ("CrashLoopBackOff", Cause.CRASH)
    assert diagnosis.because == "CrashLoopBackOff, exit 1, 12 restarts"


def test_a_crash_loop_by_oom_names_the_reason() -> None:
    status = waiting("CrashLoopBackOff", restarts=1, last=death(137, "OOMKilled"))
    assert read(not_ready(status)).because == "CrashLoopBackOff, OOMKilled, 1 restart"


def test_a_config_error_has_the_reason_of_kubernetes() -> None:
    diagnosis = read(not_ready(waiting("CreateContainerConfigError", 'configmap "c"\nnot found'), phase="Pending"))
    assert (diagnosis.state.label, diagnosis.cause) == ("CreateContainerConfigError", Cause.CONFIG)
    assert diagnosis.state.detail == 'configmap "c" not found'


def test_creating_containers_has_a_grace_time() -> None:
    held = not_ready(waiting("ContainerCreating"), phase="Pending")
    assert (read(held).state.label, read(held).state.health) == ("ContainerCreating", Health.PROGRESSING)
    assert read(held, 600).state.health is Health.DEGRADED


def test_a_reason_that_is_no_error_has_a_grace_time() -> None:
    assert read(not_ready(waiting("PodInitializing"), phase="Pending")).state.health is Health.PROGRESSING
    assert read(not_ready(waiting("SomethingNew"), phase="Pending")).state.label == "SomethingNew"


def test_a_reason_that_is_no_single_word_is_not_shown() -> None:
    state = read(not_ready(waiting("\x1b[31m rm -rf", "see above"), phase="Pending")).state
    assert state.label == "Waiting"


def test_the_broken_container_comes_first() -> None:
    held = not_ready(
        waiting("ContainerCreating", name="a"), running("b", ready=False), waiting("ErrImagePull", name="c")
    )
    assert read(held).state.label == "ErrImagePull"


def test_a_container_between_crashes_is_still_crashing() -> None:
    again = running(ready=False, since=55, restarts=4, last=death(finished=50))
    diagnosis = read(not_ready(again))
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.cause) == (
        "Restarting",
        Health.DEGRADED,
        Cause.CRASH,
    )
    assert diagnosis.because == "crash-looping, exit 1, 4 restarts"
    assert changes_at(not_ready(again), 60) == at(650)
    assert read(not_ready(again), 650).state.label != "Restarting"


def test_one_crash_of_a_new_pod_is_not_a_crash_loop() -> None:
    once = running(ready=False, since=55, restarts=1, last=death(finished=50))
    assert read(not_ready(once)).state.health is Health.PROGRESSING


def test_one_crash_of_an_old_member_is_a_warning() -> None:
    once = running(ready=False, since=5000, restarts=1, last=death(finished=4990))
    fallen = not_ready(once, ready_since=4990)
    diagnosis = read(fallen, 5010)
    assert (diagnosis.state.label, diagnosis.state.health) == ("Starting", Health.WARNING)
    assert diagnosis.because == "restarting after exit 1"


def test_a_terminated_container_has_its_exit_code() -> None:
    diagnosis = read(not_ready(ended(death(2, "Error", 59))))
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.because) == (
        "Error",
        Health.WARNING,
        "container app exited: exit 2",
    )


def test_init_containers_are_counted_as_kubectl_does() -> None:
    specs = [Container(name="a", image="a:1"), Container(name="b", image="b:1")]
    done = ended(death(0, "Completed"), name="a")
    held = uninitialized(
        pod(
            0,
            ready="False",
            phase="Pending",
            containers=[waiting("PodInitializing")],
            init_containers=[done, running("b", ready=False)],
            init_specs=specs,
        )
    )
    assert (read(held).state.label, read(held).state.health) == ("Init:1/2", Health.PROGRESSING)


def test_a_broken_init_container_is_named_as_kubectl_does() -> None:
    held = pod(
        0,
        ready="False",
        phase="Pending",
        containers=[waiting("PodInitializing")],
        init_containers=[waiting("CrashLoopBackOff", name="a", restarts=3, last=death())],
        init_specs=[Container(name="a", image="a:1")],
    )
    diagnosis = read(uninitialized(held))
    assert (diagnosis.state.label, diagnosis.cause) == ("Init:CrashLoopBackOff", Cause.CRASH)


def test_a_running_sidecar_holds_nothing_up() -> None:
    sidecar = Container(name="proxy", image="p:1", restart_policy="Always")
    started = ContainerStatus(name="proxy", ready=True, started=True, state=running("proxy").state)
    held = pod(0, ready="False", containers=[running(ready=False)], init_containers=[started], init_specs=[sidecar])
    assert read(uninitialized(held)).state.label == "Starting"


def test_the_scheduler_may_wait_for_claims_for_a_while() -> None:
    state = read(unscheduled(UNBOUND)).state
    assert (state.label, state.health, state.detail) == ("Pending", Health.PROGRESSING, UNBOUND)
    assert changes_at(unscheduled(UNBOUND), 60) == at(120)
    late = read(unscheduled(UNBOUND), 120)
    assert (late.state.label, late.state.health, late.cause) == ("Unschedulable", Health.DEGRADED, Cause.CLAIM)


def test_an_unschedulable_pod_is_broken_at_once() -> None:
    diagnosis = read(unscheduled(NO_CPU))
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.cause) == (
        "Unschedulable",
        Health.DEGRADED,
        Cause.SCHEDULING,
    )
    assert diagnosis.because == "unschedulable: 0/3 nodes are available: 3 Insufficient cpu."


def test_a_scheduling_gate_has_a_grace_time() -> None:
    gated = unscheduled("waiting for gates", "SchedulingGated")
    assert (read(gated).state.label, read(gated).state.health) == ("SchedulingGated", Health.PROGRESSING)
    assert read(gated, 120).severity is Severity.STUCK


def test_a_silent_scheduler_is_late_after_its_grace_time() -> None:
    silent = unscheduled("", "")
    assert (read(silent).state.label, read(silent).state.health) == ("Pending", Health.PROGRESSING)
    assert read(silent, 120).state.health is Health.DEGRADED


def test_a_kubelet_that_starts_nothing_is_late_after_its_grace_time() -> None:
    placed = pod(0, phase="Pending", ready="False", containers=())
    assert (read(placed).state.label, read(placed).state.health) == ("Pending", Health.PROGRESSING)
    assert read(placed, 600).state.health is Health.DEGRADED


def test_a_failed_pod_is_broken_and_named_by_its_reason() -> None:
    evicted = pod(
        0, phase="Failed", ready="False", status={"reason": "Evicted", "message": "The node was low on memory."}
    )
    diagnosis = read(evicted)
    assert (diagnosis.state.label, diagnosis.state.health) == ("Evicted", Health.DEGRADED)
    assert diagnosis.because == "Evicted: The node was low on memory."
    assert read(pod(0, phase="Failed", ready="False")).state.label == "Failed"
    assert read(pod(0, phase="Succeeded", ready="False")).state.label == "Completed"


def lost(since: float = 100) -> Pod:
    """A pod as the node controller marks it: Ready set to False, nothing else changed."""
    held = pod(0, ready="False", ready_since=since, containers=[running()])
    return with_conditions(held, "ContainersReady", condition("ContainersReady", "True"))


SILENT = NodeView(
    "node-1", NodeStatus.UNREACHABLE, Health.WARNING, since=at(100), detail="kubelet stopped posting node status"
)
NOT_READY = NodeView("node-1", NodeStatus.NOT_READY, Health.WARNING, since=at(100), detail="KubeletNotReady")
GONE = NodeView("node-1", NodeStatus.MISSING, Health.DEGRADED, since=at(100))


@pytest.mark.parametrize("held", [pod(0), lost(), crashing(0), starting(0)])
@pytest.mark.parametrize(
    ("on", "word", "because"),
    [
        (SILENT, "Node lost", "node node-1 is unreachable"),
        (NOT_READY, "Node not Ready", "node node-1 is not Ready"),
        (GONE, "Node lost", "node node-1 is gone"),
    ],
)
def test_on_a_lost_node_the_status_of_a_pod_does_not_count(held: Pod, on: NodeView, word: str, because: str) -> None:
    diagnosis = read(held, 130, on=on)
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.state.since) == (word, Health.WARNING, at(100))
    assert (diagnosis.cause, diagnosis.because, diagnosis.severity) == (Cause.NODE, because, Severity.AT_RISK)
    assert "node-1" in diagnosis.state.detail
    assert read(held, 700, on=on).severity is Severity.STUCK


def test_when_a_pod_became_ready_does_not_tell_when_its_node_was_lost() -> None:
    gone = NodeView("node-1", NodeStatus.MISSING, Health.DEGRADED)
    assert read(pod(0), 5000, on=gone).state.since is None
    assert read(pod(0), 5000, on=gone).state.health is Health.WARNING


def test_without_access_to_nodes_the_pod_shows_that_its_node_is_lost() -> None:
    for held in (lost(), pod(0, ready="Unknown", ready_since=100)):
        diagnosis = read(held, 130, on=UNREADABLE)
        assert (diagnosis.state.label, diagnosis.state.health, diagnosis.cause) == (
            "Node lost",
            Health.WARNING,
            Cause.NODE,
        )
        assert "you may not list nodes" in diagnosis.state.detail
        assert read(held, 700, on=UNREADABLE).severity is Severity.STUCK


def test_a_pod_marked_by_the_node_controller_on_a_recovered_node() -> None:
    diagnosis = read(lost(), 130)
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.cause) == ("Not Ready", Health.WARNING, Cause.SLOW)
    assert "node controller" in diagnosis.because
    assert read(lost(), 700).severity is Severity.STUCK


def test_grace_periods_are_settings() -> None:
    settings = ModelSettings(ready_grace=5)
    assert read(starting(0), 6, settings=settings).state.health is Health.DEGRADED

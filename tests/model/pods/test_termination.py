from __future__ import annotations

import pytest

from stsview.model.pods.diagnose_pod import diagnose_pod
from stsview.model.pods.diagnosis import Cause, Diagnosis
from stsview.model.pods.readiness import readiness_of
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus
from stsview.model.timing.moment import Moment
from stsview.model.views import NodeView, Severity
from stsview.objects.pod import Pod
from tests.support.model.build import at, death, ended, pod, terminating, waiting

READY = NodeView("node-1", NodeStatus.READY, Health.READY)
CORDONED = NodeView("node-1", NodeStatus.CORDONED, Health.NEUTRAL)
NOT_READY = NodeView("node-1", NodeStatus.NOT_READY, Health.WARNING, since=at(50), detail="KubeletNotReady")
SILENT = NodeView("node-1", NodeStatus.UNREACHABLE, Health.WARNING, since=at(50))
OUT = NodeView("node-1", NodeStatus.UNREACHABLE, Health.WARNING, since=at(50), out_of_service=True)
GONE = NodeView("node-1", NodeStatus.MISSING, Health.DEGRADED, since=at(150))
UNREADABLE = NodeView("node-1", NodeStatus.UNKNOWN, Health.UNKNOWN, detail="you may not list nodes")


def read(held: Pod, now: float, on: NodeView = READY) -> Diagnosis:
    return read_at(held, Moment(at(now)), on)


def read_at(held: Pod, moment: Moment, on: NodeView = READY) -> Diagnosis:
    return diagnose_pod(held, readiness_of(held, 0, moment), on, 0, ModelSettings(), moment)


RUNNING = terminating(0, asked=100)
ENDED = terminating(0, asked=100, ready="False", reason="PodCompleted", containers=[ended(death(0))])
NEVER_BEGUN = terminating(0, asked=100, phase="Pending", ready="False", containers=[waiting("ContainerCreating")])
MARKED = terminating(0, asked=100, ready="Unknown")
NOWHERE = terminating(0, asked=100, node="", phase="Pending", containers=())


@pytest.mark.parametrize(
    ("held", "on", "cause", "because"),
    [
        (RUNNING, READY, Cause.KUBELET, "node node-1 is Ready, but its kubelet has not stopped the containers"),
        (RUNNING, CORDONED, Cause.KUBELET, "node node-1 is Ready, but its kubelet has not stopped the containers"),
        (
            ENDED,
            READY,
            Cause.KUBELET,
            "its containers have exited, but node node-1 is Ready and does not release the pod",
        ),
        (NEVER_BEGUN, READY, Cause.KUBELET, "node node-1 is Ready, but its kubelet never started the pod"),
        (RUNNING, NOT_READY, Cause.NODE, "node node-1 is not Ready (KubeletNotReady), termination not confirmed"),
        (RUNNING, SILENT, Cause.NODE, "node node-1 unreachable, termination not confirmed"),
        (ENDED, SILENT, Cause.NODE, "node node-1 unreachable, termination not confirmed"),
        (RUNNING, OUT, Cause.NODE, "node node-1 is tainted out-of-service; pod GC will remove the pod"),
        (RUNNING, GONE, Cause.NODE, "node node-1 is gone, termination not confirmed; pod GC will remove the pod"),
        (
            RUNNING,
            UNREADABLE,
            Cause.UNKNOWN_NODE,
            "node node-1 has not confirmed the termination, and may be lost: you may not list nodes",
        ),
        (MARKED, UNREADABLE, Cause.NODE, "node node-1 unreachable or not Ready, termination not confirmed"),
        (NOWHERE, NodeView(), Cause.KUBELET, "never scheduled to a node, and not removed"),
    ],
)
def test_what_holds_up_a_termination(held: Pod, on: NodeView, cause: Cause, because: str) -> None:
    diagnosis = read(held, 200, on)
    assert (diagnosis.cause, diagnosis.because, diagnosis.state.detail) == (cause, because, because)
    assert (diagnosis.state.label, diagnosis.state.health) == ("stuck Terminating", Health.DEGRADED)
    assert diagnosis.severity is Severity.STUCK


def test_overdue_pod_gc_is_reported_by_time_alone() -> None:
    moment = Moment(at(200))
    read_at(RUNNING, moment, GONE)
    assert moment.next_change == at(270)
    assert read(RUNNING, 270, GONE).because == "node node-1 is gone, and pod GC has not removed the pod"


@pytest.mark.parametrize("on", [READY, UNREADABLE])
def test_within_the_grace_period_no_node_is_suspected(on: NodeView) -> None:
    assert read(RUNNING, 110, on).state.detail == "node node-1 has not confirmed the termination yet"
    assert read(RUNNING, 110, on).severity is Severity.ROLLING


@pytest.mark.parametrize("on", [NOT_READY, SILENT, GONE])
def test_on_a_lost_node_the_set_is_at_risk_from_the_start(on: NodeView) -> None:
    diagnosis = read(RUNNING, 110, on)
    assert (diagnosis.state.label, diagnosis.cause, diagnosis.severity) == ("Terminating", Cause.NODE, Severity.AT_RISK)


def test_until_its_deadline_terminating_is_normal() -> None:
    diagnosis = read(terminating(0, asked=100), 110)
    assert (diagnosis.state.label, diagnosis.state.health) == ("Terminating", Health.TERMINATING)
    assert (diagnosis.state.since, diagnosis.state.until) == (at(100), at(130))
    assert diagnosis.severity is Severity.ROLLING


def test_shortly_past_its_deadline_a_termination_is_not_stuck() -> None:
    state = read(terminating(0, asked=100), 159).state
    assert (state.label, state.health, state.until) == ("Terminating", Health.TERMINATING, None)


def test_long_past_its_deadline_a_termination_is_stuck() -> None:
    diagnosis = read(terminating(0, asked=100), 160)
    assert (diagnosis.state.label, diagnosis.state.health, diagnosis.cause) == (
        "stuck Terminating",
        Health.DEGRADED,
        Cause.KUBELET,
    )
    assert diagnosis.severity is Severity.STUCK


def test_each_transition_has_a_next_change() -> None:
    held = terminating(0, asked=100)
    for now, expected in ((110, 130), (130, 160)):
        moment = Moment(at(now))
        read_at(held, moment)
        assert moment.next_change == at(expected)


def test_a_finalizer_holds_a_pod_whose_containers_exited() -> None:
    held = terminating(
        0,
        asked=100,
        grace=0,
        phase="Succeeded",
        ready="False",
        containers=[ended(death(0))],
        finalizers=("example.com/hold",),
    )
    diagnosis = read(held, 200)
    assert (diagnosis.cause, diagnosis.because) == (Cause.FINALIZER, "finalizer example.com/hold not removed")


def test_with_a_finalizer_and_running_containers_the_kubelet_comes_first() -> None:
    diagnosis = read(terminating(0, asked=100, finalizers=("example.com/hold",)), 200)
    assert diagnosis.cause is Cause.KUBELET
    assert diagnosis.because.endswith("has not stopped the containers; then finalizer example.com/hold must be removed")


def test_a_finalizer_holds_a_force_deleted_pod_on_any_node() -> None:
    forced = terminating(0, asked=100, grace=0, finalizers=("example.com/hold",))
    for on in (READY, SILENT, GONE, UNREADABLE):
        assert read(forced, 200, on).cause is Cause.FINALIZER


def test_an_absurd_grace_period_does_no_harm() -> None:
    held = pod(0, deletion_timestamp=at(100), deletion_grace_period_seconds=2**63 - 1)
    assert read(held, 50).state.label == "Terminating"

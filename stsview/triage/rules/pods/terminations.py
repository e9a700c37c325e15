"""Pods that do not end: what holds each of them, told apart by the node, the containers and the finalizers.

Pods of a lost node are not here: those belong to the node (`stsview.triage.rules.nodes.nodes`). Nor is a pod
within its time, whatever else is to be seen: a drain, a slow shutdown and a confirmation on its way are no trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.ordinals.rows import Row
from stsview.model.pods.containers import all_ended, begun
from stsview.model.pods.diagnosis import Cause
from stsview.objects.pod import Pod
from stsview.triage.rule import kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.events import event_evidence, last_warning
from stsview.triage.support.terminating import consequence_until_gone, deadline_evidence, finalizers_of, stuck_pods

_LIFECYCLE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"

_KILLING = ("FailedKillPod", "KillContainerError", "ExceededGracePeriod")

_UNMOUNTING = ("FailedUnmount", "FailedUnmountDevice", "FailedUnMount", "FailedDetachVolume")


@rule(
    level=Level.ERROR,
    title="A kubelet does not end a pod's containers",
    meaning="The node is Ready, the pod's time is over, and its containers are still told to run: a process that "
    "cannot be killed, mostly one that waits for storage, or a runtime that hangs.",
    remedy="Read the pod's events and the kubelet's log on that node. Restart the kubelet or the machine. Do not "
    "force-delete it first: the old containers run on beside the new ones.",
    danger=Danger.LOSS,
    source=_LIFECYCLE,
    reaches=Reaches.ORDINALS,
)
def containers_not_stopped(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, lambda pod: not _ended(pod) and begun(pod)):
        yield containers_not_stopped.finding(
            row_ref(case, row),
            f"{row.name}: its kubelet on {row.node.name} does not end its containers",
            row.state.since,
            (*deadline_evidence(row, pod), *_states(pod), _node(row), *_events(case, row, _KILLING)),
            (
                node_remedies.describe_pod(case, row, "FailedKillPod tells what cannot be ended"),
                node_remedies.describe_node(row.node.name),
                *_first_finalizers(pod),
                node_remedies.restart_kubelet(row.node.name),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "its old containers may run on beside the new ones"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.ERROR,
    title="A pod has ended, and its volumes do not come off",
    meaning="All its containers have ended and the node is Ready, yet the kubelet keeps the pod: it takes down "
    "volumes, network and cgroup before it confirms the end. Mostly a volume hangs that cannot be unmounted.",
    remedy="Read the pod's events for FailedUnmount and mend the storage; else restart the machine.",
    danger=Danger.LOSS,
    source="pkg/kubelet/kubelet_pods.go, PodCouldHaveRunningContainers and podVolumesExist",
    reaches=Reaches.ORDINALS,
)
def teardown_hangs(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, _ended):
        told = tuple(_events(case, row, _UNMOUNTING))
        what = "cannot unmount its volumes" if told else "does not let go of it"
        claims = [view for view in case.facts.claims.get(row.name, ()) if view.volume]
        yield teardown_hangs.finding(
            row_ref(case, row),
            f"{row.name}: its containers have ended, and node {row.node.name} {what}",
            row.state.since,
            (
                *deadline_evidence(row, pod),
                *_states(pod),
                _node(row),
                *(Evidence(f"PersistentVolumeClaim {one.name}", "spec.volumeName", one.volume) for one in claims),
                *told,
            ),
            (
                node_remedies.describe_pod(case, row, "FailedUnmount names the volume that hangs"),
                Remedy("mend the storage that does not answer: the kubelet goes on by itself", Danger.REVERSIBLE),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "its volumes may still be mounted there, and written to"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
            certainty=Certainty.LIKELY if told else Certainty.CERTAIN,
        )


@rule(
    level=Level.ERROR,
    title="A kubelet never began with a pod, and does not let it go",
    meaning="The pod was bound to a node that is Ready, none of its containers ever started, and its time is over: the "
    "kubelet does not get to it, mostly because it hangs in a mount.",
    remedy="Read the pod's events for FailedMount, and the kubelet's log; restart the kubelet.",
    danger=Danger.LOSS,
    source=_LIFECYCLE,
    reaches=Reaches.ORDINALS,
)
def pod_never_started(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, lambda pod: not _ended(pod) and not begun(pod)):
        yield pod_never_started.finding(
            row_ref(case, row),
            f"{row.name}: its kubelet on {row.node.name} never began with it, and does not let it go",
            row.state.since,
            (
                *deadline_evidence(row, pod),
                Evidence(f"Pod {row.name}", "status.phase", pod.status.phase or "absent"),
                _node(row),
            ),
            (
                node_remedies.describe_pod(case, row, "FailedMount tells where it hangs"),
                node_remedies.describe_node(row.node.name),
                *_first_finalizers(pod),
                node_remedies.restart_kubelet(row.node.name),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "a container that starts late would run beside the new one"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.ERROR,
    title="A pod that never was on a node does not go",
    meaning="Such a pod is removed the moment it is deleted, and pod GC removes what is left over.",
    remedy="See whether kube-controller-manager runs. Nothing of it can be running anywhere, so force does no harm.",
    danger=Danger.DISRUPTIVE,
    source="pkg/registry/core/pod/strategy.go, CheckGracefulDelete; pkg/controller/podgc/gc_controller.go, "
    "gcUnscheduledTerminating",
    reaches=Reaches.ORDINALS,
)
def unscheduled_not_removed(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.KUBELET):
        if pod.spec.node_name:
            continue
        yield unscheduled_not_removed.finding(
            row_ref(case, row),
            f"{row.name}: deleted before it was on any node, and still there",
            row.state.since,
            (*deadline_evidence(row, pod), Evidence(f"Pod {row.name}", "spec.nodeName", "absent")),
            (
                node_remedies.check_controller_manager("pod GC is part of it"),
                Remedy(
                    f"force-delete {row.name}: nothing of it runs",
                    Danger.DISRUPTIVE,
                    ActionId.FORCE_DELETE,
                    kubectl(case, "delete", "pod", row.name, "--grace-period=0", "--force"),
                    row.name,
                ),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.ERROR,
    title="A pod does not end, and its node is not known",
    meaning="Its time is over and nobody confirms its end. Whether its node is well, silent or gone cannot be told "
    "here, and that decides what is safe to do.",
    remedy="Ask somebody who may read nodes. Do not force-delete before the machine is known to be off.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
    reaches=Reaches.ORDINALS,
)
def termination_unconfirmed(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.UNKNOWN_NODE):
        why = f": {row.node.detail}" if row.node.detail else ""
        look = node_remedies.describe_node(row.node.name).command
        yield termination_unconfirmed.finding(
            row_ref(case, row),
            f"{row.name}: nobody confirms its end; whether node {row.node.name} is well is not known{why}",
            row.state.since,
            (*deadline_evidence(row, pod), Evidence(f"Node {row.node.name}", "status", "unknown")),
            (
                Remedy("ask somebody who may read nodes how it is", Danger.READ_ONLY, command=look),
                node_remedies.describe_pod(case, row, "its kubelet may tell what it waits for"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


def _unconfirmed(case: RuleInput, holds: Callable[[Pod], bool]) -> Iterator[tuple[Row, Pod]]:
    """Those on a node that is Ready."""
    for row, pod in stuck_pods(case, Cause.KUBELET):
        if pod.spec.node_name and holds(pod):
            yield row, pod


def _ended(pod: Pod) -> bool:
    return pod.status.phase in ("Failed", "Succeeded") or all_ended(pod)


def _first_finalizers(pod: Pod) -> Iterator[Remedy]:
    if pod.metadata.finalizers:
        yield Remedy(f"see to the kubelet first: {finalizers_of(pod)} comes after it", Danger.READ_ONLY)


def _states(pod: Pod) -> Iterator[Evidence]:
    for status in pod.status.container_statuses:
        state = status.state
        word = "running" if state.running else "terminated" if state.terminated else "waiting"
        yield Evidence(f"Pod {pod.metadata.name}", f"status.containerStatuses[{status.name}].state", word)


def _node(row: Row) -> Evidence:
    return Evidence(f"Node {row.node.name}", "status.conditions[Ready].status", "True")


def _events(case: RuleInput, row: Row, reasons: tuple[str, ...]) -> Iterator[Evidence]:
    event = last_warning(case, "Pod", row.name, *reasons)
    if event is not None:
        yield event_evidence(event)


RULES = (
    containers_not_stopped,
    teardown_hangs,
    pod_never_started,
    unscheduled_not_removed,
    termination_unconfirmed,
)

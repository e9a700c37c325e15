"""Pods stuck Terminating, told apart by their node, containers and finalizers.

Pods of a lost node belong to the node's rules (`stsview.triage.rules.nodes.nodes`). A pod within its grace period is
no problem, whatever else is visible: a drain, a slow shutdown, a confirmation still on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.ordinals.rows import Row
from stsview.model.pods.containers import all_terminated, ever_started
from stsview.model.pods.diagnosis import Cause
from stsview.objects.pod import Pod
from stsview.triage.rule import Situation, kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.events import event_evidence, last_warning
from stsview.triage.support.terminating import consequence_until_gone, deadline_evidence, finalizers_of, stuck_pods

_LIFECYCLE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"

_KILLING = ("FailedKillPod", "KillContainerError", "ExceededGracePeriod")

_HOOK = "FailedPreStopHook"
"""The kubelet reports it when a preStop hook fails, or is still running when the grace period is over."""

_UNMOUNTING = ("FailedUnmount", "FailedUnmountDevice", "FailedUnMount", "FailedDetachVolume")


@rule(
    level=Level.ERROR,
    title="Kubelet fails to stop the containers",
    meaning="The node is Ready and the grace period is over, but the containers are still reported as running: a "
    "process that cannot be killed, usually because it waits for storage, or a container runtime that hangs.",
    remedy="Read the events of the pod and the kubelet log on that node. Restart the kubelet or reboot the machine. Do "
    "not force-delete the pod first: the old containers would keep running alongside the new ones.",
    danger=Danger.LOSS,
    source=_LIFECYCLE,
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def containers_not_stopped(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, lambda pod: not _ended(pod) and ever_started(pod)):
        yield containers_not_stopped.finding(
            row_ref(case, row),
            f"{row.name}: kubelet on {row.node.name} fails to stop its containers",
            row.state.since,
            (
                *deadline_evidence(row, pod),
                *_states(pod),
                _node(row),
                *_events(case, row, _KILLING),
                *_events(case, row, (_HOOK,)),
            ),
            (
                node_remedies.describe_pod(case, row, "FailedKillPod names the container that cannot be stopped"),
                node_remedies.describe_node(row.node.name),
                *_first_finalizers(pod),
                node_remedies.restart_kubelet(row.node.name),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "the old containers may run alongside the new ones"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.ERROR,
    title="Volume unmount hangs",
    meaning="All containers have terminated and the node is Ready, but the kubelet keeps the pod: it cleans up "
    "volumes, network and cgroup before it confirms the termination. Usually a volume cannot be unmounted.",
    remedy="Read the events of the pod for FailedUnmount and fix the storage; otherwise reboot the machine.",
    danger=Danger.LOSS,
    source="pkg/kubelet/kubelet_pods.go, PodCouldHaveRunningContainers and podVolumesExist",
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def teardown_hangs(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, _ended):
        unmounts = tuple(_events(case, row, _UNMOUNTING))
        what = "cannot unmount its volumes" if unmounts else "does not finish the cleanup"
        claims = [view for view in case.facts.claims.get(row.name, ()) if view.volume]
        yield teardown_hangs.finding(
            row_ref(case, row),
            f"{row.name}: containers have terminated, but node {row.node.name} {what}",
            row.state.since,
            (
                *deadline_evidence(row, pod),
                *_states(pod),
                _node(row),
                *(Evidence(f"PersistentVolumeClaim {one.name}", "spec.volumeName", one.volume) for one in claims),
                *unmounts,
            ),
            (
                node_remedies.describe_pod(case, row, "FailedUnmount names the volume that hangs"),
                Remedy("fix the storage that does not respond: the kubelet then finishes", Danger.REVERSIBLE),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "its volumes may still be mounted and written to there"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
            certainty=Certainty.LIKELY if unmounts else Certainty.CERTAIN,
        )


@rule(
    level=Level.ERROR,
    title="Kubelet never started the pod and does not release it",
    meaning="The pod was bound to a node that is Ready, none of its containers ever started, and the grace period is "
    "over: the kubelet does not process the pod, usually because a mount hangs.",
    remedy="Read the events of the pod for FailedMount, and the kubelet log; restart the kubelet.",
    danger=Danger.LOSS,
    source=_LIFECYCLE,
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def pod_never_started(case: RuleInput) -> Iterator[Finding]:
    for row, pod in _unconfirmed(case, lambda pod: not _ended(pod) and not ever_started(pod)):
        yield pod_never_started.finding(
            row_ref(case, row),
            f"{row.name}: kubelet on {row.node.name} never started the pod and does not release it",
            row.state.since,
            (
                *deadline_evidence(row, pod),
                Evidence(f"Pod {row.name}", "status.phase", pod.status.phase or "absent"),
                _node(row),
            ),
            (
                node_remedies.describe_pod(case, row, "FailedMount names the volume that hangs"),
                node_remedies.describe_node(row.node.name),
                *_first_finalizers(pod),
                node_remedies.restart_kubelet(row.node.name),
                node_remedies.reboot(row.node.name),
                *node_remedies.force_delete(case, [row], "a container that starts late runs alongside the new one"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.ERROR,
    title="Unscheduled pod is stuck deleting",
    meaning="A pod without a node is normally removed as soon as it is deleted, and pod GC removes any that is left.",
    remedy="Check that kube-controller-manager is running. The pod runs nowhere, so a force-delete does no harm.",
    danger=Danger.DISRUPTIVE,
    source="pkg/registry/core/pod/strategy.go, CheckGracefulDelete; pkg/controller/podgc/gc_controller.go, "
    "gcUnscheduledTerminating",
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def unscheduled_not_removed(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.KUBELET):
        if pod.spec.node_name:
            continue
        yield unscheduled_not_removed.finding(
            row_ref(case, row),
            f"{row.name}: deleted before it was scheduled, but not removed",
            row.state.since,
            (*deadline_evidence(row, pod), Evidence(f"Pod {row.name}", "spec.nodeName", "absent")),
            (
                node_remedies.check_controller_manager("it runs pod GC"),
                Remedy(
                    f"force-delete {row.name}: it has no running containers",
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
    title="Termination is not confirmed, and the node's state is unknown",
    meaning="The grace period is over, and the termination is not confirmed. stsview cannot see whether the node is "
    "healthy, unreachable or gone, and that decides what is safe.",
    remedy="Ask an administrator with access to nodes. Do not force-delete the pod before the machine is confirmed "
    "off.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def termination_unconfirmed(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.UNKNOWN_NODE):
        detail = f" ({row.node.detail})" if row.node.detail else ""
        command = node_remedies.describe_node(row.node.name).command
        yield termination_unconfirmed.finding(
            row_ref(case, row),
            f"{row.name}: termination not confirmed, state of node {row.node.name} unknown{detail}",
            row.state.since,
            (*deadline_evidence(row, pod), Evidence(f"Node {row.node.name}", "status", "unknown")),
            (
                Remedy(
                    f"ask an administrator for the state of node {row.node.name}", Danger.READ_ONLY, command=command
                ),
                node_remedies.describe_pod(case, row, "the kubelet may report what it waits for"),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


def _unconfirmed(case: RuleInput, matches: Callable[[Pod], bool]) -> Iterator[tuple[Row, Pod]]:
    """The stuck pods that match and whose node is Ready."""
    for row, pod in stuck_pods(case, Cause.KUBELET):
        if pod.spec.node_name and matches(pod):
            yield row, pod


def _ended(pod: Pod) -> bool:
    return pod.status.phase in ("Failed", "Succeeded") or all_terminated(pod)


def _first_finalizers(pod: Pod) -> Iterator[Remedy]:
    if pod.metadata.finalizers:
        yield Remedy(f"fix the kubelet first: {finalizers_of(pod)} must be removed after that", Danger.READ_ONLY)


def _states(pod: Pod) -> Iterator[Evidence]:
    for status in pod.status.container_statuses:
        state = status.state
        value = "running" if state.running else "terminated" if state.terminated else "waiting"
        yield Evidence(f"Pod {pod.metadata.name}", f"status.containerStatuses[{status.name}].state", value)


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

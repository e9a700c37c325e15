"""Volumes that do not get to the node of their pod, or not into the pod."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import AttachmentStatus
from stsview.model.views import VolumeView
from stsview.objects.event import Event
from stsview.objects.pod import Pod
from stsview.objects.volume import VolumeAttachment
from stsview.triage.rule import Rule, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.node_remedies import taint_out_of_service, verify_powered_off
from stsview.triage.support.pod_groups import group_by, pod_names, sample, wait_consequence

_MULTI_ATTACH = "Multi-Attach error"

_MOUNT = re.compile(r"(?:\w+\.\w+ failed for|failed to \w+) volume \"(?P<volume>[^\"]+)\" ?: (?P<why>.+)")
"""pkg/volume/util/operationexecutor: `MountVolume.SetUp failed for volume "config" : configmap "x" not found`."""

_UNMOUNTED = re.compile(r"unmounted volumes=\[(?P<volumes>[^\]]*)\].*: (?P<why>[^:]+)$")
"""pkg/kubelet/volumemanager, WaitForAttachAndMount: a summary, which names no cause."""

_SOURCE = "pkg/controller/volume/attachdetach/reconciler"


class _Volume(NamedTuple):
    """A volume that a pod with a node waits for."""

    row: Row
    pod: Pod
    claim: str
    name: str
    state: VolumeView

    @property
    def node(self) -> str:
        return self.pod.spec.node_name


@rule(
    level=Level.ERROR,
    title="A volume is still attached to another node",
    meaning="The volume can be on one node only, and the node where the pod was before has not let go of it: that node "
    "is down, or its kubelet does not unmount. Kubernetes takes it away by force after six minutes, and only from a "
    "node that is not healthy.",
    remedy="See what still uses the volume on the other node. If that node is down, make sure that it is off before "
    "you mark it as out of service: else two machines write to one volume.",
    danger=Danger.LOSS,
    source=f"{_SOURCE}, maxWaitForUnmountDuration; https://kubernetes.io/docs/concepts/cluster-administration/"
    "node-shutdown/#non-graceful-node-shutdown",
    reaches=Reaches.ORDINALS,
)
def volume_attached_elsewhere(case: RuleInput) -> Iterator[Finding]:
    for one in _waiting(case):
        event = _said(case, one.row, "FailedAttachVolume")
        told = event is not None and _MULTI_ATTACH in event.message
        certain = (
            one.state.attachment in (AttachmentStatus.ATTACHED_ELSEWHERE, AttachmentStatus.DETACHING)
            and one.state.attached_to != one.node
        )
        if not certain and not (told and one.state.attachment is AttachmentStatus.UNKNOWN):
            continue
        other = one.state.attached_to if certain else ""
        where = f"still attached to {other}" if certain else "still attached to another node"
        yield volume_attached_elsewhere.finding(
            row_ref(case, one.row),
            f"{one.row.name}: volume of claim {one.claim} is {where}",
            _scheduled(one.pod),
            (
                Evidence(f"Pod {one.row.name}", "spec.nodeName", one.node),
                *_attachments(case, one.name, other),
                *([event_evidence(event)] if event is not None and told else []),
            ),
            _let_go(case, one, other),
            ordinals=(one.row.ordinal,),
            so=wait_consequence(case, [one.row]),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="A volume cannot be attached to the node",
    meaning="The pod has a node, and the storage driver cannot bring its volume there, or does not answer.",
    remedy="Read what the driver answers: the node may have too many volumes, the disk may be in another zone or used "
    "by somebody else, or the driver's controller does not run.",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; external-attacher; https://kubernetes.io/docs/concepts/storage/storage-limits/",
    reaches=Reaches.ORDINALS,
)
def attach_failed(case: RuleInput) -> Iterator[Finding]:
    failing = ((one, error) for one in _waiting(case) if (error := _attach_error(case, one)) is not None)
    for group in group_by(failing, lambda one: (one[0].node, one[1][0])):
        (first, (why, certain)), rows = group[0], [one.row for one, _ in group]
        event = _said(case, first.row, "FailedAttachVolume")
        claims = listed([one.claim for one, _ in group])
        yield attach_failed.finding(
            row_ref(case, first.row),
            f"{pod_names(rows)}: volume of claim {claims} cannot be attached to {first.node}: {why}",
            min((since for one, _ in group if (since := _scheduled(one.pod)) is not None), default=None),
            (
                *(one for each, _ in sample(group) for one in _attachments(case, each.name, each.node)),
                *([event_evidence(event)] if event is not None else []),
            ),
            (
                Remedy(
                    "read what the driver answers",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pod", first.row.name),
                ),
                Remedy("mend what it names: it tries again by itself", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="A volume cannot be mounted",
    meaning="The kubelet cannot put a volume into the pod: a ConfigMap or Secret that it names is missing, the file "
    "system is damaged, or the storage driver does not run on that node. No container starts before it can.",
    remedy="Mend what the message names: the kubelet tries again by itself, and the pod need not be deleted.",
    danger=Danger.REVERSIBLE,
    source="pkg/volume/util/operationexecutor; pkg/kubelet/volumemanager",
    reaches=Reaches.ORDINALS,
)
def mount_failed(case: RuleInput) -> Iterator[Finding]:
    failing = ((row, event) for row, pod in _starting(case) if (event := _mount_error(case, row)) is not None)
    for group in group_by(failing, lambda one: _why(one[1])):
        (first, event), rows = group[0], [row for row, _ in group]
        yield mount_failed.finding(
            row_ref(case, first),
            f"{pod_names(rows)}: {_why(event)}",
            min((one.first_seen for _, one in group if one.first_seen is not None), default=None),
            (
                *(Evidence(f"Pod {row.name}", "status.phase", "Pending") for row in sample(rows)),
                *(event_evidence(one) for _, one in sample(group)),
            ),
            (
                Remedy(
                    "read all that the kubelet says of its volumes",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pod", first.name),
                ),
                Remedy("mend what it names: the kubelet tries again by itself", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.LIKELY,
        )


def _starting(case: RuleInput) -> Iterator[tuple[Row, Pod]]:
    """Pods that have a node, and no container yet, for longer than volumes should take."""
    for row in case.down:
        pod = row.slot.pod
        if pod is None or row.terminating or pod.status.phase != "Pending" or not pod.spec.node_name:
            continue
        if case.facts.overdue(_scheduled(pod), case.facts.settings.attach_grace):
            yield row, pod


def _waiting(case: RuleInput) -> Iterator[_Volume]:
    for row, pod in _starting(case):
        for view in case.facts.claims.get(row.name, ()):
            if view.volume:
                yield _Volume(row, pod, view.name, view.volume, view.volume_state)


def _scheduled(pod: Pod) -> datetime | None:
    condition = pod.condition("PodScheduled")
    return condition.last_transition_time if condition is not None else pod.metadata.creation_timestamp


def _said(case: RuleInput, row: Row, *reasons: str) -> Event | None:
    return last_warning(case, "Pod", row.name, *reasons)


def _attachments(case: RuleInput, volume: str, node: str) -> Iterator[Evidence]:
    """What the VolumeAttachment of a volume on a node says."""
    one = _attachment(case, volume, node)
    if one is None:
        return
    about = f"VolumeAttachment {one.metadata.name}"
    yield Evidence(about, "spec.nodeName", one.spec.node_name)
    yield Evidence(about, "status.attached", str(one.status.attached).lower())


def _attachment(case: RuleInput, volume: str, node: str) -> VolumeAttachment | None:
    return next(
        (
            one
            for one in case.facts.objects.attachments
            if one.spec.source.persistent_volume_name == volume and one.spec.node_name == node
        ),
        None,
    )


def _attach_error(case: RuleInput, one: _Volume) -> tuple[str, bool] | None:
    """What the driver says, and whether its VolumeAttachment does; None where nothing is wrong with attaching."""
    state, event = one.state, _said(case, one.row, "FailedAttachVolume")
    if state.attachment is AttachmentStatus.ERROR:
        return state.attachment_detail or "the driver does not say why", True
    if state.attachment is AttachmentStatus.ATTACHING:
        return (message_of(event), False) if event is not None else ("the driver does not answer", True)
    if state.attachment is AttachmentStatus.UNKNOWN and event is not None and _MULTI_ATTACH not in event.message:
        told = _MOUNT.search(message_of(event))
        return told["why"] if told is not None else message_of(event), False
    return None


def _mount_error(case: RuleInput, row: Row) -> Event | None:
    """The kubelet's last word that names a cause, else its last summary."""
    about = [
        event
        for event in case.facts.objects.events
        if event.reason in ("FailedMount", "FailedMapVolume")
        and event.involved_object.kind == "Pod"
        and event.involved_object.name == row.name
    ]
    causes = [event for event in about if _MOUNT.search(message_of(event))]
    return next(reversed(causes or about), None)


def _why(event: Event) -> str:
    words = message_of(event)
    if (told := _MOUNT.search(words)) is not None:
        return f"volume {told['volume']} cannot be mounted: {told['why']}"
    if (told := _UNMOUNTED.search(words)) is not None:
        return f"volumes {told['volumes']} are not mounted: {told['why']}"
    return f"a volume cannot be mounted: {words}"


def _let_go(case: RuleInput, one: _Volume, other: str) -> Iterator[Remedy]:
    if not other:
        yield Remedy(
            "find out which node still has it",
            Danger.READ_ONLY,
            command=kubectl_cluster("get", "volumeattachments"),
        )
        yield Remedy("see that this node lets go of it: nothing may use the volume there any more", Danger.READ_ONLY)
        return
    yield Remedy(
        f"see what still uses it on {other}",
        Danger.READ_ONLY,
        command=kubectl_cluster("get", "pods", "-A", "--field-selector", f"spec.nodeName={other}"),
    )
    node = case.facts.objects.nodes.get(other)
    ready = node.ready if node is not None else None
    if ready is not None and ready.status == "True":
        yield Remedy(f"find out why the kubelet of {other} does not unmount it", Danger.READ_ONLY)
        return
    yield Remedy(f"wait: if {other} is not healthy, it is detached by force after six minutes", Danger.READ_ONLY)
    yield verify_powered_off(other)
    yield taint_out_of_service(other)


RULES: tuple[Rule, ...] = (volume_attached_elsewhere, attach_failed, mount_failed)

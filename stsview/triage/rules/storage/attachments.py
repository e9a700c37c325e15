"""Volumes that cannot be attached to their pod's node, or mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.phases import last_death
from stsview.model.ordinals.rows import Row
from stsview.model.pods.containers import awaits_start
from stsview.model.pods.unknowns import awaited
from stsview.model.states import AttachmentStatus
from stsview.model.views import VolumeView
from stsview.objects.event import Event
from stsview.objects.kinds import NODES
from stsview.objects.pod import Pod
from stsview.objects.volume import VolumeAttachment
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.node_remedies import taint_out_of_service, verify_powered_off
from stsview.triage.support.pod_groups import group_by, pod_names, sample, wait_consequence

_MULTI_ATTACH = "Multi-Attach error"

_NO_ATTACHMENT = (AttachmentStatus.UNKNOWN, AttachmentStatus.NOT_ATTACHED)
"""Without a VolumeAttachment, as with the former in-tree drivers, the event is the only sign."""

_FORCE_DETACH = 360
"""Seconds after which a volume is detached from an unhealthy node (maxWaitForUnmountDuration)."""

_MOUNT = re.compile(r"(?:\w+\.\w+ failed for|failed to \w+) volume \"(?P<volume>[^\"]+)\" ?: (?P<why>.+)")
"""pkg/volume/util/operationexecutor: `MountVolume.SetUp failed for volume "config" : configmap "x" not found`."""

_UNMOUNTED = re.compile(r"unmounted volumes=\[(?P<volumes>[^\]]*)\].*: (?P<why>[^:]+)$")
"""A summary without a cause (pkg/kubelet/volumemanager, WaitForAttachAndMount)."""

_SOURCE = "pkg/controller/volume/attachdetach/reconciler"


class _Volume(NamedTuple):
    """A volume that a scheduled pod waits for."""

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
    title="Volume is still attached to another node",
    meaning="The volume can be attached to only one node at a time, and the previous node has not released it: that "
    "node is down, or its kubelet does not unmount the volume. Kubernetes force-detaches after six minutes, and only "
    "from an unhealthy node.",
    remedy="Check what still uses the volume on the other node. If that node is down, confirm that it is off before "
    "you taint it out-of-service: otherwise two machines may write to the volume.",
    danger=Danger.LOSS,
    source=f"{_SOURCE}, maxWaitForUnmountDuration; https://kubernetes.io/docs/concepts/cluster-administration/"
    "node-shutdown/#non-graceful-node-shutdown",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def volume_attached_elsewhere(case: RuleInput) -> Iterator[Finding]:
    for one in _waiting(case):
        event = _multi_attach(case, one)
        certain = (
            one.state.attachment in (AttachmentStatus.ATTACHED_ELSEWHERE, AttachmentStatus.DETACHING)
            and one.state.attached_to != one.node
        )
        if not certain and (event is None or one.state.attachment not in _NO_ATTACHMENT):
            continue
        other = one.state.attached_to if certain else ""
        where = f"still attached to {other}" if certain else "still attached to another node (Multi-Attach error)"
        gone = ", which does not exist" if _gone(case, other) else ""
        failed = one.state.attachment is AttachmentStatus.DETACHING and one.state.attachment_detail
        yield volume_attached_elsewhere.finding(
            row_ref(case, one.row),
            f"{one.row.name}: volume of PVC {one.claim} is {where}{gone}"
            + (f", and detaching fails: {one.state.attachment_detail}" if failed else ""),
            _scheduled(one.pod),
            (
                Evidence(f"Pod {one.row.name}", "spec.nodeName", one.node),
                *_attachments(case, one.name, other),
                *([Evidence(f"Node {other}", "metadata", "absent")] if gone else []),
                *([event_evidence(event)] if event is not None else []),
            ),
            _detach_steps(case, one, other),
            ordinals=(one.row.ordinal,),
            so=wait_consequence(case, [one.row]),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="Volume cannot be attached to the node",
    meaning="The pod has a node, but the storage driver cannot attach its volume there, or does not respond.",
    remedy="Read the driver's error: the node may have too many volumes, the disk may be in another zone or in use "
    "elsewhere, or the driver's controller may not be running.",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; external-attacher; https://kubernetes.io/docs/concepts/storage/storage-limits/",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def attach_failed(case: RuleInput) -> Iterator[Finding]:
    failing = ((one, error) for one in _waiting(case) if (error := _attach_error(case, one)) is not None)
    for group in group_by(failing, lambda one: (one[0].node, one[1][0])):
        (first, (why, certain)), rows = group[0], [one.row for one, _ in group]
        event = _last_warning(case, first.row, "FailedAttachVolume")
        claims = listed([one.claim for one, _ in group])
        volumes = f"volume of PVC {claims}" if len(group) == 1 else f"volumes of PVCs {claims}"
        yield attach_failed.finding(
            row_ref(case, first.row),
            f"{pod_names(rows)}: {volumes} cannot be attached to {first.node}: {why}",
            min((since for one, _ in group if (since := _scheduled(one.pod)) is not None), default=None),
            (
                *(one for each, _ in sample(group) for one in _attachments(case, each.name, each.node)),
                *([event_evidence(event)] if event is not None else []),
            ),
            (
                Remedy(
                    "read the driver's error in the events of the pod",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pod", first.row.name),
                ),
                Remedy("fix the cause named in the error: the driver retries on its own", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="Volume cannot be mounted",
    meaning="The kubelet cannot mount a volume into the pod: a referenced ConfigMap or Secret is missing, the file "
    "system is damaged, or the storage driver is not running on that node. No container starts until the mount "
    "succeeds.",
    remedy="Fix the cause named in the message: the kubelet retries on its own, and the pod need not be deleted.",
    danger=Danger.REVERSIBLE,
    source="pkg/volume/util/operationexecutor; pkg/kubelet/volumemanager",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def mount_failed(case: RuleInput) -> Iterator[Finding]:
    failing = (
        (row, event)
        for row, _ in (*_starting(case), *_not_restarted(case))
        if (event := _mount_error(case, row)) is not None
    )
    for group in group_by(failing, lambda one: _reason(one[1])):
        (first, event), rows = group[0], [row for row, _ in group]
        yield mount_failed.finding(
            row_ref(case, first),
            f"{pod_names(rows)}: {_reason(event)}",
            min((one.first_seen for _, one in group if one.first_seen is not None), default=None),
            (
                *(Evidence(f"Pod {row.name}", "status.phase", _phase(row)) for row in sample(rows)),
                *(event_evidence(one) for _, one in sample(group)),
            ),
            (
                Remedy(
                    f"read the kubelet's errors in the events of {first.name}",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pod", first.name),
                ),
                Remedy("fix the cause named in the error: the kubelet retries on its own", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.LIKELY,
        )


def _starting(case: RuleInput) -> Iterator[tuple[Row, Pod]]:
    """Pods with a node but no container yet, past the time to attach volumes."""
    for row in case.down:
        pod = row.slot.pod
        if pod is None or row.terminating or pod.status.phase != "Pending" or not pod.spec.node_name:
            continue
        if case.facts.overdue(_scheduled(pod), case.facts.settings.attach_grace):
            yield row, pod


def _not_restarted(case: RuleInput) -> Iterator[tuple[Row, Pod]]:
    """Pods none of whose containers runs any more, as after a reboot of the node, with a later mount error.

    The phase stays Running, and the kubelet starts nothing before the volumes are mounted again.
    """
    facts = case.facts
    for row in case.down:
        pod = row.slot.pod
        if pod is None or row.terminating or pod.status.phase != "Running" or not awaits_start(pod):
            continue
        unready = pod.condition("Ready")
        instants = [unready.last_transition_time if unready is not None else None, last_death(pod)]
        since = max((instant for instant in instants if instant is not None), default=None)
        error = _mount_error(case, row)
        if error is None or since is None or error.last_seen is None or error.last_seen < since:
            continue
        if facts.overdue(since, facts.settings.attach_grace):
            yield row, pod


def _phase(row: Row) -> str:
    return row.slot.pod.status.phase if row.slot.pod is not None else "absent"


def _waiting(case: RuleInput) -> Iterator[_Volume]:
    for row, pod in _starting(case):
        for view in case.facts.claims.get(row.name, ()):
            if view.volume:
                yield _Volume(row, pod, view.name, view.volume, view.volume_state)


def _scheduled(pod: Pod) -> datetime | None:
    condition = pod.condition("PodScheduled")
    return condition.last_transition_time if condition is not None else pod.metadata.creation_timestamp


def _last_warning(case: RuleInput, row: Row, *reasons: str) -> Event | None:
    return last_warning(case, "Pod", row.name, *reasons)


def _attachments(case: RuleInput, volume: str, node: str) -> Iterator[Evidence]:
    """The VolumeAttachment of a volume and node, as evidence."""
    one = _attachment(case, volume, node)
    if one is None:
        return
    about = f"VolumeAttachment {one.metadata.name}"
    yield Evidence(about, "spec.nodeName", one.spec.node_name)
    yield Evidence(about, "status.attached", str(one.status.attached).lower())
    if one.status.detach_error is not None:
        yield Evidence(about, "status.detachError.message", one.status.detach_error.message)


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
    """The driver's error, and whether a VolumeAttachment reports it.

    None if attaching has not failed.
    """
    state, event = one.state, _last_warning(case, one.row, "FailedAttachVolume")
    if state.attachment is AttachmentStatus.ERROR:
        return state.attachment_detail or "the driver gives no reason", True
    if state.attachment is AttachmentStatus.ATTACHING:
        return (message_of(event), False) if event is not None else ("the driver does not respond", True)
    if state.attachment is AttachmentStatus.UNKNOWN and event is not None and _MULTI_ATTACH not in event.message:
        match = _MOUNT.search(message_of(event))
        return match["why"] if match is not None else message_of(event), False
    return None


def _mount_error(case: RuleInput, row: Row) -> Event | None:
    """The kubelet's newest message that names a cause, else its newest summary."""
    about = [
        event
        for event in case.facts.objects.events
        if event.reason in ("FailedMount", "FailedMapVolume")
        and event.involved_object.kind == "Pod"
        and event.involved_object.name == row.name
    ]
    causes = [event for event in about if _MOUNT.search(message_of(event))]
    return next(reversed(causes or about), None)


def _reason(event: Event) -> str:
    message = message_of(event)
    if (match := _MOUNT.search(message)) is not None:
        return f"volume {match['volume']} cannot be mounted: {match['why']}"
    if (match := _UNMOUNTED.search(message)) is not None:
        plural = " " in match["volumes"]
        return f"{'volumes' if plural else 'volume'} {match['volumes']} not mounted: {match['why']}"
    return f"a volume cannot be mounted: {message}"


def _multi_attach(case: RuleInput, one: _Volume) -> Event | None:
    """The newest Multi-Attach event about the volume, or about an unnamed one.

    The attach/detach controller reports it once for each pod and volume, and the kubelet then only that its wait timed
    out (pkg/controller/volume/attachdetach/reconciler, reportMultiAttachError).
    """
    events = [
        event
        for event in case.facts.objects.events
        if event.reason == "FailedAttachVolume"
        and event.involved_object.kind == "Pod"
        and event.involved_object.name == one.row.name
        and _MULTI_ATTACH in event.message
    ]
    others = {view.volume for view in case.facts.claims.get(one.row.name, ()) if view.volume} - {one.name}
    return next((event for event in reversed(events) if not any(f'"{name}"' in event.message for name in others)), None)


def _gone(case: RuleInput, node: str) -> bool:
    """Whether a node is known not to exist."""
    facts = case.facts
    if not node or node in facts.objects.nodes or not facts.objects.complete(NODES):
        return False
    return not awaited(NODES, node, None, facts.settings, facts.sightings, facts.moment)


def _detach_steps(case: RuleInput, one: _Volume, other: str) -> Iterator[Remedy]:
    if not other:
        yield Remedy(
            f"find which node still has the volume of PVC {one.claim}",
            Danger.READ_ONLY,
            command=kubectl_cluster("get", "volumeattachments"),
        )
        yield Remedy("stop whatever uses the volume on that node: it then detaches", Danger.DISRUPTIVE)
        return
    if _gone(case, other):
        yield from _detach_from_gone(case, one, other)
        return
    yield Remedy(
        f"check what still uses the volume on {other}",
        Danger.READ_ONLY,
        command=kubectl_cluster("get", "pods", "-A", "--field-selector", f"spec.nodeName={other}"),
    )
    node = case.facts.objects.nodes.get(other)
    ready = node.ready if node is not None else None
    if ready is not None and ready.status == "True":
        yield Remedy(f"find out why the kubelet of {other} does not unmount the volume", Danger.READ_ONLY)
        return
    if not case.facts.overdue(_scheduled(one.pod), _FORCE_DETACH):
        yield Remedy(f"wait: if {other} is unhealthy, the volume is force-detached after 6 min", Danger.READ_ONLY)
    yield verify_powered_off(other)
    yield taint_out_of_service(other)


def _detach_from_gone(case: RuleInput, one: _Volume, other: str) -> Iterator[Remedy]:
    """Steps for a volume that is attached to a node without a Node object.

    The attacher removes its finalizer only once the storage system has confirmed the detach (external-attacher).
    """
    yield Remedy(f"check in the storage system whether the machine of {other} still has the volume", Danger.READ_ONLY)
    attachment = _attachment(case, one.name, other)
    if attachment is None:
        return
    name = attachment.metadata.name
    if not attachment.metadata.deletion_timestamp:
        yield Remedy(
            f"only if the machine of {other} is gone: delete VolumeAttachment {name}: the volume is then detached",
            Danger.LOSS,
            command=kubectl_cluster("delete", "volumeattachment", name, "--wait=false"),
        )
    else:
        if attachment.status.detach_error is not None:
            yield Remedy("fix the cause named in the error: the driver retries on its own", Danger.REVERSIBLE)
        else:
            yield Remedy("check that the controller of the driver is running: it confirms the detach", Danger.READ_ONLY)
        yield Remedy(
            f"only if the machine of {other} is gone: remove the finalizers of VolumeAttachment {name}: the volume "
            f"then counts as detached",
            Danger.LOSS,
            command=kubectl_cluster(
                "patch", "volumeattachment", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}'
            ),
        )


RULES: tuple[Rule, ...] = (volume_attached_elsewhere, attach_failed, mount_failed)

"""PVCs without a volume.

Those that wait for their first consumer depend on the scheduler, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.pods.unknowns import awaited
from stsview.model.states import ClaimStatus, ClassStatus
from stsview.objects.claim import BETA_CLASS, SELECTED_NODE, PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.kinds import NODES
from stsview.triage.rule import Rule, Situation, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.ordinal_claims import (
    OrdinalClaim,
    claim_label,
    claim_ref,
    group_by_cause,
    ordinal_claims,
    ordinals,
    pods_of,
    wait_consequence,
)

_KIND = "PersistentVolumeClaim"

_NO_SUCH_CLASS = re.compile(r"storageclass\S* \"([^\"]*)\" not found", re.IGNORECASE)

_REFUSED = re.compile(r"failed to provision volume with StorageClass \"[^\"]*\": (.+)")
"""external-provisioner, pkg/controller/controller.go; other provisioners word it differently."""

_PROVISIONER = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
"""Annotations with which the volume controller hands a PVC to a provisioner; with WaitForFirstConsumer only after the
scheduler has chosen a node (pkg/controller/volume/persistentvolume/pv_controller.go)."""


@rule(
    level=Level.ERROR,
    title="PVC has no StorageClass, and no volume matches it",
    meaning="No volume is provisioned for a PVC without a StorageClass: it binds only to an existing one. Its pod is "
    "not scheduled until then.",
    remedy="Mark a StorageClass as the default: since Kubernetes 1.28 it is assigned to PVCs that name none. A PVC "
    'with the class "" needs a manually created PersistentVolume.',
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#retroactive-default-storageclass-assignment",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def claim_without_class(case: RuleInput) -> Iterator[Finding]:
    unnamed = (one for one in ordinal_claims(case, ClaimStatus.PENDING) if not one.claim.storage_class)
    late = (one for one in unnamed if not one.claim.spec.volume_name and _late(one, case))
    for status, group in group_by_cause(late, _problem).items():
        first = group[0]
        yield claim_without_class.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(group)}: {claim_label(group)} {_PROBLEMS[status][len(group) > 1]}",
            first.claim.metadata.creation_timestamp,
            (
                *_phases(group),
                Evidence(
                    f"{_KIND} {first.name}", "spec.storageClassName", '""' if status is ClassStatus.NONE else "absent"
                ),
            ),
            _steps_without_class(case, group, status),
            ordinals=ordinals(group),
            so=wait_consequence(case, group),
        )


@rule(
    level=Level.ERROR,
    title="StorageClass does not exist",
    meaning="No volume is provisioned for a PVC whose StorageClass does not exist, and its pod is not scheduled until "
    "it is bound.",
    remedy="Create a StorageClass of that name. If the name is a mistake, recreate the StatefulSet with the right one "
    "in its volumeClaimTemplates, and delete the PVC, which is still empty.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/storage/storage-classes/",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def class_missing(case: RuleInput) -> Iterator[Finding]:
    for name, group in group_by_cause(
        ordinal_claims(case, ClaimStatus.PENDING), lambda one: _missing_class(one, case)
    ).items():
        first = group[0]
        event = _refusal(first, case)
        certain = first.view.class_state.status is ClassStatus.MISSING
        yield class_missing.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(group)}: StorageClass {name} of {claim_label(group)} does not exist",
            first.claim.metadata.creation_timestamp,
            (
                *_phases(group),
                _class_evidence(first.claim),
                *([Evidence(f"StorageClass {name}", "metadata", "absent")] if certain else []),
                *([event_evidence(event)] if event is not None else []),
            ),
            (
                Remedy("list the StorageClasses", Danger.READ_ONLY, command="kubectl get storageclass"),
                Remedy(f"create StorageClass {name}: the volume is then provisioned", Danger.REVERSIBLE),
                Remedy(
                    "or recreate the StatefulSet with --cascade=orphan and another StorageClass, and delete "
                    f"{claim_label(group)} ({_still_empty(group)})",
                    Danger.DISRUPTIVE,
                ),
            ),
            ordinals=ordinals(group),
            so=wait_consequence(case, group),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="Volume is provisioned for a node that does not exist",
    meaning="The scheduler chose a node for the first consumer of the PVC, and wrote it into an annotation. That node "
    "has been removed, the provisioner cannot tell where to create the volume, and the annotation stays.",
    remedy="Remove the annotation volume.kubernetes.io/selected-node from the PVC: the scheduler then chooses again.",
    danger=Danger.REVERSIBLE,
    source="https://github.com/kubernetes/kubernetes/issues/100485; pkg/scheduler/framework/plugins/volumebinding",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def selected_node_gone(case: RuleInput) -> Iterator[Finding]:
    for one in ordinal_claims(case, ClaimStatus.PENDING):
        node, event = one.claim.selected_node, _refusal(one, case)
        if not node or not _gone(case, node):
            continue
        yield selected_node_gone.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: the volume of PVC {one.name} is to be created for node {node}, which does not exist",
            event.first_seen if event is not None else None,
            (
                *_phases([one]),
                Evidence(f"{_KIND} {one.name}", f"metadata.annotations[{SELECTED_NODE}]", node),
                Evidence(f"Node {node}", "metadata", "absent"),
                *([event_evidence(event)] if event is not None else []),
            ),
            (
                Remedy(
                    f"remove annotation {SELECTED_NODE} from PVC {one.name}: the scheduler then chooses another node",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "annotate", "pvc", one.name, f"{SELECTED_NODE}-"),
                ),
            ),
            ordinals=ordinals([one]),
            so=wait_consequence(case, [one]),
        )


def _gone(case: RuleInput, node: str) -> bool:
    facts = case.facts
    if node in facts.objects.nodes or not facts.objects.complete(NODES):
        return False
    return not awaited(NODES, node, None, facts.settings, facts.sightings, facts.moment)


@rule(
    level=Level.ERROR,
    title="Volume provisioning fails",
    meaning="The storage driver repeatedly fails to provision the volume: an exceeded quota, a zone without capacity, "
    "a wrong parameter of the StorageClass.",
    remedy="Fix the cause named in the error; the driver retries on its own.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/; external-provisioner, "
    "pkg/controller/controller.go",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def provisioning_failed(case: RuleInput) -> Iterator[Finding]:
    for why, group in group_by_cause(ordinal_claims(case, ClaimStatus.PENDING), lambda one: _error(one, case)).items():
        first = group[0]
        events = [event for one in group if (event := _refusal(one, case)) is not None]
        yield provisioning_failed.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(group)}: no volume provisioned for {claim_label(group)}: {why}",
            min((event.first_seen for event in events if event.first_seen is not None), default=None),
            (*_phases(group), *(event_evidence(event) for event in events[:1])),
            (
                Remedy(
                    "read the driver's error in the events of the PVC",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", first.name),
                ),
                Remedy("fix the cause named in the error: the driver retries on its own", Danger.REVERSIBLE),
            ),
            ordinals=ordinals(group),
            so=wait_consequence(case, group),
            certainty=Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="Provisioner does not respond",
    meaning="The PVC was handed to a storage driver, which has neither provisioned a volume nor reported an error: its "
    "controller is not running, or does not handle this StorageClass.",
    remedy="Check that the driver's controller is running; the volume is then provisioned.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/; pkg/controller/volume/persistentvolume/"
    "pv_controller.go, ExternalProvisioning",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNBOUND_CLAIM,
)
def provisioner_unresponsive(case: RuleInput) -> Iterator[Finding]:
    for provisioner, group in group_by_cause(
        ordinal_claims(case, ClaimStatus.PENDING), lambda one: _owing(one, case)
    ).items():
        first = group[0]
        yield provisioner_unresponsive.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(group)}: {provisioner} does not respond: no volume, no error for {claim_label(group)}",
            _handed_over_since(first, case),
            (
                *_phases(group),
                _class_evidence(first.claim),
                Evidence(
                    f"{_KIND} {first.name}", f"metadata.annotations[{_PROVISIONER[0]}]", _provisioner(first) or "absent"
                ),
            ),
            (
                Remedy(
                    f"check whether the controller of {provisioner} is running, and read its log",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", first.name),
                ),
                Remedy("fix the driver: the volume is then provisioned", Danger.REVERSIBLE),
            ),
            ordinals=ordinals(group),
            so=wait_consequence(case, group),
        )


_PROBLEMS = {
    ClassStatus.NONE: (
        'has the StorageClass "", and no volume matches',
        'have the StorageClass "", and no volume matches',
    ),
    ClassStatus.NO_DEFAULT: (
        "names no StorageClass, and there is no default",
        "name no StorageClass, and there is no default",
    ),
    ClassStatus.NOT_NEEDED: (
        "names no StorageClass, and none was assigned",
        "name no StorageClass, and none was assigned",
    ),
}
"""What is wrong with one PVC, and with several, by the state of their class."""


def _problem(one: OrdinalClaim) -> ClassStatus:
    status = one.view.class_state.status
    return status if status in _PROBLEMS else ClassStatus.NOT_NEEDED


def _still_empty(group: Sequence[OrdinalClaim]) -> str:
    return "it is still empty" if len(group) == 1 else "they are still empty"


def _steps_without_class(case: RuleInput, group: Sequence[OrdinalClaim], status: ClassStatus) -> Iterator[Remedy]:
    if status is ClassStatus.NONE:
        yield Remedy("list the PersistentVolumes", Danger.READ_ONLY, command="kubectl get persistentvolume")
        yield Remedy(f"create a PersistentVolume that matches {claim_label(group)}", Danger.REVERSIBLE)
        return
    yield Remedy("list the StorageClasses", Danger.READ_ONLY, command="kubectl get storageclass")
    if status is ClassStatus.NO_DEFAULT:
        yield Remedy("mark a StorageClass as the default: PVCs without a class then get it", Danger.REVERSIBLE)
        yield Remedy(
            "or recreate the StatefulSet with --cascade=orphan and a StorageClass in its volumeClaimTemplates, and "
            f"delete {claim_label(group)} ({_still_empty(group)})",
            Danger.DISRUPTIVE,
        )
    elif group[0].view.class_state.default:
        names = list(dict.fromkeys(one.name for one in group))
        yield Remedy(
            f"delete {claim_label(group)} ({_still_empty(group)}), then trigger a reconcile: new PVCs get the default "
            f"class {group[0].view.class_state.name}",
            Danger.DISRUPTIVE,
            command=kubectl(case, "delete", "pvc", *names),
        )


def _missing_class(one: OrdinalClaim, case: RuleInput) -> str | None:
    """The StorageClass that does not exist.

    If classes are unreadable, from the volume controller's event.
    """
    if one.view.class_state.status is ClassStatus.MISSING:
        return one.claim.storage_class
    if one.view.class_state.status is not ClassStatus.UNKNOWN:
        return None
    event = _refusal(one, case)
    match = _NO_SUCH_CLASS.search(message_of(event)) if event is not None else None
    return match[1] if match is not None and match[1] == one.claim.storage_class else None


def _error(one: OrdinalClaim, case: RuleInput) -> str | None:
    event = _refusal(one, case)
    if event is None or not case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
        return None
    message = message_of(event)
    if _NO_SUCH_CLASS.search(message) or one.view.class_state.status is ClassStatus.MISSING:
        return None
    match = _REFUSED.match(message)
    return match[1] if match is not None else message


def _owing(one: OrdinalClaim, case: RuleInput) -> str | None:
    """The provisioner that should have provisioned a volume by now; none while no pod waits for it."""
    if one.row.missing:
        return None
    state = one.view.class_state
    if state.status not in (ClassStatus.KNOWN, ClassStatus.UNKNOWN) or state.default or one.claim.spec.volume_name:
        return None
    immediate = state.provisions and state.binding == "Immediate"
    if not (_provisioner(one) or immediate) or _refusal(one, case) is not None:
        return None
    if not case.facts.overdue(_handed_over_since(one, case), case.facts.settings.provision_grace):
        return None
    return _provisioner(one) or state.provisioner


def _provisioner(one: OrdinalClaim) -> str:
    annotations = one.claim.metadata.annotations
    return next((one_line(annotations[name]) for name in _PROVISIONER if annotations.get(name)), "")


def _handed_over_since(one: OrdinalClaim, case: RuleInput) -> datetime | None:
    """When the PVC was handed to the provisioner.

    For a PVC that may have waited for a node before, when that was first observed.
    """
    if one.view.class_state.binding == "Immediate":
        return one.claim.metadata.creation_timestamp
    return case.facts.sightings.since("asked", one.claim.metadata.uid)


def _late(one: OrdinalClaim, case: RuleInput) -> bool:
    return case.facts.overdue(one.claim.metadata.creation_timestamp, case.facts.settings.provision_grace)


def _refusal(one: OrdinalClaim, case: RuleInput) -> Event | None:
    return last_warning(case, _KIND, one.name, "ProvisioningFailed")


def _class_evidence(claim: PersistentVolumeClaim) -> Evidence:
    """The field that names the class of a PVC."""
    field = (
        f"metadata.annotations[{BETA_CLASS}]" if BETA_CLASS in claim.metadata.annotations else "spec.storageClassName"
    )
    return Evidence(f"{_KIND} {claim.metadata.name}", field, claim.storage_class or "absent")


def _phases(group: Sequence[OrdinalClaim]) -> Iterator[Evidence]:
    return (Evidence(f"{_KIND} {one.name}", "status.phase", one.claim.status.phase) for one in group)


RULES: tuple[Rule, ...] = (
    claim_without_class,
    class_missing,
    selected_node_gone,
    provisioning_failed,
    provisioner_unresponsive,
)

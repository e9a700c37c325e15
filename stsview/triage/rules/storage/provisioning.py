"""Claims that get no volume. One that waits for its first consumer is none of them: there the scheduler is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.states import ClaimStatus, ClassStatus
from stsview.objects.event import Event
from stsview.triage.rule import Rule, kubectl, rule
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
"""external-provisioner, pkg/controller/controller.go; other provisioners have other words."""

_ASKED = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
"""Annotations by which the volume controller hands a claim over to a provisioner; where the class waits for a consumer,
not before the scheduler has chosen a node (pkg/controller/volume/persistentvolume/pv_controller.go)."""


@rule(
    level=Level.ERROR,
    title="A claim names no StorageClass, and no volume fits it",
    meaning="Nobody makes a volume for a claim without a class: it only gets one that is there already. Its pod is not "
    "scheduled before it has one.",
    remedy="Mark a StorageClass as the default one: since Kubernetes 1.28 claims that name none are given it. A claim "
    "whose class is the empty string wants a volume that somebody makes by hand.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#retroactive-default-storageclass-assignment",
    reaches=Reaches.ORDINALS,
)
def claim_without_class(case: RuleInput) -> Iterator[Finding]:
    unnamed = (one for one in ordinal_claims(case, ClaimStatus.PENDING) if not one.claim.spec.storage_class_name)
    late = (one for one in unnamed if not one.claim.spec.volume_name and _late(one, case))
    for status, held in group_by_cause(late, _lack).items():
        first = held[0]
        yield claim_without_class.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(held)}: {claim_label(held)} {_LACKS[status]}",
            first.claim.metadata.creation_timestamp,
            (
                *_phases(held),
                Evidence(
                    f"{_KIND} {first.name}", "spec.storageClassName", '""' if status is ClassStatus.NONE else "absent"
                ),
            ),
            _for_unnamed(case, held, status),
            ordinals=ordinals(held),
            so=wait_consequence(case, held),
        )


@rule(
    level=Level.ERROR,
    title="The StorageClass of a claim does not exist",
    meaning="Nobody makes a volume for a claim whose class is not there, and its pod is not scheduled before it "
    "has one.",
    remedy="Make a StorageClass of that name; if the name is a mistake, make the set anew with the right one in its "
    "claim template, and delete the claim, which holds nothing yet.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/storage/storage-classes/",
    reaches=Reaches.ORDINALS,
)
def class_missing(case: RuleInput) -> Iterator[Finding]:
    for name, held in group_by_cause(
        ordinal_claims(case, ClaimStatus.PENDING), lambda one: _missing_class(one, case)
    ).items():
        first = held[0]
        event = _refusal(first, case)
        certain = first.view.class_state.status is ClassStatus.MISSING
        yield class_missing.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(held)}: there is no StorageClass {name} for {claim_label(held)}",
            first.claim.metadata.creation_timestamp,
            (
                *_phases(held),
                Evidence(
                    f"{_KIND} {first.name}", "spec.storageClassName", first.claim.spec.storage_class_name or "absent"
                ),
                *([Evidence(f"StorageClass {name}", "metadata", "absent")] if certain else []),
                *([event_evidence(event)] if event is not None else []),
            ),
            (
                Remedy("see which classes there are", Danger.READ_ONLY, command="kubectl get storageclass"),
                Remedy(f"make a StorageClass {name}: the volume is made by itself then", Danger.REVERSIBLE),
                Remedy(
                    "or make the set anew with another class in its claim template, without deleting its pods, and "
                    f"delete {claim_label(held)}, which {'holds' if len(held) == 1 else 'hold'} nothing yet",
                    Danger.DISRUPTIVE,
                ),
            ),
            ordinals=ordinals(held),
            so=wait_consequence(case, held),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="The provisioner refuses to make a volume",
    meaning="The storage driver was asked for a volume and answers with an error, again and again: a quota, a zone "
    "without room, a wrong parameter of the class.",
    remedy="Mend what the error names; the driver tries again by itself.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/; external-provisioner, "
    "pkg/controller/controller.go",
    reaches=Reaches.ORDINALS,
)
def provisioning_failed(case: RuleInput) -> Iterator[Finding]:
    for why, held in group_by_cause(ordinal_claims(case, ClaimStatus.PENDING), lambda one: _refused(one, case)).items():
        first = held[0]
        events = [event for one in held if (event := _refusal(one, case)) is not None]
        yield provisioning_failed.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(held)}: no volume is made for {claim_label(held)}: {why}",
            min((event.first_seen for event in events if event.first_seen is not None), default=None),
            (*_phases(held), *(event_evidence(event) for event in events[:1])),
            (
                Remedy(
                    "read what the driver answers",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", first.name),
                ),
                Remedy("mend what the error names: the driver tries again by itself", Danger.REVERSIBLE),
            ),
            ordinals=ordinals(held),
            so=wait_consequence(case, held),
            certainty=Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="The provisioner does not answer",
    meaning="The claim was handed over to a storage driver, which has neither made a volume nor said why not: its "
    "controller does not run, or does not look at this class.",
    remedy="See whether the driver's controller runs; the volume is made by itself once it does.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/; pkg/controller/volume/persistentvolume/"
    "pv_controller.go, ExternalProvisioning",
    reaches=Reaches.ORDINALS,
)
def provisioner_unresponsive(case: RuleInput) -> Iterator[Finding]:
    for provisioner, held in group_by_cause(
        ordinal_claims(case, ClaimStatus.PENDING), lambda one: _silent(one, case)
    ).items():
        first = held[0]
        yield provisioner_unresponsive.finding(
            claim_ref(case, first.name, first.claim.metadata.uid),
            f"{pods_of(held)}: {provisioner} makes no volume for {claim_label(held)}, and says nothing",
            _asked_since(first, case),
            (
                *_phases(held),
                Evidence(f"{_KIND} {first.name}", f"metadata.annotations[{_ASKED[0]}]", _asked(first) or "absent"),
            ),
            (
                Remedy(
                    f"see whether the controller of {provisioner} runs, and what it logs",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", first.name),
                ),
                Remedy("mend the driver: the volume is made by itself then", Danger.REVERSIBLE),
            ),
            ordinals=ordinals(held),
            so=wait_consequence(case, held),
        )


_LACKS = {
    ClassStatus.NONE: "wants no StorageClass, and no volume fits it",
    ClassStatus.NO_DEFAULT: "names no StorageClass, and there is no default one",
    ClassStatus.NOT_NEEDED: "names no StorageClass, and is given none",
}


def _lack(one: OrdinalClaim) -> ClassStatus:
    status = one.view.class_state.status
    return status if status in _LACKS else ClassStatus.NOT_NEEDED


def _for_unnamed(case: RuleInput, held: Sequence[OrdinalClaim], status: ClassStatus) -> Iterator[Remedy]:
    if status is ClassStatus.NONE:
        yield Remedy("see which volumes there are", Danger.READ_ONLY, command="kubectl get persistentvolume")
        yield Remedy(f"make a PersistentVolume by hand that fits {claim_label(held)}", Danger.REVERSIBLE)
        return
    yield Remedy("see which classes there are", Danger.READ_ONLY, command="kubectl get storageclass")
    if status is ClassStatus.NO_DEFAULT:
        yield Remedy("mark one of them as the default: claims without a class are given it", Danger.REVERSIBLE)
        yield Remedy(
            "or make the set anew with a class in its claim template, without deleting its pods, and delete "
            f"{claim_label(held)}, which {'holds' if len(held) == 1 else 'hold'} nothing yet",
            Danger.DISRUPTIVE,
        )
    elif held[0].view.class_state.default:
        names = list(dict.fromkeys(one.name for one in held))
        yield Remedy(
            f"delete {claim_label(held)} ({'it is' if len(held) == 1 else 'they are'} still empty), then trigger a "
            f"reconcile: the new PVCs get the default class {held[0].view.class_state.name}",
            Danger.DISRUPTIVE,
            command=kubectl(case, "delete", "pvc", *names),
        )


def _missing_class(one: OrdinalClaim, case: RuleInput) -> str | None:
    """The class that is not there; by the word of the volume controller where classes cannot be read."""
    if one.view.class_state.status is ClassStatus.MISSING:
        return one.claim.spec.storage_class_name
    if one.view.class_state.status is not ClassStatus.UNKNOWN:
        return None
    event = _refusal(one, case)
    told = _NO_SUCH_CLASS.search(message_of(event)) if event is not None else None
    return told[1] if told is not None and told[1] == one.claim.spec.storage_class_name else None


def _refused(one: OrdinalClaim, case: RuleInput) -> str | None:
    event = _refusal(one, case)
    if event is None or not case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
        return None
    words = message_of(event)
    if _NO_SUCH_CLASS.search(words) or one.view.class_state.status is ClassStatus.MISSING:
        return None
    told = _REFUSED.match(words)
    return told[1] if told is not None else words


def _silent(one: OrdinalClaim, case: RuleInput) -> str | None:
    """The provisioner that owes a volume."""
    state = one.view.class_state
    if state.status not in (ClassStatus.KNOWN, ClassStatus.UNKNOWN) or state.default or one.claim.spec.volume_name:
        return None
    immediate = state.provisions and state.binding == "Immediate"
    if not (_asked(one) or immediate) or _refusal(one, case) is not None:
        return None
    if not case.facts.overdue(_asked_since(one, case), case.facts.settings.provision_grace):
        return None
    return _asked(one) or state.provisioner


def _asked(one: OrdinalClaim) -> str:
    annotations = one.claim.metadata.annotations
    return next((one_line(annotations[name]) for name in _ASKED if annotations.get(name)), "")


def _asked_since(one: OrdinalClaim, case: RuleInput) -> datetime | None:
    """When it was handed over; nothing tells that of a claim that may have had to wait for a node first."""
    if one.view.class_state.binding == "Immediate":
        return one.claim.metadata.creation_timestamp
    return case.facts.sightings.since("asked", one.claim.metadata.uid)


def _late(one: OrdinalClaim, case: RuleInput) -> bool:
    return case.facts.overdue(one.claim.metadata.creation_timestamp, case.facts.settings.provision_grace)


def _refusal(one: OrdinalClaim, case: RuleInput) -> Event | None:
    return last_warning(case, _KIND, one.name, "ProvisioningFailed")


def _phases(held: Sequence[OrdinalClaim]) -> Iterator[Evidence]:
    return (Evidence(f"{_KIND} {one.name}", "status.phase", one.claim.status.phase) for one in held)


RULES: tuple[Rule, ...] = (claim_without_class, class_missing, provisioning_failed, provisioner_unresponsive)

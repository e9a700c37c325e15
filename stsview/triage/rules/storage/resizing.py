"""Claims that were asked to grow, and do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import one_line
from stsview.model.states import ClaimStatus
from stsview.objects.event import Event
from stsview.triage.rule import Rule, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims

_KIND = "PersistentVolumeClaim"

_ERRORS = ("ControllerResizeError", "NodeResizeError")

_STATUSES = "status.allocatedResourceStatuses.storage"

_SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"


@rule(
    level=Level.WARNING,
    title="A claim does not grow",
    meaning="More was asked for than the volume has, and the storage system refuses, or does not answer. The pod goes "
    "on with the size that it has.",
    remedy="Mend what the driver names, such as a quota; or lower the request again, to no less than the volume has "
    "(since Kubernetes 1.34, and 1.32 by default).",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; KEP-1790, RecoverVolumeExpansionFailure",
)
def resize_stuck(case: RuleInput) -> Iterator[Finding]:
    for one in _growing(case):
        evidence, why, since, certain = _refused(one, case)
        if not evidence:
            continue
        size = one.claim.status.capacity.get("storage", "")
        wanted = one.claim.spec.resources.requests.get("storage", "")
        request = f'{{"spec":{{"resources":{{"requests":{{"storage":"{size}"}}}}}}}}'
        yield resize_stuck.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: claim {one.name} does not grow from {size} to {wanted}{why}",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "spec.resources.requests.storage", wanted),
                Evidence(f"{_KIND} {one.name}", "status.capacity.storage", size),
                *evidence,
            ),
            (
                Remedy(
                    "read what the driver answers",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", one.name),
                ),
                Remedy("mend what it names: it tries again by itself", Danger.REVERSIBLE),
                Remedy(
                    f"or lower the request to the {size} that it has (Kubernetes 1.32 and later)",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "patch", "pvc", one.name, "--type=merge", "-p", request),
                ),
            ),
            ordinals=(one.row.ordinal,),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.WARNING,
    title="A file system waits for a restart to grow",
    meaning="The volume has grown, its file system has not: drivers that can only do that when they mount it wait for "
    "the pod to be started again.",
    remedy="Delete the pod; its successor has the full size. One at a time, each when all others are Ready.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; pkg/volume/util/resize_util.go, FileSystemResizePending",
)
def file_system_resize_pending(case: RuleInput) -> Iterator[Finding]:
    for one in _growing(case):
        condition = one.claim.condition("FileSystemResizePending")
        pod = one.row.slot.pod
        running = pod is not None and pod.status.phase == "Running" and not one.row.terminating
        if condition is None or condition.status != "True" or not running:
            continue
        since = condition.last_transition_time or case.facts.sightings.since("file system", one.claim.metadata.uid)
        if not case.facts.overdue(since, case.facts.settings.resize_grace):
            continue
        name = one.row.name
        yield file_system_resize_pending.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{name}: the file system of claim {one.name} only grows when the pod is started again",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "status.conditions[FileSystemResizePending].status", "True"),
                Evidence(
                    f"{_KIND} {one.name}", "status.capacity.storage", one.claim.status.capacity.get("storage", "absent")
                ),
            ),
            (
                Remedy(
                    f"delete {name} when all other members are Ready: it comes back with the full size",
                    Danger.DISRUPTIVE,
                    ActionId.DELETE_POD,
                    kubectl(case, "delete", "pod", name),
                    name,
                ),
            ),
            ordinals=(one.row.ordinal,),
        )


def _growing(case: RuleInput) -> Iterator[OrdinalClaim]:
    return ordinal_claims(case, ClaimStatus.BOUND, such=lambda view: (view.requested or 0) > (view.size or 0))


def _refused(one: OrdinalClaim, case: RuleInput) -> tuple[tuple[Evidence, ...], str, datetime | None, bool]:
    """What shows that it does not grow, none where it may; why; since when; and whether that is certain."""
    for type_ in _ERRORS:
        condition = one.claim.condition(type_)
        if condition is not None and condition.status == "True":
            told = one_line(condition.message)
            evidence = Evidence(f"{_KIND} {one.name}", f"status.conditions[{type_}]", told or "True")
            return (evidence,), f": {told}" if told else "", condition.last_transition_time, True
    state = one.claim.status.allocated_resource_statuses.get("storage", "")
    if state.endswith("Infeasible"):
        return (Evidence(f"{_KIND} {one.name}", _STATUSES, state),), f": {state}", None, True
    if (event := last_warning(case, _KIND, one.name, "VolumeResizeFailed")) is not None:
        if _is_of_this(event, one) and case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
            return (event_evidence(event),), f": {message_of(event)}", event.first_seen, False
        return (), "", None, False
    return _unanswered(one, case)


def _is_of_this(event: Event, one: OrdinalClaim) -> bool:
    """Whether it was said since the claim grows; what is older is of an attempt that went well in the end."""
    resizing = one.claim.condition("Resizing")
    began = resizing.last_transition_time if resizing is not None else None
    return began is None or event.last_seen is None or event.last_seen >= began


def _unanswered(one: OrdinalClaim, case: RuleInput) -> tuple[tuple[Evidence, ...], str, datetime | None, bool]:
    """Where neither success nor error comes; a file system that waits for its pod is another matter."""
    pending = one.claim.condition("FileSystemResizePending")
    if pending is not None and pending.status == "True":
        return (), "", None, False
    resizing = one.claim.condition("Resizing")
    since = resizing.last_transition_time if resizing is not None and resizing.status == "True" else None
    seen = case.facts.sightings.since("growing", one.claim.metadata.uid, one.view.requested)
    if not case.facts.overdue(since or seen, case.facts.settings.resize_grace):
        return (), "", None, False
    state = "True" if since is not None else "absent"
    evidence = Evidence(f"{_KIND} {one.name}", "status.conditions[Resizing].status", state)
    return (evidence,), ", and the driver says nothing", since or seen, True


RULES: tuple[Rule, ...] = (resize_stuck, file_system_resize_pending)

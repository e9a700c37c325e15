"""PVCs whose expansion does not finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import one_line
from stsview.model.states import ClaimStatus
from stsview.objects.event import Event
from stsview.triage.rule import Rule, Situation, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims

_KIND = "PersistentVolumeClaim"

_ERRORS = ("ControllerResizeError", "NodeResizeError")

_STATUSES = "status.allocatedResourceStatuses.storage"

_SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"


@rule(
    level=Level.WARNING,
    title="PVC resize is stuck",
    meaning="The PVC requests more than its volume has, and the storage driver fails to expand the volume or does not "
    "respond. The pod continues with the present size.",
    remedy="Fix the cause that the driver names, such as a quota, or lower the request again, to no less than the "
    "volume has (stable since Kubernetes 1.34, on by default since 1.32).",
    danger=Danger.REVERSIBLE,
    source=f"{_SOURCE}; KEP-1790, RecoverVolumeExpansionFailure",
    needs=Situation.RESIZED_CLAIM,
)
def resize_stuck(case: RuleInput) -> Iterator[Finding]:
    for one in _growing(case):
        evidence, why, since, certain = _failure(one, case)
        if not evidence:
            continue
        size = one.claim.status.capacity.get("storage", "")
        wanted = one.claim.spec.resources.requests.get("storage", "")
        request = f'{{"spec":{{"resources":{{"requests":{{"storage":"{size}"}}}}}}}}'
        yield resize_stuck.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: resize of PVC {one.name} from {size} to {wanted} is stuck{why}",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "spec.resources.requests.storage", wanted),
                Evidence(f"{_KIND} {one.name}", "status.capacity.storage", size),
                *evidence,
            ),
            (
                Remedy(
                    "read the driver's error in the events of the PVC",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pvc", one.name),
                ),
                Remedy("fix the cause named in the error: the driver retries on its own", Danger.REVERSIBLE),
                Remedy(
                    f"or lower the request to the present {size} (Kubernetes 1.32 and later)",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "patch", "pvc", one.name, "--type=merge", "-p", request),
                ),
            ),
            ordinals=(one.row.ordinal,),
            certainty=Certainty.CERTAIN if certain else Certainty.LIKELY,
        )


@rule(
    level=Level.WARNING,
    title="File system resize waits for a pod restart",
    meaning="The volume has grown, but its file system has not: some drivers expand a file system only when they mount "
    "it, and wait for the pod to restart.",
    remedy="Delete the pod; the new pod has the full size. Delete one pod at a time, when all others are Ready.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; pkg/volume/util/resize_util.go, FileSystemResizePending",
    needs=Situation.RESIZED_CLAIM,
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
            f"{name}: file system of PVC {one.name} grows only when the pod restarts",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "status.conditions[FileSystemResizePending].status", "True"),
                Evidence(
                    f"{_KIND} {one.name}", "status.capacity.storage", one.claim.status.capacity.get("storage", "absent")
                ),
            ),
            (
                Remedy(
                    f"delete {name} when all other members are Ready: the new pod has the full size",
                    Danger.DISRUPTIVE,
                    ActionId.DELETE_POD,
                    kubectl(case, "delete", "pod", name),
                    name,
                ),
            ),
            ordinals=(one.row.ordinal,),
        )


def _growing(case: RuleInput) -> Sequence[OrdinalClaim]:
    return ordinal_claims(case, ClaimStatus.BOUND, such=lambda view: (view.requested or 0) > (view.size or 0))


def _failure(one: OrdinalClaim, case: RuleInput) -> tuple[tuple[Evidence, ...], str, datetime | None, bool]:
    """Evidence that the resize fails, why, since when, and whether that is certain.

    Without evidence it may still succeed.
    """
    for type_ in _ERRORS:
        condition = one.claim.condition(type_)
        if condition is not None and condition.status == "True":
            message = one_line(condition.message)
            evidence = Evidence(f"{_KIND} {one.name}", f"status.conditions[{type_}]", message or "True")
            return (evidence,), f": {message}" if message else "", condition.last_transition_time, True
    state = one.claim.status.allocated_resource_statuses.get("storage", "")
    if state.endswith("Infeasible"):
        return (Evidence(f"{_KIND} {one.name}", _STATUSES, state),), f": {state}", None, True
    if (event := last_warning(case, _KIND, one.name, "VolumeResizeFailed")) is not None:
        if _about_this_resize(event, one) and case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
            return (event_evidence(event),), f": {message_of(event)}", event.first_seen, False
        return (), "", None, False
    return _no_response(one, case)


def _about_this_resize(event: Event, one: OrdinalClaim) -> bool:
    """Whether the event is newer than the start of the resize.

    An older one is about an attempt that succeeded.
    """
    resizing = one.claim.condition("Resizing")
    began = resizing.last_transition_time if resizing is not None else None
    return began is None or event.last_seen is None or event.last_seen >= began


def _no_response(one: OrdinalClaim, case: RuleInput) -> tuple[tuple[Evidence, ...], str, datetime | None, bool]:
    """The failure of a resize that has neither succeeded nor reported an error.

    A file system that waits for its pod has a rule of its own.
    """
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
    return (evidence,), ": the driver does not respond", since or seen, True


RULES: tuple[Rule, ...] = (resize_stuck, file_system_resize_pending)

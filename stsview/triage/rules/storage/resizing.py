"""PVCs whose expansion does not finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from stsview.model.action_id import ActionId
from stsview.model.base import Record
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import one_line
from stsview.model.states import ClaimStatus
from stsview.objects.event import Event
from stsview.objects.meta import Condition
from stsview.triage.rule import Rule, Situation, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims

_KIND = "PersistentVolumeClaim"

_ERRORS = ("ControllerResizeError", "NodeResizeError")

_STATUSES = "status.allocatedResourceStatuses.storage"

_IN_USE = "code = FailedPrecondition"
"""In the message of a driver that expands only what no pod uses (the CSI specification, errors of
ControllerExpandVolume and NodeExpandVolume)."""

_RETRY = timedelta(seconds=300)
"""The longest time between two attempts of external-resizer (--retry-interval-max). Each attempt sets the time of the
condition Resizing again (pkg/util/util.go, MergeResizeConditionsOfPVC)."""

_STEPS = (("Gi", 1024**3), ("Mi", 1024**2))

_SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"


class _Place(Enum):
    """Where an expansion fails, which decides what helps."""

    VOLUME = auto()
    VOLUME_IN_USE = auto()
    """The driver expands only volumes that no pod uses."""
    FILE_SYSTEM = auto()
    """The volume has grown. A pod that mounts it does not start while the expansion of its file system fails
    (pkg/volume/util/operationexecutor/operation_generator.go, expandVolumeDuringMount)."""
    FILE_SYSTEM_INFEASIBLE = auto()
    """The volume has grown, and the kubelet tries its file system no more, also when a pod mounts it."""


class _Failure(Record, frozen=True):
    """Why an expansion does not finish."""

    place: _Place
    evidence: Evidence
    why: str
    since: datetime | None
    certain: bool = True


@rule(
    level=Level.WARNING,
    title="PVC resize is stuck",
    meaning="The PVC requests more than its volume has, and the storage driver fails to expand the volume or its file "
    "system, or does not respond. The pod continues with the present size.",
    remedy="Fix the cause that the driver names, such as a quota. While the volume itself has not grown, the request "
    "can be lowered again, to more than the volume has (stable since Kubernetes 1.34, on by default since 1.32). Once "
    "it has grown, and its file system fails, do not restart the pod before that is fixed. A driver that expands no "
    "volume in use needs the pod to end first.",
    danger=Danger.DISRUPTIVE,
    source=f"{_SOURCE}; KEP-1790, RecoverVolumeExpansionFailure",
    needs=Situation.RESIZED_CLAIM,
)
def resize_stuck(case: RuleInput) -> Iterator[Finding]:
    for one in _growing(case):
        failure = _failure(one, case)
        if failure is None:
            continue
        size = one.claim.status.capacity.get("storage", "")
        wanted = one.claim.spec.resources.requests.get("storage", "")
        yield resize_stuck.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{one.row.name}: resize of PVC {one.name} from {size} to {wanted} is stuck{failure.why}",
            failure.since,
            (
                Evidence(f"{_KIND} {one.name}", "spec.resources.requests.storage", wanted),
                Evidence(f"{_KIND} {one.name}", "status.capacity.storage", size),
                failure.evidence,
            ),
            _remedies(case, one, failure.place),
            ordinals=(one.row.ordinal,),
            so="a new pod would not start until its file system is expanded"
            if failure.place is _Place.FILE_SYSTEM
            else "",
            certainty=Certainty.CERTAIN if failure.certain else Certainty.LIKELY,
        )


def _remedies(case: RuleInput, one: OrdinalClaim, place: _Place) -> Iterator[Remedy]:
    yield Remedy(
        "read the driver's error in the events of the PVC",
        Danger.READ_ONLY,
        command=kubectl(case, "describe", "pvc", one.name),
    )
    match place:
        case _Place.VOLUME:
            yield Remedy("fix the cause named in the error: the driver retries on its own", Danger.REVERSIBLE)
            if size := _less(one):
                request = f'{{"spec":{{"resources":{{"requests":{{"storage":"{size}"}}}}}}}}'
                yield Remedy(
                    f"or lower the request to a size that is possible, such as {size}: more than the present one "
                    "(Kubernetes 1.32 and later)",
                    Danger.REVERSIBLE,
                    command=kubectl(case, "patch", "pvc", one.name, "--type=merge", "-p", request),
                )
        case _Place.VOLUME_IN_USE:
            yield Remedy(
                f"scale the StatefulSet so that {one.row.name} ends, until the volume has grown: the driver expands no "
                "volume that a pod uses",
                Danger.DISRUPTIVE,
            )
        case _Place.FILE_SYSTEM:
            yield Remedy(
                f"fix the cause named in the error before {one.row.name} restarts: the kubelet retries on its own",
                Danger.REVERSIBLE,
            )
        case _Place.FILE_SYSTEM_INFEASIBLE:
            yield Remedy("fix the cause named in the error: the file system is tried again rarely", Danger.REVERSIBLE)


def _less(one: OrdinalClaim) -> str:
    """A request between the present size and the requested one, close to the present; empty where there is none.

    The API server accepts no request of the present size itself (pkg/apis/core/validation,
    ValidatePersistentVolumeClaimUpdate).
    """
    size, wanted = one.view.size or 0, one.view.requested or 0
    for unit, number in _STEPS:
        count = size // number + 1
        if count * number < wanted and count * number <= size * 1.25:
            return f"{count}{unit}"
    return ""


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
        condition = _true(one, "FileSystemResizePending")
        pod = one.row.slot.pod
        running = pod is not None and pod.status.phase == "Running" and not one.row.terminating
        refused = _refused_in_use(one)
        if condition is None or not running or (_expands_on_node(one) and refused is None):
            continue
        since = condition.last_transition_time or case.facts.sightings.since("file system", one.claim.metadata.uid)
        if refused is None and not case.facts.overdue(since, case.facts.settings.resize_grace):
            continue
        name = one.row.name
        error = f"status.conditions[{_ERRORS[1]}].message"
        yield file_system_resize_pending.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{name}: file system of PVC {one.name} grows only when the pod restarts",
            since,
            (
                Evidence(f"{_KIND} {one.name}", "status.conditions[FileSystemResizePending].status", "True"),
                Evidence(
                    f"{_KIND} {one.name}", "status.capacity.storage", one.claim.status.capacity.get("storage", "absent")
                ),
                *((Evidence(f"{_KIND} {one.name}", error, one_line(refused.message)),) if refused is not None else ()),
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


def _true(one: OrdinalClaim, type_: str) -> Condition | None:
    condition = one.claim.condition(type_)
    return condition if condition is not None and condition.status == "True" else None


def _state(one: OrdinalClaim) -> str:
    return one.claim.status.allocated_resource_statuses.get("storage", "")


def _refused_in_use(one: OrdinalClaim) -> Condition | None:
    """The kubelet's error for a file system that the driver expands only when a pod mounts it, or None.

    It is written since Kubernetes 1.32 (pkg/volume/util/operationexecutor/node_expander.go).
    """
    error = _true(one, _ERRORS[1])
    return error if error is not None and _IN_USE in error.message else None


def _expands_on_node(one: OrdinalClaim) -> bool:
    """Whether the kubelet expands the file system at present, or failed to."""
    return _true(one, _ERRORS[1]) is not None or _state(one) in ("NodeResizeInProgress", "NodeResizeInfeasible")


def _failure(one: OrdinalClaim, case: RuleInput) -> _Failure | None:
    """Why the expansion does not finish; None while it may."""
    seen = case.facts.sightings.since("growing", one.claim.metadata.uid, one.view.requested)
    if _refused_in_use(one) is not None:
        return None
    state, event = _state(one), _event(one, case, seen)
    for type_ in _ERRORS:
        if (condition := _true(one, type_)) is not None:
            message = one_line(condition.message)
            return _Failure(
                _place(one, type_, message),
                Evidence(f"{_KIND} {one.name}", f"status.conditions[{type_}]", message or "True"),
                f": {message}" if message else "",
                _earlier(condition.last_transition_time, event.first_seen if event is not None else None),
            )
    if state.endswith("Infeasible"):
        type_ = _ERRORS[0] if state.startswith("Controller") else _ERRORS[1]
        return _Failure(_place(one, type_, ""), Evidence(f"{_KIND} {one.name}", _STATUSES, state), f": {state}", None)
    if event is not None:
        if not case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
            return None
        place = _Place.FILE_SYSTEM if event.involved_object.kind == "Pod" else _Place.VOLUME
        why = f": {message_of(event)}"
        return _Failure(place, event_evidence(event), why, event.first_seen, certain=False)
    return _no_response(one, case, seen)


def _place(one: OrdinalClaim, type_: str, message: str) -> _Place:
    """Where an error of this condition is."""
    if type_ == _ERRORS[0]:
        return _Place.VOLUME_IN_USE if _IN_USE in message else _Place.VOLUME
    return _Place.FILE_SYSTEM_INFEASIBLE if _state(one) == "NodeResizeInfeasible" else _Place.FILE_SYSTEM


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier instant: a condition has the time of the last attempt, an event that of the first."""
    return min((each for each in (one, other) if each is not None), default=None)


def _event(one: OrdinalClaim, case: RuleInput, seen: datetime) -> Event | None:
    """The newest failure of this expansion: external-resizer's about the PVC, or the kubelet's about the pod."""
    event = last_warning(case, _KIND, one.name, "VolumeResizeFailed")
    if event is not None and _about_this_resize(event, one, seen):
        return event
    event = last_warning(case, "Pod", one.row.name, "VolumeResizeFailed")
    volume = one.claim.spec.volume_name
    if event is not None and volume and volume in event.message and _true(one, "FileSystemResizePending") is not None:
        return event
    return None


def _about_this_resize(event: Event, one: OrdinalClaim, seen: datetime) -> bool:
    """Whether the event is about an attempt of this expansion, not of an earlier one that succeeded.

    An attempt sets the time of Resizing again, and its event comes only at its end.
    """
    resizing = one.claim.condition("Resizing")
    began = resizing.last_transition_time if resizing is not None else None
    if began is None or event.last_seen is None or event.last_seen >= began:
        return True
    return event.last_seen >= seen or (event.times > 1 and began - event.last_seen <= _RETRY)


def _no_response(one: OrdinalClaim, case: RuleInput, seen: datetime) -> _Failure | None:
    """The failure of an expansion that has neither succeeded nor reported an error.

    A file system that waits for its pod has a rule of its own.
    """
    pending, resizing = _true(one, "FileSystemResizePending"), _true(one, "Resizing")
    if pending is not None and _state(one) != "NodeResizeInProgress":
        return None
    condition = pending or resizing
    since = condition.last_transition_time if condition is not None else None
    if not case.facts.overdue(_earlier(since, seen), case.facts.settings.resize_grace):
        return None
    if pending is not None:
        evidence = Evidence(f"{_KIND} {one.name}", _STATUSES, _state(one))
        return _Failure(_Place.FILE_SYSTEM, evidence, ": the node does not finish its file system", since or seen)
    evidence = Evidence(f"{_KIND} {one.name}", "status.conditions[Resizing].status", "True" if resizing else "absent")
    return _Failure(_Place.VOLUME, evidence, ": the driver does not respond", since or seen)


RULES: tuple[Rule, ...] = (resize_stuck, file_system_resize_pending)

"""PVCs whose expansion does not finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from stsview.model.action_id import ActionId
from stsview.model.base import Record
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Growth, Level, Remedy
from stsview.model.names import one_line
from stsview.model.states import ClaimStatus
from stsview.model.storage.resizes import IN_USE, Resize, ResizeStage, resize_of
from stsview.objects.event import Event
from stsview.objects.meta import Condition
from stsview.triage.rule import Rule, Situation, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.ordinal_claims import OrdinalClaim, claim_ref, ordinal_claims

_KIND = "PersistentVolumeClaim"

_CONTROLLER_ERROR, _NODE_ERROR = "ControllerResizeError", "NodeResizeError"

_PENDING = "FileSystemResizePending"

_STATUSES = "status.allocatedResourceStatuses.storage"

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
    "it has grown, and its file system fails, a new pod may not start before that is fixed. A driver that expands no "
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
                    ActionId.GROW if one.view.template else None,
                    kubectl(case, "patch", "pvc", one.name, "--type=merge", "-p", request),
                    growth=_growth(one, size),
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


def _growth(one: OrdinalClaim, size: str) -> Growth | None:
    """The growth of one PVC; None for a PVC without a claim template."""
    return Growth(one.view.template, size, (one.row.ordinal,)) if one.view.template else None


def _restart(one: OrdinalClaim) -> Iterator[Remedy]:
    """What evicts the pod once all others are available, and follows the PVC to its size."""
    growth = _growth(one, one.claim.spec.resources.requests.get("storage", ""))
    if growth is not None:
        text = f"evict {one.row.name} once all others are available, and see that {one.name} has the size"
        yield Remedy(text, Danger.DISRUPTIVE, ActionId.GROW, growth=growth)


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
        resize, pod = resize_of(one.claim), one.row.slot.pod
        running = pod is not None and pod.status.phase == "Running" and not one.row.terminating
        if resize.stage is not ResizeStage.FILE_SYSTEM_PENDING or not running:
            continue
        since = resize.since or case.facts.sightings.since("file system", one.claim.metadata.uid)
        # Online drivers need less time than that; others refuse at once, which is reported since Kubernetes 1.32.
        if not resize.in_use and not case.facts.overdue(since, case.facts.settings.resize_grace):
            continue
        name = one.row.name
        refused = one.claim.condition(_NODE_ERROR) if resize.in_use else None
        yield file_system_resize_pending.finding(
            claim_ref(case, one.name, one.claim.metadata.uid),
            f"{name}: file system of PVC {one.name} grows only when the pod restarts",
            since,
            (
                _pending_evidence(one),
                Evidence(
                    f"{_KIND} {one.name}", "status.capacity.storage", one.claim.status.capacity.get("storage", "absent")
                ),
                *((_error_evidence(one, refused),) if refused is not None else ()),
            ),
            (
                *_restart(one),
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


def _pending_evidence(one: OrdinalClaim) -> Evidence:
    if _true(one, _PENDING) is not None:
        return Evidence(f"{_KIND} {one.name}", f"status.conditions[{_PENDING}].status", "True")
    return Evidence(f"{_KIND} {one.name}", _STATUSES, _state(one))


def _error_evidence(one: OrdinalClaim, error: Condition | None) -> Evidence:
    if error is None:
        return Evidence(f"{_KIND} {one.name}", _STATUSES, _state(one))
    return Evidence(f"{_KIND} {one.name}", f"status.conditions[{error.type}]", one_line(error.message) or "True")


def _failure(one: OrdinalClaim, case: RuleInput) -> _Failure | None:
    """Why the expansion does not finish; None while it may."""
    seen = case.facts.sightings.since("growing", one.claim.metadata.uid, one.view.requested)
    resize = resize_of(one.claim)
    if resize.stage is ResizeStage.FILE_SYSTEM_PENDING:
        # That rule tells why: the file system waits for its pod.
        return None
    event = _event(one, case, resize, seen)
    if resize.stage.failed:
        error = _true(one, _NODE_ERROR if resize.on_node else _CONTROLLER_ERROR)
        why = resize.message if error is not None else _state(one)
        since = _earlier(resize.since, event.first_seen if event is not None else None)
        return _Failure(_place(resize), _error_evidence(one, error), f": {why}" if why else "", since)
    if event is not None:
        if not case.facts.overdue(event.first_seen, case.facts.settings.provision_grace):
            return None
        return _Failure(
            _place(resize), event_evidence(event), f": {message_of(event)}", event.first_seen, certain=False
        )
    return _no_response(one, case, resize, seen)


def _place(resize: Resize) -> _Place:
    if resize.on_node:
        return _Place.FILE_SYSTEM_INFEASIBLE if resize.stage is ResizeStage.INFEASIBLE else _Place.FILE_SYSTEM
    return _Place.VOLUME_IN_USE if IN_USE in resize.message else _Place.VOLUME


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier instant: a condition has the time of the last attempt, an event that of the first."""
    return min((each for each in (one, other) if each is not None), default=None)


def _event(one: OrdinalClaim, case: RuleInput, resize: Resize, seen: datetime) -> Event | None:
    """The newest failure of this expansion: the kubelet's about the pod, or external-resizer's about the PVC."""
    if resize.on_node:
        event = last_warning(case, "Pod", one.row.name, "VolumeResizeFailed")
        volume = one.claim.spec.volume_name
        return event if event is not None and volume and volume in event.message else None
    event = last_warning(case, _KIND, one.name, "VolumeResizeFailed")
    return event if event is not None and _about_this_resize(event, one, seen) else None


def _about_this_resize(event: Event, one: OrdinalClaim, seen: datetime) -> bool:
    """Whether the event is about an attempt of this expansion, not of an earlier one that succeeded.

    An attempt sets the time of Resizing again, and its event comes only at its end.
    """
    resizing = one.claim.condition("Resizing")
    began = resizing.last_transition_time if resizing is not None else None
    if began is None or event.last_seen is None or event.last_seen >= began:
        return True
    return event.last_seen >= seen or (event.times > 1 and began - event.last_seen <= _RETRY)


def _no_response(one: OrdinalClaim, case: RuleInput, resize: Resize, seen: datetime) -> _Failure | None:
    """The failure of an expansion that has neither succeeded nor reported an error."""
    condition = _true(one, _PENDING if resize.on_node else "Resizing")
    since = condition.last_transition_time if condition is not None else None
    if not case.facts.overdue(_earlier(since, seen), case.facts.settings.resize_grace):
        return None
    if resize.on_node:
        evidence = Evidence(f"{_KIND} {one.name}", _STATUSES, _state(one))
        return _Failure(_Place.FILE_SYSTEM, evidence, ": the node does not finish its file system", since or seen)
    word = "True" if condition is not None else "absent"
    evidence = Evidence(f"{_KIND} {one.name}", "status.conditions[Resizing].status", word)
    return _Failure(_Place.VOLUME, evidence, ": the driver does not respond", since or seen)


RULES: tuple[Rule, ...] = (resize_stuck, file_system_resize_pending)

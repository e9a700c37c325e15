"""All events and the full revision history of the one set that is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.model.base import Record
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.index_functions import claim_bases, mounted_claims
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.names import parent_key
from stsview.model.rollout.rollout_progress import AT_ONCE, TemplateChange, last_template_change, template_writers
from stsview.objects.event import Event
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.statefulset import RecordedRevision, StatefulSet

HASH_LABEL = "controller.kubernetes.io/hash"
"""A revision is named after its set and this label (pkg/controller/history, ControllerRevisionName)."""

CHANGE_CAUSE = "kubernetes.io/change-cause"

_NEVER = datetime.min.replace(tzinfo=UTC)


class EventView(Record, frozen=True):
    """One event, or several equal ones that the cluster counts as one."""

    kind: str
    """`StatefulSet`, `Pod` or `PersistentVolumeClaim`."""
    name: str
    """Name of the involved object."""
    warning: bool
    reason: str
    message: str
    """As it came from the cluster."""
    first: datetime | None
    last: datetime | None
    times: int
    """How often it occurred from `first` to `last`."""
    component: str = ""
    """The reporting component: `kubelet`, `statefulset-controller`, …"""
    field_path: str = ""
    """`spec.containers{zookeeper}` for an event about one container."""
    former: bool = False
    """It is about a former object of this name, not about the present one."""
    uid: str = ""
    """Of the event itself: the same while only its count increases."""


class RevisionView(Record, frozen=True):
    """One entry of the set's revision history."""

    name: str
    number: int
    """The highest is the newest; a rollback gives an old revision a new number."""
    created: datetime | None
    data: dict[str, Any]
    """What it records: a patch of the set that contains the pod template. Must not be changed."""
    template: dict[str, Any]
    """The pod template in it, as JSON has it."""
    manager: str = ""
    """Field manager whose change of the template applied it last; the API does not know the person. Empty where the
    managed fields no longer tell: they keep one time for each manager, that of its last write."""
    cause: str = ""
    """The annotation `kubernetes.io/change-cause` of the set when the revision was created; the controller copies the
    set's annotations at that time only (stateful_set_utils.go, newRevision)."""
    applied: datetime | None = None
    """When its template last became that of the set. The controller reuses the revision of a template that it knows, so
    this may be long after `created` (stateful_set_control.go, getStatefulSetRevisions). None if unknown."""


class PartHealth(Record, frozen=True):
    """Whether one part of the detail is complete and current."""

    coverage: KindCoverage = LOADING
    behind: str = ""
    """One sentence on why it is not kept current; empty while it is."""
    since: datetime | None = None
    """While it is behind: the time of the data that it shows."""

    @property
    def reason(self) -> str:
        """Why there is nothing to show, or why it is old; empty if it is current."""
        if self.coverage.coverage in (Coverage.FORBIDDEN, Coverage.ABSENT):
            return self.coverage.reason
        return self.behind


class SetDetail(Record, frozen=True):
    """Events and revisions of the set that is open.

    They have streams of their own, which do not count for the health of the picture; each part has its own health. What
    is not readable is empty.
    """

    key: Key
    events: tuple[EventView, ...] = ()
    """Events of the set, its pods and its claims, former ones included, in order of when they were last seen; the
    server keeps them for an hour by default."""
    revisions: tuple[RevisionView, ...] = ()
    """Oldest first."""
    events_health: PartHealth = PartHealth()
    revisions_health: PartHealth = PartHealth()


def concerns(event: Event, key: Key, objects: SetObjects | None) -> bool:
    """Whether an event is about the set, its pods or its claims, by name.

    Without `objects`: whether it could be.
    """
    about = event.involved_object
    at = Key(key.namespace, about.name)
    match about.kind:
        case STATEFULSETS.name:
            return at == key
        case PODS.name:
            return parent_key(at) == key
        case CLAIMS.name:
            base = parent_key(at)
            if objects is None or (base is not None and base.name in claim_bases(objects.set)):
                return True
            return any(about.name in mounted_claims(pod) for pod in objects.pods.values())
    return False


def event_views(events: Iterable[Event], key: Key, objects: SetObjects | None) -> tuple[EventView, ...]:
    """The events that concern the set, in order of when they were last seen."""
    found = sorted((event for event in events if concerns(event, key, objects)), key=_order)
    return tuple(_view(event, objects) for event in found)


def revision_views(revisions: Iterable[RecordedRevision], objects: SetObjects | None) -> tuple[RevisionView, ...]:
    """The revisions of the set, oldest first.

    None while the set itself is unknown.
    """
    if objects is None:
        return ()
    found = [one for one in revisions if _belongs(one, objects)]
    last = last_template_change(objects.set, objects.revisions)
    views = (
        RevisionView(
            one.metadata.name,
            one.revision,
            one.metadata.creation_timestamp,
            one.data,
            one.template,
            _manager(one, _applied(one), objects.set, last),
            one.metadata.annotations.get(CHANGE_CAUSE, ""),
            _applied(one),
        )
        for one in found
    )
    return tuple(sorted(views, key=lambda view: (view.number, view.name)))


def _belongs(revision: RecordedRevision, objects: SetObjects) -> bool:
    """Whether the set owns the revision; those of a set that is gone have no owner, and are known by their name."""
    metadata, stateful = revision.metadata, objects.set.metadata
    if objects.gone:
        return metadata.controller is None and metadata.name == f"{stateful.name}-{metadata.labels.get(HASH_LABEL)}"
    return metadata.controller is not None and metadata.controller.uid == stateful.uid


def _manager(
    revision: RecordedRevision, applied: datetime | None, stateful: StatefulSet, last: TemplateChange | None
) -> str:
    if revision.metadata.name == stateful.status.update_revision:
        return last.manager if last is not None else ""
    if applied is None:
        return ""
    near = [
        (entry.time, entry.manager)
        for entry in template_writers(stateful)
        if entry.time is not None and timedelta(0) <= applied - entry.time <= AT_ONCE
    ]
    return max(near, default=(applied, ""))[1]


def _applied(revision: RecordedRevision) -> datetime | None:
    """When the controller created the revision, or last made it the newest again (updateControllerRevision).

    Apart from an adoption it writes revisions for nothing else.
    """
    written = max((one.time for one in revision.metadata.managed_fields if one.time is not None), default=None)
    created = revision.metadata.creation_timestamp
    return max(written, created) if written is not None and created is not None else written or created


def _order(event: Event) -> tuple[datetime, datetime, str]:
    """Sort key.

    Most times are whole seconds; the nanoseconds at the end of the name tell which event came first
    (client-go/tools/record/event.go, makeEvent).
    """
    return event.last_seen or _NEVER, event.first_seen or _NEVER, event.metadata.name.rpartition(".")[2]


def _view(event: Event, objects: SetObjects | None) -> EventView:
    about = event.involved_object
    held = _held(about.kind, about.name, objects)
    return EventView(
        kind=about.kind,
        name=about.name,
        warning=event.warning,
        reason=event.reason,
        message=event.message,
        first=event.first_seen,
        last=event.last_seen,
        times=event.times,
        component=event.component,
        field_path=about.field_path,
        former=bool(about.uid) and held is not None and held.metadata.uid != about.uid,
        uid=event.metadata.uid or event.metadata.name,
    )


def _held(kind: str, name: str, objects: SetObjects | None) -> KubernetesObject | None:
    if objects is None:
        return None
    if kind == STATEFULSETS.name:
        return objects.set
    return objects.pods.get(name) if kind == PODS.name else objects.claims.get(name)

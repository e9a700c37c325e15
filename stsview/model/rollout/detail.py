"""What is shown of the one set that is open, beyond its view: everything said about it, and its history in full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.index_functions import claim_bases, mounted_claims
from stsview.model.cache.set_objects import LOADING, SetObjects
from stsview.model.names import parent_key
from stsview.model.rollout.rollout_progress import last_template_change, template_writers
from stsview.objects.event import Event
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS, KubernetesObject
from stsview.objects.meta import Key, ManagedFieldsEntry
from stsview.objects.statefulset import RecordedRevision, StatefulSet

CHANGE_CAUSE = "kubernetes.io/change-cause"

_NEVER = datetime.min.replace(tzinfo=UTC)

_AT_ONCE = timedelta(seconds=2)
"""How long after the change of a template its revision comes; times are whole seconds."""


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, or several alike that the cluster counts as one."""

    kind: str
    """`StatefulSet`, `Pod` or `PersistentVolumeClaim`."""
    name: str
    """Of what it is about."""
    warning: bool
    reason: str
    message: str
    """The cluster's own words, as they came."""
    first: datetime | None
    last: datetime | None
    times: int
    """How often it was said from `first` to `last`."""
    component: str = ""
    """Who said it: `kubelet`, `statefulset-controller`, …"""
    field_path: str = ""
    """`spec.containers{zookeeper}` where it is about one container."""
    former: bool = False
    """It is about a former object of this name, not about the one that is there now."""
    uid: str = ""
    """Of the event itself: the same for as long as it is only counted on."""


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One entry of the set's revision history."""

    name: str
    number: int
    """The highest is the newest; an undo gives an old one a new number."""
    created: datetime | None
    data: dict[str, Any]
    """What it records: a patch of the set that holds the pod template. Not to be changed."""
    template: dict[str, Any]
    """The pod template in it, as JSON has it."""
    manager: str = ""
    """Field manager whose change of the template it came from; the API does not know the person. Empty where the
    set's managed fields do not tell any more: they keep one time for each manager, that of its last write."""
    cause: str = ""
    """What the set said of itself in the annotation `kubernetes.io/change-cause` when the revision was made; the
    controller copies the set's annotations into it then (stateful_set_utils.go, newRevision), and never again."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """Whether one part of the detail may be believed."""

    coverage: KindCoverage = LOADING
    behind: str = ""
    """One sentence on why it is not kept up to date; empty while it is."""
    since: datetime | None = None
    """What it shows is as of then, while it is behind."""

    @property
    def reason(self) -> str:
        """What a screen has to say of it: why there is nothing to be seen, or why it is old; empty if all is well."""
        if self.coverage.coverage in (Coverage.FORBIDDEN, Coverage.ABSENT):
            return self.coverage.reason
        return self.behind


@dataclass(frozen=True, slots=True)
class SetDetail:
    """Of the set that is open.

    Its streams are its own: whatever happens to them, the health of the picture does not change, and the two parts say
    themselves how they are. What is not readable is empty.
    """

    key: Key
    events: tuple[EventView, ...] = ()
    """About the set, its pods and its claims, former ones included, as far back as the server remembers (an hour by
    default); on one clock, the one last seen last."""
    revisions: tuple[RevisionView, ...] = ()
    """The oldest first."""
    events_health: PartHealth = PartHealth()
    revisions_health: PartHealth = PartHealth()


def concerns(event: Event, key: Key, objects: SetObjects | None) -> bool:
    """Whether an event of the set's namespace is about the set, a pod or a claim of it, by name; without `objects`,
    whether it could be."""
    about = event.involved_object
    at = Key(key.namespace, about.name)
    match about.kind:
        case STATEFULSETS.name:
            return at == key
        case PODS.name:
            return parent_key(at) == key
        case CLAIMS.name:
            if objects is None or parent_key(at) in set(claim_bases(objects.set)):
                return True
            return any(at in mounted_claims(pod) for pod in objects.pods.values())
    return False


def event_views(events: Iterable[Event], key: Key, objects: SetObjects | None) -> tuple[EventView, ...]:
    """Those that concern the set, the one last seen last."""
    found = sorted((event for event in events if concerns(event, key, objects)), key=_place)
    return tuple(_view(event, objects) for event in found)


def revision_views(revisions: Iterable[RecordedRevision], objects: SetObjects | None) -> tuple[RevisionView, ...]:
    """Those that the set owns, the oldest first; none while it is not known which set that is."""
    if objects is None:
        return ()
    found = [
        one for one in revisions if one.metadata.controller and one.metadata.controller.uid == objects.set.metadata.uid
    ]
    last = last_template_change(objects.set, objects.revisions)
    views = (
        RevisionView(
            one.metadata.name,
            one.revision,
            one.metadata.creation_timestamp,
            one.data,
            one.template,
            _manager(one, objects.set, last),
            one.metadata.annotations.get(CHANGE_CAUSE, ""),
        )
        for one in found
    )
    return tuple(sorted(views, key=lambda view: (view.number, view.name)))


def _manager(revision: RecordedRevision, stateful: StatefulSet, last: ManagedFieldsEntry | None) -> str:
    if revision.metadata.name == stateful.status.update_revision:
        return last.manager if last is not None else ""
    created = revision.metadata.creation_timestamp
    if created is None:
        return ""
    near = [
        (entry.time, entry.manager)
        for entry in template_writers(stateful)
        if entry.time is not None and timedelta(0) <= created - entry.time <= _AT_ONCE
    ]
    return max(near, default=(created, ""))[1]


def _place(event: Event) -> tuple[datetime, datetime, str]:
    """Most times are whole seconds; the nanoseconds at the end of the name tell which one was first
    (client-go/tools/record/event.go, makeEvent)."""
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

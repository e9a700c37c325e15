"""What a snapshot shows that the one before did not: findings, sets that become unknown, and the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum

import msgspec

from stsview.cli.output.check_formats import unknown_reason
from stsview.live.snapshot import CURRENT, PictureHealth, Snapshot
from stsview.model.finding import Finding, Level
from stsview.model.views import Severity
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key
from stsview.triage.finding_changes import ChangeType, FindingChange, FindingChanges


class EventType(Enum):
    PRESENT = "present"
    """A finding that was there in the first complete picture."""
    BEGAN = "began"
    CHANGED = "changed"
    """The level of a finding, or whether it is acknowledged."""
    ENDED = "ended"
    UNKNOWN = "unknown"
    """A set cannot be judged: nothing of it ends until it can."""
    KNOWN = "known"
    UNREAD = "unread"
    """A kind of object can no longer be read, or not everywhere."""
    LOST = "lost"
    """The picture is no longer current: nothing begins or ends until it is."""
    RESTORED = "restored"


_OF_CHANGE = {
    ChangeType.BEGAN: EventType.BEGAN,
    ChangeType.CHANGED: EventType.CHANGED,
    ChangeType.ENDED: EventType.ENDED,
}


class WatchEvent(msgspec.Struct, frozen=True):
    type: EventType
    set: Key | None = None
    """None of an event of the connection, or of a kind of objects."""
    finding: Finding | None = None
    """Of a finding that ended, as it was last."""
    former: Level | None = None
    """The level before, of one that changed."""
    reason: str = ""
    """Why the set is unknown, why the connection was lost, or why a finding ended without being resolved."""


def lost_reason(health: PictureHealth) -> str:
    """Why a picture is not complete and up to date, in one line; empty if it is."""
    if health.blind:
        return health.blind
    if health.link in CURRENT:
        return ""
    return health.problem or health.link.value


class FindingObserver:
    """Compares snapshots. `note` each of them, and ask for `events` as often as there is time for them.

    What it holds grows with the sets and findings that there are, not with time.
    """

    def __init__(
        self,
        is_selected: Callable[[Key], bool] = lambda key: True,
        lowest: Level = Level.NOTICE,
        *,
        symptoms: bool = True,
    ) -> None:
        """`symptoms`: findings that another one explains count by themselves."""
        self.is_selected = is_selected
        self._lowest = lowest
        self._changes = FindingChanges(symptoms=symptoms)
        self._pending: set[Key] = set()
        self._unknown: dict[Key, str] = {}
        self._unread: tuple[str, ...] = ()
        self._lost = ""
        self.seen = False
        """Whether there was a complete picture."""
        self.losses = 0
        """How often the picture was lost after that."""

    @property
    def held(self) -> Iterator[tuple[Key, Finding]]:
        """The findings as far as is known: those of a set that became unknown stay."""
        return ((key, finding) for key, finding in self._changes.held if finding.level >= self._lowest)

    @property
    def unknown(self) -> Mapping[Key, str]:
        """The sets that cannot be judged, and why."""
        return self._unknown

    @property
    def current(self) -> bool:
        """Whether the latest picture was complete and up to date."""
        return self.seen and not self._lost

    def note(self, snapshot: Snapshot) -> None:
        """Note which sets a snapshot changes."""
        self._pending.update(filter(self.is_selected, snapshot.changed))

    def events(self, snapshot: Snapshot) -> list[WatchEvent]:
        """What is new since the last call. `snapshot` is the latest one, and was noted."""
        if reason := lost_reason(snapshot.health):
            return self._lose(reason)
        found = [WatchEvent(EventType.RESTORED)] if self._lost else []
        first, self.seen, self._lost = not self.seen, True, ""
        if first:
            self._pending.update(filter(self.is_selected, snapshot.fleet.sets))
        found += [
            WatchEvent(EventType.UNREAD, reason=sentence)
            for sentence in snapshot.health.degraded
            if sentence not in self._unread
        ]
        self._unread = snapshot.health.degraded
        pending, self._pending = self._pending, set()
        out_of_sight = {key for key in pending if key not in snapshot.fleet.sets and _unreadable(snapshot, key)}
        found += self._known_or_not(snapshot, pending, out_of_sight)
        for change in self._changes.update(snapshot.fleet.sets, pending - out_of_sight):
            gone = change.set not in snapshot.fleet.sets
            if (event := self._event(change, first=first, gone=gone)) is not None:
                found.append(event)
        return found

    def _lose(self, reason: str) -> list[WatchEvent]:
        """Say that the picture is lost, once, however its reasons change meanwhile."""
        if not self.seen or self._lost:
            return []
        self._lost = reason
        self.losses += 1
        return [WatchEvent(EventType.LOST, reason=reason)]

    def _known_or_not(self, snapshot: Snapshot, pending: set[Key], out_of_sight: set[Key]) -> Iterator[WatchEvent]:
        for key in sorted(pending):
            view = snapshot.fleet.sets.get(key)
            if key in out_of_sight:
                reason = f"StatefulSets in namespace {key.namespace} can no longer be read"
            elif view is not None and view.severity is Severity.UNKNOWN:
                reason = unknown_reason(view)
            elif self._unknown.pop(key, None) is not None and view is not None:
                yield WatchEvent(EventType.KNOWN, key)
                continue
            else:
                continue
            if key not in self._unknown:
                yield WatchEvent(EventType.UNKNOWN, key, reason=reason)
            self._unknown[key] = reason

    def _event(self, change: FindingChange, *, first: bool, gone: bool) -> WatchEvent | None:
        """The event of a change; of findings below the lowest level there is none."""
        type_, finding, former = _OF_CHANGE[change.type], change.finding, change.former
        if former is not None and former < self._lowest <= finding.level:
            type_, former = EventType.BEGAN, None
        elif former is not None and finding.level < self._lowest <= former:
            reason = "acknowledged" if finding.acknowledged else f"it is a {finding.level.name.lower()} now"
            return WatchEvent(EventType.ENDED, change.set, finding, former, reason)
        elif finding.level < self._lowest:
            return None
        if type_ is EventType.BEGAN and first:
            type_ = EventType.PRESENT
        reason = "the StatefulSet no longer exists" if gone else ""
        return WatchEvent(type_, change.set, finding, former, reason)


def _unreadable(snapshot: Snapshot, key: Key) -> bool:
    """Whether StatefulSets of that namespace can no longer be read, so that a missing one may still exist."""
    namespaces = snapshot.scope.namespaces
    return STATEFULSETS.resource in snapshot.health.denied or bool(namespaces and key.namespace not in namespaces)

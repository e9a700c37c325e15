"""Plays a recording into the store that the picture of a cluster is made with."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from stsview.live.recording.lines import KINDS, Line, Part
from stsview.live.replay.reader import Place, Recording
from stsview.live.snapshot import Link
from stsview.model.cache.coverage import KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.timing.held_sightings import HeldSightings
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.objects.kinds import Kind
from stsview.objects.meta import Key, Malformed, decode
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.triage.on_first_use import examine

_KEYFRAME_LINES = 2_000
"""Lines after which the state is kept, to go back to. More where there are more sets, so that keeping them costs no
more than reading the lines."""

_LINES_PER_SET = 20
"""About as many objects belong to a set."""


class Note(msgspec.Struct, frozen=True):
    """Something of a recording that is no change of an object."""

    at: datetime
    text: str
    by: str = ""


class Moment(msgspec.Struct, frozen=True):
    """What one derivation of the views brought."""

    at: datetime
    changed: frozenset[Key]
    """The sets whose views changed."""
    notes: tuple[Note, ...] = ()
    """Commands and bookmarks since the moment before."""


class _Keyframe(msgspec.Struct, frozen=True):
    """The state after a moment."""

    at: datetime
    place: Place
    part: Part
    link: Link
    problem: str
    objects: tuple[tuple[Kind, bytes], ...]
    coverage: tuple[tuple[Kind, str, KindCoverage], ...]
    sightings: HeldSightings
    measured: tuple[MeasuredUsage, ...]
    upcoming: tuple[Line, ...]


class Player:
    """Plays moment by moment; every view is derived at the times at which it was while the recording was made.

    It also goes back: to a state that was kept before, and from there to the time that is wanted.
    """

    def __init__(self, recording: Recording, settings: ModelSettings, namespaces: tuple[str, ...] = ()) -> None:
        """`namespaces` that are shown; empty: all that are in the recording."""
        self._recording = recording
        self._settings = settings
        self.namespaces = namespaces
        self.start = recording.header.start
        self.now = self.start
        """The time up to which it was played."""
        self.last_at = self.start
        """The latest time of any line that was played, which is the end once `ended`."""
        self.part = Part()
        self.link = Link.CONNECTING
        self.problem = ""
        self._lines = recording.lines()
        self._upcoming: deque[Line] = deque()
        self._lines_since_keyframe = 0
        self._keyframes: list[_Keyframe] = []
        self.store = self._new_store()
        self._keep()

    @property
    def ended(self) -> bool:
        """Whether nothing of the recording is left."""
        return self._peek() is None

    @property
    def next_at(self) -> datetime | None:
        """When the next line is due; None at the end."""
        line = self._peek()
        return None if line is None else self._at(line)

    def moments(self, until: datetime | None = None) -> Iterator[Moment]:
        """Play moment by moment, to a time or (None) the end of the recording; `now` follows."""
        while (moment := self._next_moment(until)) is not None:
            yield moment
        if until is not None and until > self.now:
            self.now = until

    def play(self, until: datetime | None = None) -> frozenset[Key]:
        """Play to a time or (None) the end; returns the sets whose views changed."""
        return frozenset().union(*(moment.changed for moment in self.moments(until)))

    def approach(self, at: datetime) -> frozenset[Key]:
        """Go to the last state before a time that is kept, if playing on from there is the shortest way to it.

        Returns the sets whose views may have changed.
        """
        kept = self._keyframes[max(0, bisect_right(self._keyframes, at, key=lambda one: one.at) - 1)]
        if self.now <= at and kept.at <= self.now:
            return frozenset()
        before = frozenset(self.store.fleet.sets)
        self._restore(kept)
        return before | self.store.fleet.sets.keys()

    def seek(self, at: datetime) -> frozenset[Key]:
        """Go to any time, also an earlier one; returns the sets whose views may have changed."""
        return self.approach(at) | self.play(at)

    def show(self, namespaces: tuple[str, ...]) -> None:
        """Show these namespaces (empty: all) instead, at the beginning."""
        self.namespaces = namespaces
        # The others hold objects of the former namespaces.
        del self._keyframes[1:]
        self._restore(self._keyframes[0])

    def _next_moment(self, until: datetime | None) -> Moment | None:
        """Play to the next derivation that is due; None where none is until then."""
        notes: list[Note] = []
        while True:
            line = self._peek()
            at = None if line is None else self._at(line)
            due = self.store.next_change
            end = at if until is None else until if at is None else min(at, until)
            if due is not None and end is not None and due <= end:
                self.now = max(self.now, due)
                return Moment(self.now, self.store.refresh(due), tuple(notes))
            if line is None or at is None or (until is not None and at > until):
                return Moment(self.now, frozenset(), tuple(notes)) if notes else None
            self._upcoming.popleft()
            self._lines_since_keyframe += 1
            self.now, self.last_at = at, max(at, self.last_at)
            if line.do or line.mark:
                notes.append(Note(at, line.do or line.mark, line.by))
            elif line.flush:
                moment = Moment(at, self.store.refresh(at), tuple(notes))
                self._keep_if_due()
                return moment
            else:
                self._apply(line, at)

    def _apply(self, line: Line, at: datetime) -> None:
        kind = KINDS.get(line.kind)
        if line.part is not None:
            self.part = line.part
            self.store = self._new_store()
        elif line.link is not None:
            self.link, self.problem = line.link, line.problem
        elif line.usage is not None:
            self.store.measure(line.usage.usage.key, line.usage)
        elif kind is None:
            return
        elif line.event is not None:
            self._apply_event(line, kind, at)
        elif line.cover is not None or line.uncover:
            self.store.cover(kind, line.namespace, line.cover)

    def _apply_event(self, line: Line, kind: Kind, at: datetime) -> None:
        if line.event is None or line.event.type == "BOOKMARK":
            return
        try:
            object_ = decode(line.event.object, kind.decoder)
        except Malformed:
            self._recording.skipped += 1
            return
        if self.namespaces and kind.namespaced and object_.metadata.namespace not in self.namespaces:
            return
        change = Deleted(object_) if line.event.type == "DELETED" else Applied(object_)
        self.store.apply(Batch(kind, (change,)), at)

    def _peek(self) -> Line | None:
        if not self._upcoming:
            line = next(self._lines, None)
            if line is None:
                return None
            self._upcoming.append(line)
        return self._upcoming[0]

    def _at(self, line: Line) -> datetime:
        return self.start + timedelta(seconds=line.t)

    def _new_store(self, sightings: HeldSightings | None = None) -> Store:
        return Store(self._settings.in_context(self.part.context), examine, sightings)

    def _keep_if_due(self) -> None:
        lines = max(_KEYFRAME_LINES, _LINES_PER_SET * len(self.store.fleet.sets))
        if self._lines_since_keyframe >= lines and self.now > self._keyframes[-1].at:
            self._keep()

    def _keep(self) -> None:
        """Keep the present state, to go back to."""
        self._lines_since_keyframe = 0
        objects = tuple(
            (batch.kind, msgspec.msgpack.encode([change.object for change in batch.changes]))
            for batch in self.store.contents()
        )
        self._keyframes.append(
            _Keyframe(
                self.now,
                self._recording.place,
                self.part,
                self.link,
                self.problem,
                objects,
                tuple((kind, namespace, known) for (kind, namespace), known in self.store.coverage.items()),
                self.store.sightings,
                tuple(self.store.measured.values()),
                tuple(self._upcoming),
            )
        )

    def _restore(self, kept: _Keyframe) -> None:
        self._recording.resume(kept.place)
        self._lines = self._recording.lines()
        self._upcoming = deque(kept.upcoming)
        self.now, self.part, self.link, self.problem = kept.at, kept.part, kept.link, kept.problem
        self.store = self._new_store(kept.sightings.copy())
        for kind, packed in kept.objects:
            objects = msgspec.msgpack.decode(packed, type=list[kind.type])  # type: ignore[name-defined]
            self.store.apply(Batch(kind, tuple(map(Applied, objects))), kept.at)
        for kind, namespace, known in kept.coverage:
            self.store.cover(kind, namespace, known)
        self.store.refresh(kept.at)
        if kept.measured:
            # Only sets that are known can have been measured.
            for measured in kept.measured:
                self.store.measure(measured.usage.key, measured)
            self.store.refresh(kept.at)

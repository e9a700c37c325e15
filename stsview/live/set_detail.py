"""The set that somebody looks at closely: all that is said about it and its history in full, while it is open."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import datetime
from typing import Any

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.coverage import stream_coverage
from stsview.live.picture_health import picture_health
from stsview.live.snapshot import Link
from stsview.live.streams import Streams
from stsview.model.cache.set_objects import SetObjects
from stsview.model.rollout.detail import PartHealth, SetDetail, concerns, event_views, revision_views
from stsview.objects.event import Event
from stsview.objects.kinds import ALL_EVENTS, FULL_REVISIONS, Kind
from stsview.objects.meta import Key
from stsview.objects.statefulset import RecordedRevision
from stsview.objects.stream_messages import Applied, Batch, StreamHealth


class SetDetailReader:
    """Follows the wish for the one set whose detail is read: `detail` tells it, `follow` keeps the streams to it.

    Wishes may come as fast as they like, at any time: the streams of one set have ended before those of another begin,
    and a set that is not there yet is read as soon as it is. `on_change` is called when `detail` may have changed.
    """

    def __init__(
        self,
        clock: Clock,
        dice: random.Random,
        on_change: Callable[[], None],
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._clock = clock
        self._dice = dice
        self._on_change = on_change
        self._settings = settings
        self._wish: Key | None = None
        self._session: Session | None = None
        self._around: Callable[[Key], SetObjects | None] = lambda _: None
        self._streams: _SetStreams | None = None
        self._moving = asyncio.Lock()
        self._outdated = asyncio.Event()
        """The streams are perhaps not those that should be."""
        self._stale = False
        """The detail is perhaps not what it was."""
        self._detail: SetDetail | None = None
        self._due: float | None = None

    def open(self, key: Key | None) -> None:
        """Open a set in the place of the one that is open; None opens none."""
        if key != self._wish:
            self._wish = key
            self._outdated.set()
            self._changed()

    def attach(self, session: Session, around: Callable[[Key], SetObjects | None]) -> None:
        """Read from this session, where `around` tells what surrounds a set."""
        self._session, self._around = session, around
        self._outdated.set()
        self._changed()

    async def detach(self) -> None:
        """Read nothing until another `look_at`. Once this returns, nothing of the session is used any more."""
        async with self._moving:
            self._session, self._around = None, lambda _: None
            await self._end()

    def reconnect(self) -> None:
        """Drop the connections and resume at once: after a sleep of the machine they are dead."""
        if self._streams is not None:
            self._streams.reconnect()

    def retry(self) -> None:
        """Try at once whatever waits for its next try."""
        if self._streams is not None:
            self._streams.retry()

    async def run(self) -> None:
        """Keep the streams to the wish, until cancelled."""
        while True:
            await self._outdated.wait()
            async with self._moving:
                self._outdated.clear()
                if self._streams is not None and not self._right(self._streams):
                    await self._end()
                if self._streams is None:
                    self._begin()

    def detail(self, changed: Container[Key], instant: Callable[[float], datetime]) -> SetDetail | None:
        """The detail of the open set, when the sets in `changed` have changed since the last time; None while none is
        open. `instant` turns monotonic seconds into the server's time."""
        over = self._due is not None and self._due <= self._clock.monotonic()
        if self._wish is None:
            self._detail, self._due = None, None
        elif self._stale or over or self._wish in changed:
            self._detail, self._due = self._told(self._wish, instant)
        self._stale = False
        return self._detail

    @property
    def next_change(self) -> float | None:
        """When time alone will change the detail, in monotonic seconds; None: only an event will."""
        return self._due

    def _told(self, key: Key, instant: Callable[[float], datetime]) -> tuple[SetDetail, float | None]:
        around, streams = self._around(key), self._streams
        if around is not None and (streams is None or not streams.fits(key, around)):
            self._outdated.set()
        if streams is None or streams.key != key:
            return SetDetail(key), None
        return streams.detail(around, instant)

    def _right(self, streams: _SetStreams) -> bool:
        if self._wish is None:
            return False
        around = self._around(self._wish)
        return streams.fits(self._wish, around) if around is not None else streams.key == self._wish

    def _begin(self) -> None:
        around = self._around(self._wish) if self._wish is not None else None
        if self._session is not None and around is not None:
            self._streams = _SetStreams(self._session, self._clock, self._dice, around, self._changed, self._settings)
            self._changed()

    async def _end(self) -> None:
        if self._streams is not None:
            await self._streams.end()
            self._streams = None
            self._changed()

    def _changed(self) -> None:
        self._stale = True
        self._on_change()


class _SetStreams:
    """Two watches in the namespace of one set: all events, and the ControllerRevisions that the set selects.

    One watch of all events is narrower than it looks. To select by name would take one for the set, one for each pod
    and one for each claim, and as API servers do not cache events, each of them has the server read all those of the
    namespace; what is about others is dropped here. (20,000 of them are read in less than a second.)
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        dice: random.Random,
        around: SetObjects,
        on_change: Callable[[], None],
        settings: ReflectorSettings | None,
    ) -> None:
        self.key = around.set.metadata.key
        self._clock = clock
        self._on_change = on_change
        self._around = around
        self._selector = around.set.spec.selector.text
        self._events: dict[Key, Event] = {}
        self._revisions: dict[Key, RecordedRevision] = {}
        self._streams = Streams(session, clock, dice, self._apply, lambda _: on_change(), settings)
        kinds = (ALL_EVENTS, replace(FULL_REVISIONS, label_selector=self._selector))
        self._streams.reconcile((kind, self.key.namespace) for kind in kinds)

    def fits(self, key: Key, around: SetObjects) -> bool:
        """Whether this is what is to be read of a set, which may have been made anew."""
        return self.key == key and self._selector == around.set.spec.selector.text

    def reconnect(self) -> None:
        self._streams.reconnect()

    def retry(self) -> None:
        self._streams.retry()

    async def end(self) -> None:
        """Stop reading; nothing is told after that."""
        await self._streams.stop()

    def detail(self, around: SetObjects | None, instant: Callable[[float], datetime]) -> tuple[SetDetail, float | None]:
        """What was read so far, seen with what is around the set now, or was when it went; and when time alone will
        change that, in monotonic seconds."""
        self._around = around or self._around
        events, events_due = self._judge(ALL_EVENTS, instant)
        revisions, revisions_due = self._judge(FULL_REVISIONS, instant)
        detail = SetDetail(
            key=self.key,
            events=event_views(self._events.values(), self.key, self._around),
            revisions=revision_views(self._revisions.values(), self._around),
            events_health=events,
            revisions_health=revisions,
        )
        return detail, min((due for due in (events_due, revisions_due) if due is not None), default=None)

    def _judge(self, kind: Kind, instant: Callable[[float], datetime]) -> tuple[PartHealth, float | None]:
        """A part is judged as the whole picture is, by its one stream."""
        streams = (stream for stream in self._streams.health if stream.kind.name == kind.name)
        stream = next(streams, StreamHealth(kind=kind))
        health, due = picture_health((stream,), None, self._clock.monotonic(), instant)
        old = health.link in (Link.DISCONNECTED, Link.SILENT)
        behind = health.problem or ("no word of it for too long" if old else "")
        return PartHealth(stream_coverage(stream), behind, health.since if old else None), due

    def _apply(self, batch: Batch) -> None:
        if batch.kind.name == ALL_EVENTS.name:
            _take(batch, self._events, self._concerns)
        else:
            _take(batch, self._revisions, lambda _: True)
        self._on_change()

    def _concerns(self, event: Event) -> bool:
        # Which claims are the set's may change while it is open, and there are few events about claims.
        return concerns(event, self.key, None)


def _take(batch: Batch, held: dict[Key, Any], wanted: Callable[[Any], bool]) -> None:
    if batch.replace:
        held.clear()
    for change in batch.changes:
        key = change.object.metadata.key
        if isinstance(change, Applied):
            if wanted(change.object):
                held[key] = change.object
        elif key in held and held[key].metadata.uid == change.object.metadata.uid:
            del held[key]

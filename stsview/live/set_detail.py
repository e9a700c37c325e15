"""Events and full revision history of the one StatefulSet whose screen is open."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Container
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.coverage import stream_coverage
from stsview.live.picture_health import picture_health
from stsview.live.snapshot import Link
from stsview.live.streams import Streams
from stsview.model.cache.set_objects import SetObjects
from stsview.objects.event import Event
from stsview.objects.kinds import ALL_EVENTS, FULL_REVISIONS, Kind
from stsview.objects.meta import Key
from stsview.objects.statefulset import RecordedRevision
from stsview.objects.stream_messages import Applied, Batch, StreamHealth

if TYPE_CHECKING:
    # The first frame shows no set.
    from stsview.model.rollout.detail import PartHealth, SetDetail


class SetDetailReader:
    """Reads the detail of the open StatefulSet.

    `open` selects it, `run` keeps its streams, `detail` returns the result.

    `open` may be called at any time and any rate: the streams of one set stop before those of another start, and a set
    that does not exist yet is read once it does. `on_change` is called when `detail` may have changed.
    """

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        on_change: Callable[[], None],
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._on_change = on_change
        self._settings = settings
        self._selected: Key | None = None
        self._session: Session | None = None
        self._around: Callable[[Key], SetObjects | None] = lambda _: None
        self._streams: _SetStreams | None = None
        self._switching = asyncio.Lock()
        self._outdated = asyncio.Event()
        """The streams may be those of another set."""
        self._stale = False
        """The detail may have changed."""
        self._detail: SetDetail | None = None
        self._due: float | None = None

    def open(self, key: Key | None) -> None:
        """Open this set instead of the current one; None opens none."""
        if key != self._selected:
            self._selected = key
            self._outdated.set()
            self._changed()

    def attach(self, session: Session, around: Callable[[Key], SetObjects | None]) -> None:
        """Read over this session; `around` returns a set with its objects."""
        self._session, self._around = session, around
        self._outdated.set()
        self._changed()

    async def detach(self) -> None:
        """Read nothing until the next `attach`.

        After this returns, the session is no longer used.
        """
        async with self._switching:
            self._session, self._around = None, lambda _: None
            await self._stop()

    def reconnect(self) -> None:
        """Drop the connections and resume at once, as after a suspend of the machine."""
        if self._streams is not None:
            self._streams.reconnect()

    def retry(self) -> None:
        """Retry at once whatever is waiting."""
        if self._streams is not None:
            self._streams.retry()

    async def run(self) -> None:
        """Keep the streams of the open set until cancelled."""
        while True:
            await self._outdated.wait()
            async with self._switching:
                self._outdated.clear()
                if self._streams is not None and not self._is_current(self._streams):
                    await self._stop()
                if self._streams is None:
                    self._start()

    def detail(self, changed: Container[Key], to_instant: Callable[[float], datetime]) -> SetDetail | None:
        """The detail of the open set; None while none is open.

        `changed` are the sets that changed since the last call; `to_instant` converts monotonic seconds to server time.
        """
        is_due = self._due is not None and self._due <= self._clock.monotonic()
        if self._selected is None:
            self._detail, self._due = None, None
        elif self._stale or is_due or self._selected in changed:
            self._detail, self._due = self._read_detail(self._selected, to_instant)
        self._stale = False
        return self._detail

    @property
    def next_change(self) -> float | None:
        """When time alone changes the detail, in monotonic seconds.

        None: only an event changes it.
        """
        return self._due

    def _read_detail(self, key: Key, to_instant: Callable[[float], datetime]) -> tuple[SetDetail, float | None]:
        around, streams = self._around(key), self._streams
        if around is not None and (streams is None or not streams.fits(key, around)):
            self._outdated.set()
        if streams is None or streams.key != key:
            from stsview.model.rollout.detail import SetDetail

            return SetDetail(key), None
        return streams.detail(around, to_instant)

    def _is_current(self, streams: _SetStreams) -> bool:
        if self._selected is None:
            return False
        around = self._around(self._selected)
        return streams.fits(self._selected, around) if around is not None else streams.key == self._selected

    def _start(self) -> None:
        around = self._around(self._selected) if self._selected is not None else None
        if self._session is not None and around is not None:
            self._streams = _SetStreams(self._session, self._clock, self._rng, around, self._changed, self._settings)
            self._changed()

    async def _stop(self) -> None:
        if self._streams is not None:
            await self._streams.stop()
            self._streams = None
            self._changed()

    def _changed(self) -> None:
        self._stale = True
        self._on_change()


class _SetStreams:
    """Watches of all events, and of the set's ControllerRevisions, in its namespace.

    One watch of all events is cheaper than it looks. Selecting by name takes a watch for the set, for each pod and for
    each PVC, and as API servers do not cache events, for each of them the server reads all events of the namespace.
    Events about other objects are dropped here. (20,000 of them are read in less than a second.)
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        rng: random.Random,
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
        self._streams = Streams(session, clock, rng, self._apply, lambda _: on_change(), settings)
        kinds = (ALL_EVENTS, replace(FULL_REVISIONS, label_selector=self._selector))
        self._streams.reconcile((kind, self.key.namespace) for kind in kinds)

    def fits(self, key: Key, around: SetObjects) -> bool:
        """Whether these are the streams of this set.

        The set may have been recreated with another selector.
        """
        return self.key == key and self._selector == around.set.spec.selector.text

    def reconnect(self) -> None:
        self._streams.reconnect()

    def retry(self) -> None:
        self._streams.retry()

    async def stop(self) -> None:
        """Stop reading; nothing is reported after this returns."""
        await self._streams.stop()

    def detail(
        self, around: SetObjects | None, to_instant: Callable[[float], datetime]
    ) -> tuple[SetDetail, float | None]:
        """The detail, and when time alone changes it (monotonic seconds).

        It uses the set's current objects, or its last ones after it was deleted.
        """
        from stsview.model.rollout.detail import SetDetail, event_views, revision_views

        self._around = around or self._around
        events, events_due = self._judge(ALL_EVENTS, to_instant)
        revisions, revisions_due = self._judge(FULL_REVISIONS, to_instant)
        detail = SetDetail(
            key=self.key,
            events=event_views(self._events.values(), self.key, self._around),
            revisions=revision_views(self._revisions.values(), self._around),
            events_health=events,
            revisions_health=revisions,
        )
        return detail, min((due for due in (events_due, revisions_due) if due is not None), default=None)

    def _judge(self, kind: Kind, to_instant: Callable[[float], datetime]) -> tuple[PartHealth, float | None]:
        """The health of one part, judged like the whole picture by its one stream."""
        from stsview.model.rollout.detail import PartHealth

        streams = (stream for stream in self._streams.health if stream.kind.name == kind.name)
        stream = next(streams, StreamHealth(kind=kind))
        health, due = picture_health((stream,), None, self._clock.monotonic(), to_instant)
        old = health.link in (Link.DISCONNECTED, Link.SILENT)
        behind = health.problem or ("no update for too long" if old else "")
        return PartHealth(stream_coverage(stream), behind, health.as_of if old else None), due

    def _apply(self, batch: Batch) -> None:
        if batch.kind.name == ALL_EVENTS.name:
            _apply_changes(batch, self._events, self._is_about_set)
        else:
            _apply_changes(batch, self._revisions, lambda _: True)
        self._on_change()

    def _is_about_set(self, event: Event) -> bool:
        from stsview.model.rollout.detail import concerns

        # Which PVCs belong to the set may change while it is open, and there are few events about PVCs.
        return concerns(event, self.key, None)


def _apply_changes(batch: Batch, held: dict[Key, Any], keep: Callable[[Any], bool]) -> None:
    if batch.replace:
        for key in [key for key in held if key.name not in batch.listed.get(key.namespace, ())]:
            del held[key]
    for change in batch.changes:
        key = change.object.metadata.key
        if isinstance(change, Applied):
            if keep(change.object):
                held[key] = change.object
        elif key in held and held[key].metadata.uid == change.object.metadata.uid:
            del held[key]

"""Plays a recorded history, event by event, into a store: what an API server told then, the model is told now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stsview.live.recording.lines import KINDS, Line
from stsview.live.replay.reader import Recording
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.explain.rule_input import Examine, no_findings
from stsview.model.store import ModelSettings, Store
from stsview.model.views import Fleet, SetView
from stsview.objects.kinds import LEASES, WATCHED, KubernetesObject
from stsview.objects.meta import decode
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.oracle import Oracle
from tests.support.paths import HISTORIES

NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in HISTORIES.glob("*.jsonl.gz"))


@dataclass(frozen=True)
class Moment:
    """What the views said at one moment of the recording."""

    t: float
    """Seconds since the start of the recording."""
    now: datetime
    fleet: Fleet
    cause: str
    """The kind and type of the event, the command, or `time`."""

    @property
    def set(self) -> SetView:
        """The view of the one set of the recording."""
        return next(iter(self.fleet.sets.values()))


@dataclass
class History:
    """All moments of one recording, in order."""

    moments: list[Moment] = field(default_factory=list)

    def between(self, start: float, end: float = float("inf")) -> list[Moment]:
        """Moments at which there was a set."""
        return [moment for moment in self.moments if start <= moment.t < end and moment.fleet.sets]

    def at(self, t: float) -> Moment:
        """What was to be seen at `t`: the newest moment that is not later."""
        return [moment for moment in self.moments if moment.t <= t][-1]

    def first(self, holds: Callable[[SetView], bool], start: float = 0.0) -> Moment:
        return next(moment for moment in self.between(start) if holds(moment.set))

    def command(self, begins: str, start: float = 0.0) -> float:
        """When the command returned."""
        return next(m.t for m in self.moments if m.t >= start and m.cause.startswith(begins))


def play(
    name: str,
    settings: ModelSettings | None = None,
    *,
    examine: Examine = no_findings,
    watch: Callable[[Store, Oracle, datetime], None] | None = None,
) -> History:
    """Play a history to its end, with `now` following it and time alone doing what it does between the events.

    `watch` is called at each moment with the store and an oracle that has been told the same.
    """
    recording = Recording(HISTORIES / f"{name}.jsonl.gz")
    start = recording.header.start
    store, oracle = Store(settings, examine), Oracle(settings or ModelSettings(), examine)
    for kind in (*WATCHED, LEASES):
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
        oracle.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    history = History()

    def see(t: float, now: datetime, cause: str) -> None:
        store.refresh(now)
        history.moments.append(Moment(t, now, store.fleet, cause))
        if watch is not None:
            watch(store, oracle, now)

    for line in recording.lines():
        now = start + timedelta(seconds=line.t)
        while (due := store.next_change) is not None and due <= now:
            see((due - start).total_seconds(), due, "time")
        batch = _batch(line)
        if batch is not None:
            store.apply(batch, now)
            oracle.apply(batch)
            see(line.t, now, f"{line.kind} {line.event.type if line.event else ''}")
        elif line.do:
            see(line.t, now, line.do)
    return history


def _batch(line: Line) -> Batch | None:
    kind = KINDS.get(line.kind)
    if kind is None or line.event is None or line.event.type == "BOOKMARK":
        return None
    object_: KubernetesObject = decode(line.event.object, kind.decoder)
    change = Deleted(object_) if line.event.type == "DELETED" else Applied(object_)
    return Batch(kind, (change,))

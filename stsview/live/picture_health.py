"""Whether the picture is current, by its streams and the last heartbeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from stsview.cluster.watch.retry_policy import POLL_SECONDS
from stsview.live.gaps import UNREADABLE, denied_kinds, unreadable_kinds
from stsview.live.snapshot import Link, PictureHealth
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.stream_messages import StreamHealth, StreamPhase

EVENT_SECONDS = 75.0
"""A watch without any event for longer is not trusted: API servers send bookmarks about once a minute, and a watch that
is silent is opened again before (`ReflectorSettings.watch_silence_seconds`), which counts as an event."""

ANSWER_SECONDS = 15.0
"""How old the last answer to the heartbeat may be."""

TOLERATED_SECONDS = 5.0
"""Clock difference between this machine and the server below which nothing is reported."""

LAPSE_SECONDS = 2.0
"""A stream that is being renewed for less than this is not called disconnected: servers end watches all the time."""

ADVANCE_SECONDS = 2.0
"""A list that has brought nothing for longer is not waited for."""

ToInstant: TypeAlias = Callable[[float], datetime]
"""From seconds of the monotonic clock to an instant for the screen."""


class _Streams(msgspec.Struct, frozen=True):
    """The readable streams of one picture at `now` (monotonic seconds)."""

    needed: tuple[StreamHealth, ...]
    """Those without which the picture is not current."""
    optional: tuple[StreamHealth, ...]
    """Of kinds that are not essential: while one is lost, the picture has a gap."""
    now: float
    awake_since: float

    @property
    def all(self) -> tuple[StreamHealth, ...]:
        return self.needed + self.optional

    def is_lost(self, stream: StreamHealth) -> bool:
        """Whether the stream has had no connection for more than a moment."""
        if stream.as_of is not None and stream.as_of < self.awake_since:
            return True
        if stream.phase is StreamPhase.LIVE or stream.disconnected_at is None:
            return False
        # A retry in progress does not undo the failure before it.
        failed = stream.phase is StreamPhase.WAITING or bool(stream.problem)
        return failed or self.now - stream.disconnected_at >= LAPSE_SECONDS


def picture_health(
    streams: Iterable[StreamHealth],
    answered_at: float | None,
    now: float,
    to_instant: ToInstant,
    heartbeat_error: str = "",
    *,
    settled: bool = False,
    searching: bool = False,
    awake_since: float = -math.inf,
) -> tuple[PictureHealth, float | None]:
    """The health of the picture, and when time alone changes it next.

    The time is None if only an event changes the health.

    `answered_at` is when the heartbeat was last answered; it, `now` and the times in `streams` are seconds of the same
    monotonic clock. `heartbeat_error` is why the heartbeat failed, if it did. A kind that is not essential never makes
    the whole picture unreliable: the picture has gaps while its stream is lost.

    `settled`: the picture has been complete, so streams added later make it incomplete only if they fail. `searching`:
    it is not known yet which namespaces can be read. `awake_since`: when the machine last resumed; anything received
    before that is old, however little monotonic time has passed since.
    """
    streams = tuple(streams)
    readable = [stream for stream in streams if stream.phase not in UNREADABLE]
    view = _Streams(
        needed=tuple(stream for stream in readable if stream.kind.essential),
        optional=tuple(stream for stream in readable if not stream.kind.essential),
        now=now,
        awake_since=awake_since,
    )
    due = None
    health = _disconnected(view, answered_at, to_instant)
    if health is None and not streams and not searching:
        health = PictureHealth(link=Link.CONNECTING)
    if health is None:
        health = _loading(view, to_instant, searching=searching, settled=settled)
    if health is None:
        health = _silent(view, answered_at, to_instant, heartbeat_error)
    if health is None:
        health, due = replace(_current(view, to_instant), blind=_blind(streams)), _next_change(view, answered_at)
    degraded = [*unreadable_kinds(streams), *(_behind(stream) for stream in view.optional if view.is_lost(stream))]
    malformed = sum(stream.malformed for stream in streams)
    return replace(
        health, degraded=tuple(dict.fromkeys(degraded)), denied=tuple(denied_kinds(streams)), malformed=malformed
    ), due


def lists_advance(streams: Iterable[StreamHealth], now: float) -> bool:
    """Whether lists that the picture needs are being read, and have brought something lately.

    `now` is in seconds of the monotonic clock of the times in `streams`.
    """
    loading = [stream for stream in streams if stream.kind.essential and stream.phase is StreamPhase.LISTING]
    return any(
        not stream.synced and stream.last_event_at is not None and now - stream.last_event_at < ADVANCE_SECONDS
        for stream in loading
    )


def _disconnected(view: _Streams, answered_at: float | None, to_instant: ToInstant) -> PictureHealth | None:
    """DISCONNECTED while a needed stream that had its list is lost."""
    lost = [stream for stream in view.needed if stream.synced and view.is_lost(stream)]
    if not lost:
        return None
    since = _lost_at(view, lost, answered_at)
    return PictureHealth(
        link=Link.DISCONNECTED,
        since=to_instant(since),
        as_of=to_instant(_oldest(lost, since)),
        retry_at=_first_retry(lost, to_instant),
        problem=_first_problem(lost),
    )


def _lost_at(view: _Streams, lost: Iterable[StreamHealth], answered_at: float | None) -> float:
    """When the connection was lost: when the first of the `lost` streams broke.

    If nothing had been received for long before that, or the machine was suspended, it was lost earlier: the last sign
    of the server counts.
    """
    broke = min((stream.disconnected_at for stream in lost if stream.disconnected_at is not None), default=view.now)
    signs = [stream.last_event_at for stream in view.all if stream.last_event_at is not None]
    signs += [answered_at] if answered_at is not None else []
    if any(stream.as_of is not None and stream.as_of < view.awake_since for stream in lost):
        return min(broke, max((sign for sign in signs if sign < view.awake_since), default=broke))
    last = max(signs, default=broke)
    return last if last < broke - ANSWER_SECONDS else broke


def _oldest(streams: Iterable[StreamHealth], since: float) -> float:
    """As of when the oldest data of these streams is: a stream may have been idle, or half-open, before `since`."""
    return min((stream.as_of for stream in streams if stream.as_of is not None and stream.as_of < since), default=since)


def _loading(view: _Streams, to_instant: ToInstant, *, searching: bool, settled: bool) -> PictureHealth | None:
    """CONNECTING or LOADING while a needed stream lacks its list.

    A settled picture is loading only if that stream fails.
    """
    loading = [stream for stream in view.needed if not stream.synced and (view.is_lost(stream) or not settled)]
    if not (loading or searching):
        return None
    untouched = all(stream.loaded == 0 and not stream.synced for stream in view.needed)
    remaining = [stream.remaining for stream in loading if stream.remaining is not None]
    return PictureHealth(
        link=Link.CONNECTING if untouched and not searching else Link.LOADING,
        retry_at=_first_retry(loading, to_instant),
        problem=_first_problem(loading),
        loaded=sum(stream.loaded for stream in view.needed),
        remaining=sum(remaining) if remaining else None,
    )


def _silent(
    view: _Streams, answered_at: float | None, to_instant: ToInstant, heartbeat_error: str
) -> PictureHealth | None:
    """SILENT when a watch, or the heartbeat, has brought nothing for too long."""
    silent_since = [at for at, limit in _last_signs(view, answered_at) if limit <= view.now]
    if not silent_since:
        return None
    since = min(silent_since)
    return PictureHealth(
        link=Link.SILENT,
        since=to_instant(since),
        as_of=to_instant(_oldest(view.needed, since)),
        problem=_first_problem(view.needed) or heartbeat_error,
    )


def _current(view: _Streams, to_instant: ToInstant) -> PictureHealth:
    """LIVE, or POLLED where some kinds may be listed but not watched."""
    polled = [stream for stream in view.all if stream.phase is StreamPhase.POLLED]
    if not polled:
        return PictureHealth(link=Link.LIVE)
    return PictureHealth(
        link=Link.POLLED,
        since=to_instant(min(stream.last_event_at or view.now for stream in polled)),
        polled=tuple(dict.fromkeys(stream.kind.resource for stream in polled)),
        poll_seconds=POLL_SECONDS,
    )


def _next_change(view: _Streams, answered_at: float | None) -> float | None:
    """When a current picture stops being current by time alone, in monotonic seconds."""
    limits = [limit for _, limit in _last_signs(view, answered_at)]
    limits += [stream.disconnected_at + LAPSE_SECONDS for stream in view.all if stream.disconnected_at is not None]
    return min((limit for limit in limits if limit > view.now), default=None)


def _last_signs(view: _Streams, answered_at: float | None) -> list[tuple[float, float]]:
    """When each needed watch and the heartbeat last brought something, with limits.

    The limit is until when that is recent enough.
    """
    events = [s.last_event_at for s in view.needed if s.last_event_at is not None and s.kind.bookmarked]
    signs = [(at, at + EVENT_SECONDS) for at in events]
    return signs if answered_at is None else [*signs, (answered_at, answered_at + ANSWER_SECONDS)]


def _blind(streams: Iterable[StreamHealth]) -> str:
    """Why no StatefulSet can be seen at all; empty while some could be."""
    sets = [stream for stream in streams if stream.kind.name == STATEFULSETS.name]
    return next(iter(unreadable_kinds(sets)), "") if all(stream.phase in UNREADABLE for stream in sets) else ""


def _behind(stream: StreamHealth) -> str:
    where = f" in namespace {stream.namespace}" if stream.namespace else ""
    return f"{stream.kind.resource}{where} are out of date{': ' if stream.problem else ''}{stream.problem}"


def _first_retry(streams: Iterable[StreamHealth], to_instant: ToInstant) -> datetime | None:
    retry_at = min((stream.retry_at for stream in streams if stream.retry_at is not None), default=None)
    return None if retry_at is None else to_instant(retry_at)


def _first_problem(streams: Iterable[StreamHealth]) -> str:
    return next((stream.problem for stream in streams if stream.problem), "")


def steady_offset(offset: timedelta, shown: timedelta) -> timedelta:
    """The server's clock offset, rounded so that it does not flicker on a screen.

    Positive if the server's clock is ahead of this machine's.

    Zero up to `TOLERATED_SECONDS`; then in steps of a second, and of five from a minute up. `shown` is what was shown
    before: it stays while the difference to it is less than one step.
    """
    seconds = offset.total_seconds()
    if abs(seconds) <= TOLERATED_SECONDS:
        return timedelta(0)
    step = 1 if abs(seconds) < 60 else 5
    if abs((offset - shown).total_seconds()) < step:
        return shown
    return timedelta(seconds=step * round(seconds / step))

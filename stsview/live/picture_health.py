"""From the state of every stream and the heartbeat to the one thing an operator asks: may I believe this picture?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from stsview.cluster.watch.retry_policy import POLL_SECONDS
from stsview.live.gaps import UNREADABLE, unreadable_kinds
from stsview.live.snapshot import Link, PictureHealth
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.stream_messages import StreamHealth, StreamPhase

FRAME_SECONDS = 75.0
"""A watch that was silent for longer is not believed: API servers send bookmarks about once a minute."""

ANSWER_SECONDS = 15.0
"""How old the last answer to the heartbeat may be."""

TOLERATED_SECONDS = 5.0
"""How far this machine's clock may be from the server's without a word."""

LAPSE_SECONDS = 2.0
"""A stream that is being renewed for less than this is not called disconnected: servers end watches all the time."""


def picture_health(
    streams: Iterable[StreamHealth],
    answered: float | None,
    now: float,
    instant: Callable[[float], datetime],
    unanswered: str = "",
    *,
    settled: bool = False,
    searching: bool = False,
    awake_since: float = -math.inf,
) -> tuple[PictureHealth, float | None]:
    """The health of the picture, and when time alone will next change it (None: only an event will).

    `answered` is when the heartbeat was last answered, `now` the present; both, like the times in `streams`, in seconds
    of the same monotonic clock. `instant` turns such a time into one for the screen; `unanswered` is why
    the heartbeat failed, if it did. A kind that is not essential never makes the picture as a whole unbelievable: the
    picture has gaps while its stream is lost.

    `settled`: the picture has been whole, so that streams which came later do not make it a new one unless they get
    nowhere; `searching`: it is not known yet what can be read of the sets; `awake_since`: when the machine last woke
    up, as what was heard before is old however little time has passed since.
    """
    streams = tuple(streams)
    needed = [stream for stream in streams if stream.phase not in UNREADABLE and stream.kind.essential]
    others = [stream for stream in streams if stream.phase not in UNREADABLE and not stream.kind.essential]
    unread = unreadable_kinds(streams)
    unread += [_behind(stream) for stream in others if _lost(stream, now, awake_since)]
    degraded = tuple(dict.fromkeys(unread))
    malformed = sum(stream.malformed for stream in streams)

    lost = [stream for stream in needed if stream.synced and _lost(stream, now, awake_since)]
    if lost:
        first = min(lost, key=lambda stream: stream.disconnected_at or now)
        retries = [stream.retry_at for stream in lost if stream.retry_at is not None]
        heard = _heard(lost, answered)
        return (
            PictureHealth(
                link=Link.DISCONNECTED,
                since=instant(min(first.disconnected_at or now, heard) if heard is not None else now),
                retry_at=instant(min(retries)) if retries else None,
                problem=next((stream.problem for stream in lost if stream.problem), ""),
                degraded=degraded,
                malformed=malformed,
            ),
            None,
        )

    loading = [stream for stream in needed if not stream.synced and (_lost(stream, now, awake_since) or not settled)]
    if loading or searching or not streams:
        connecting = not searching and all(stream.loaded == 0 and not stream.synced for stream in needed)
        counts = [stream.remaining for stream in loading if stream.remaining is not None]
        retries = [stream.retry_at for stream in loading if stream.retry_at is not None]
        return (
            PictureHealth(
                link=Link.CONNECTING if connecting else Link.LOADING,
                retry_at=instant(min(retries)) if retries else None,
                problem=next((stream.problem for stream in loading if stream.problem), ""),
                loaded=sum(stream.loaded for stream in needed),
                remaining=sum(counts) if counts else None,
                degraded=degraded,
                malformed=malformed,
            ),
            None,
        )

    told = [stream.last_event_at for stream in needed if stream.last_event_at is not None and stream.kind.bookmarked]
    limits = [last + FRAME_SECONDS for last in told]
    silent_from = [limit - FRAME_SECONDS for limit in limits if limit <= now]
    if answered is not None:
        limits.append(answered + ANSWER_SECONDS)
        if limits[-1] <= now:
            silent_from.append(answered)
    if silent_from:
        return (
            PictureHealth(
                link=Link.SILENT,
                since=instant(min(silent_from)),
                problem=next((stream.problem for stream in needed if stream.problem), unanswered),
                degraded=degraded,
                malformed=malformed,
            ),
            None,
        )
    limits += [
        stream.disconnected_at + LAPSE_SECONDS for stream in needed + others if stream.disconnected_at is not None
    ]
    polled = [stream for stream in needed + others if stream.phase is StreamPhase.POLLED]
    return (
        PictureHealth(
            link=Link.POLLED if polled else Link.LIVE,
            since=instant(min(stream.last_event_at or now for stream in polled)) if polled else None,
            degraded=degraded,
            blind=_blind(streams),
            malformed=malformed,
            polled=tuple(dict.fromkeys(stream.kind.resource for stream in polled)),
            poll_seconds=POLL_SECONDS if polled else 0.0,
        ),
        min((limit for limit in limits if limit > now), default=None),
    )


def _lost(stream: StreamHealth, now: float, awake_since: float) -> bool:
    """Whether the stream's picture is getting old: it has been without a connection for more than a moment."""
    if stream.as_of is not None and stream.as_of < awake_since:
        return True
    if stream.phase is StreamPhase.LIVE or stream.disconnected_at is None:
        return False
    # A further try is no end of what was wrong before it.
    failed = stream.phase is StreamPhase.WAITING or bool(stream.problem)
    return failed or now - stream.disconnected_at >= LAPSE_SECONDS


def _blind(streams: Iterable[StreamHealth]) -> str:
    sets = [stream for stream in streams if stream.kind.name == STATEFULSETS.name]
    return next(iter(unreadable_kinds(sets)), "") if all(stream.phase in UNREADABLE for stream in sets) else ""


def _behind(stream: StreamHealth) -> str:
    where = f" in namespace {stream.namespace}" if stream.namespace else ""
    return f"{stream.kind.resource}{where} are not kept up to date{': ' if stream.problem else ''}{stream.problem}"


def _heard(lost: Iterable[StreamHealth], answered: float | None) -> float | None:
    """Of when the oldest part of the picture is."""
    parts = [stream.as_of for stream in lost if stream.as_of is not None]
    return min(parts, default=answered)


def steady_offset(offset: timedelta, shown: timedelta) -> timedelta:
    """How far the server's clock is ahead of this machine's, to be shown: no finer than it is known, without a flicker,
    and none while that is less than anybody need know. `shown` is what was shown before."""
    seconds = offset.total_seconds()
    if abs(seconds) <= TOLERATED_SECONDS:
        return timedelta(0)
    step = 1 if abs(seconds) < 60 else 5
    if abs((offset - shown).total_seconds()) < step:
        return shown
    return timedelta(seconds=step * round(seconds / step))

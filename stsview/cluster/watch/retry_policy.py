"""When a reflector retries after its stream ended; `relist.py` decides whether it lists again."""

from __future__ import annotations

from random import Random

import msgspec

from stsview.cluster.backoff import DENIED_SECONDS, Backoff
from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    Gone,
    NotFound,
    ServerError,
    TimedOut,
    TooManyRequests,
    Unreachable,
)
from stsview.cluster.watch.relist import RelistRule, StreamEnd
from stsview.objects.kinds import Kind
from stsview.objects.stream_messages import StreamPhase

HEALTHY_SECONDS = 10.0
"""A stream that lasted this long was healthy: its end resets the back-off."""

POLL_SECONDS = 30.0
"""About how often to list a kind that may be listed but not watched."""

_DENIALS = 3
"""How many denials in a row are believed; a server that is starting up may deny what it allows later."""

_EARLY_RECHECKS = 5
"""How often access that was lost is rechecked with the back-off, before it is rechecked once a minute."""

_LONGEST_RETRY_AFTER = 300.0


class RetryStep(msgspec.Struct, frozen=True):
    """What to do next."""

    phase: StreamPhase
    """WAITING, POLLED, FORBIDDEN or ABSENT; LISTING to continue at once."""
    delay: float = 0.0
    problem: str = ""
    relist: bool = False
    """Discard the resource version and list again."""
    doubt: bool = False
    """Check the server's history before resuming: it may be another server, or one restored from a backup."""


class RetryPolicy:
    """The retry rules of one reflector; keeps the history of failures."""

    def __init__(self, kind: Kind, namespace: str, random: Random) -> None:
        self._kind = kind
        self._namespace = namespace
        self._random = random
        self._backoff = Backoff(random)
        self._may_resume_at_once = True
        self._denials = 0
        self._lost_access = False
        self._was_unreachable = False
        self._relist = RelistRule()

    def reset_backoff(self) -> None:
        """Retry at once, and soon again if that fails."""
        self._backoff.reset()
        self._may_resume_at_once = True

    def next_step(self, end: StreamEnd, synced: bool) -> RetryStep:
        """What to do after a stream; `synced`: whether a complete list is being shown."""
        error, relist = end.error, self._relist.needed(end)
        if (
            self._was_unreachable
            and isinstance(error, ApiError)
            and not isinstance(error, ServerError | TooManyRequests)
        ):
            # The server judged the request, so the outage is over, and how long it lasted says nothing any more.
            self._backoff.reset()
        self._was_unreachable = isinstance(error, Unreachable)
        if end.opened or end.listed:
            self._denials = 0
        if end.seconds >= HEALTHY_SECONDS:
            self._backoff.reset()
            self._may_resume_at_once = True
        elif end.events and not isinstance(error, Gone):
            # When the server expires its history at once, every stream brings events and makes no progress.
            self._backoff.reset()
        if end.listed:
            self._backoff.reset()
            delay = POLL_SECONDS * self._random.uniform(0.9, 1.1)
            return RetryStep(StreamPhase.POLLED, delay, f"you may not watch {self._kind.resource} {self._where}")
        if isinstance(error, Forbidden | NotFound):
            return self._denied(error, synced)
        if error is None or isinstance(error, Gone):
            if self._may_resume_at_once:
                self._may_resume_at_once = False
                return RetryStep(StreamPhase.LISTING, relist=relist)
            problem = str(error) if error is not None else "the server ends each watch at once"
            return RetryStep(StreamPhase.WAITING, self._backoff.delay(), problem, relist)
        if isinstance(error, TimedOut) and end.opened and end.seconds >= HEALTHY_SECONDS:
            # Silence alone is no failure: an API server that had just started sent the first bookmark of an idle watch
            # after 120 s. If a new watch cannot be opened, the next step waits.
            return RetryStep(StreamPhase.LISTING, relist=relist, doubt=True)
        return RetryStep(
            StreamPhase.WAITING,
            self._delay(error),
            str(error),
            relist=relist,
            doubt=isinstance(error, Unreachable | ServerError),
        )

    def _delay(self, error: ClusterError) -> float:
        return max(self._backoff.delay(), min(error.retry_after or 0.0, _LONGEST_RETRY_AFTER))

    def _denied(self, error: ApiError, synced: bool) -> RetryStep:
        if not self._denials:
            self._lost_access = synced
        self._denials += 1
        believed = self._denials >= _DENIALS
        soon = self._denials < _DENIALS + (_EARLY_RECHECKS if self._lost_access else 0)
        delay = self._delay(error) if soon else self._backoff.jittered(DENIED_SECONDS)
        if synced and not believed:
            return RetryStep(StreamPhase.WAITING, delay, str(error))
        if isinstance(error, Forbidden):
            problem = f"you may not list and watch {self._kind.resource} {self._where}"
            return RetryStep(StreamPhase.FORBIDDEN, delay, problem, relist=True)
        return RetryStep(
            StreamPhase.ABSENT,
            delay,
            f"this cluster does not have {self._kind.resource} ({self._kind.api_version})",
            relist=True,
        )

    @property
    def _where(self) -> str:
        if self._namespace:
            return f"in namespace {self._namespace}"
        return "in all namespaces" if self._kind.namespaced else "in this cluster"

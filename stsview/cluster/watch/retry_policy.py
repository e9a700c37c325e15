"""What a reflector does after its stream has ended, in whichever way."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from stsview.cluster.backoff import Backoff
from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    Gone,
    NotFound,
    Rejected,
    ServerError,
    TimedOut,
    Unreachable,
)
from stsview.objects.kinds import Kind
from stsview.objects.stream_messages import StreamPhase

LIVED_SECONDS = 10.0
"""A stream that lived this long was a good one: its end says nothing of the next."""

QUIET_SECONDS = 60.0
"""How often to see whether a kind that was refused is allowed by now."""

POLL_SECONDS = 30.0
"""How often what may be listed but not watched is listed, about."""

_DENIALS = 3
"""How many refusals in a row are believed; a server that is just starting may refuse what it later grants."""

_LONGEST_RETRY_AFTER = 300.0

_FAILED_RESUMES = 3
"""How many failures of the server in a row make the resource version suspect."""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """How one stream, or the attempt to open it, ended."""

    fault: ClusterError | None = None
    """None: the server ended it in good order, as it does every few minutes."""
    opened: bool = False
    """Whether a watch was granted."""
    lived: float = 0.0
    """Seconds from then to its end."""
    frames: bool = False
    """Whether it brought any event that could be read, bookmarks included."""
    listed: bool = False
    """Whether the watch was refused, but a list was granted and read."""


@dataclass(frozen=True, slots=True)
class RetryStep:
    """What comes next."""

    phase: StreamPhase
    """WAITING, POLLED, FORBIDDEN or ABSENT; LISTING to go on at once."""
    delay: float = 0.0
    problem: str = ""
    relist: bool = False
    """The resource version is of no more use."""
    doubt: bool = False
    """The server may be another one, or have gone back in time; its history is to be checked before resuming."""


class RetryPolicy:
    """The rules, for one reflector; remembers what happened before."""

    def __init__(self, kind: Kind, namespace: str, random: Random) -> None:
        self._kind = kind
        self._namespace = namespace
        self._random = random
        self._backoff = Backoff(random)
        self._at_once = True
        self._denials = 0
        self._failed_resumes = 0

    def reset_backoff(self) -> None:
        """Somebody wants the next try now, and the one after it soon."""
        self._backoff.reset()
        self._at_once = True

    def next_step(self, ending: StreamEnd, synced: bool) -> RetryStep:
        """The next step; `synced` is whether there is a picture to lose."""
        fault = ending.fault
        if ending.opened or ending.listed:
            self._denials = 0
        if ending.frames:
            self._failed_resumes = 0
        if ending.lived >= LIVED_SECONDS:
            self._backoff.reset()
            self._at_once = True
        elif ending.frames and not isinstance(fault, Gone):
            # A stream of which the server expires the history at once brings frames each time, and gets nowhere.
            self._backoff.reset()
        if ending.listed:
            self._backoff.reset()
            delay = POLL_SECONDS * self._random.uniform(0.9, 1.1)
            return RetryStep(StreamPhase.POLLED, delay, f"you may not watch {self._kind.resource} {self._where}")
        if isinstance(fault, Forbidden | NotFound):
            return self._denied(fault, synced)
        if fault is None or isinstance(fault, Gone):
            relist = fault is not None
            if self._at_once:
                self._at_once = False
                return RetryStep(StreamPhase.LISTING, relist=relist)
            problem = str(fault) if fault is not None else "the server ends every watch at once"
            return RetryStep(StreamPhase.WAITING, self._backoff.delay(), problem, relist)
        return RetryStep(
            StreamPhase.WAITING,
            self._wait(fault),
            str(fault),
            relist=self._suspect(fault, ending),
            doubt=isinstance(fault, Unreachable | ServerError),
        )

    def _wait(self, fault: ClusterError) -> float:
        return max(self._backoff.delay(), min(fault.retry_after or 0.0, _LONGEST_RETRY_AFTER))

    def _suspect(self, fault: ClusterError, ending: StreamEnd) -> bool:
        """Whether to give up the resource version for what the server did with it."""
        if isinstance(fault, ServerError):
            self._failed_resumes += 1
            return fault.status == 504 or self._failed_resumes >= _FAILED_RESUMES
        # A watch from a version that the server has not reached yet is accepted and then stays silent.
        return isinstance(fault, Rejected) or (isinstance(fault, TimedOut) and ending.opened and not ending.frames)

    def _denied(self, fault: ApiError, synced: bool) -> RetryStep:
        self._denials += 1
        believed = self._denials >= _DENIALS
        delay = self._backoff.jittered(QUIET_SECONDS) if believed else self._wait(fault)
        if synced and not believed:
            return RetryStep(StreamPhase.WAITING, delay, str(fault))
        if isinstance(fault, Forbidden):
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

"""What can be made to go wrong between the storage and a client, while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakSet

from stsview.clock import Clock
from stsview.simulator.apiserver.auth.rbac import User, forbidden
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.malformed_objects import MalformedObjectFaults
from stsview.simulator.apiserver.request_info import Target


@dataclass
class Refusal:
    """Requests that are refused whatever they ask for."""

    code: int
    """401, 403, 404, 410, 429 or 500 (and any other 5xx)."""
    plural: str = ""
    """Only requests for this resource; empty for all."""
    verbs: tuple[str, ...] = ()
    """Only these verbs; empty for all."""
    times: int | None = None
    """How many more requests are refused; None for as long as it is switched on."""
    retry_after: int | None = None
    """Seconds for the Retry-After header."""

    def concerns(self, target: Target | None) -> bool:
        if self.times == 0:
            return False
        if target is None:
            return not self.plural and not self.verbs
        return (not self.plural or target.plural == self.plural) and (not self.verbs or target.verb in self.verbs)


@dataclass(frozen=True)
class Break:
    """How a watch ends in the middle of its next event."""

    plural: str
    clean: bool = False
    """In good order, as behind a proxy that gives up; else the connection is aborted."""


@dataclass(frozen=True)
class HangUp:
    """A request that gets no answer: its connection is aborted."""

    verb: str
    plural: str
    done: bool
    """Whether it is carried out before that."""


class Faults:
    """The switches. All of them are off in the beginning."""

    def __init__(self, clock: Clock) -> None:
        self.malformed_object_faults = MalformedObjectFaults()
        self._clock = clock
        self._flowing = asyncio.Event()
        self._stranded: WeakSet[asyncio.Transport] = WeakSet()
        self._put_right()

    def _put_right(self) -> None:
        self.refusals: list[Refusal] = []
        self.page_seconds = 0.0
        """How long every list takes, on the clock."""
        self.web_page: int | None = None
        """The code of a web page with which a proxy answers in the server's place; None: there is no proxy."""
        self.breaks: list[Break] = []
        """Each happens once, to the next watch of its kind that has an event to tell."""
        self.hang_ups: list[HangUp] = []
        """Each happens once, to the next request of its verb and kind that is no dry run."""
        self.twice = False
        """Watches tell every event twice."""
        self.streaming_lists = True
        """Off, the server refuses `sendInitialEvents` as one without the feature gate WatchList does."""
        self.loops: set[str] = set()
        """Plurals of which the lists never end: each page is the first, and has the same continue token."""
        self.malformed_object_faults.clear()
        self._flowing.set()

    @property
    def stalled(self) -> bool:
        return not self._flowing.is_set()

    def stall(self) -> None:
        """Say nothing more on any connection, new ones included, and keep them open."""
        self._flowing.clear()

    def resume(self) -> None:
        """Go on after a stall; what happened meanwhile is told."""
        self._flowing.set()

    def strand(self, connections: Iterable[asyncio.Transport]) -> None:
        """Say nothing more on these connections, ever, as if something on the way had forgotten them."""
        self._stranded.update(connections)

    def clear(self) -> None:
        """Put everything right; stranded connections stay so."""
        self._put_right()

    async def may_flow(self, connection: asyncio.Transport | None) -> None:
        """Wait while the server is stalled; for ever on a connection that is stranded."""
        while connection in self._stranded or self.stalled:
            await (asyncio.Event() if connection in self._stranded else self._flowing).wait()

    def next_break(self, plural: str) -> Break | None:
        """How a watch of this kind is to end now, if it is; told once."""
        found = next((one for one in self.breaks if one.plural == plural), None)
        if found is not None:
            self.breaks.remove(found)
        return found

    def next_hang_up(self, target: Target | None, *, dry: bool) -> HangUp | None:
        """How this request is to be left without an answer, if it is; told once."""
        if target is None or dry:
            return None
        found = next((one for one in self.hang_ups if (one.verb, one.plural) == (target.verb, target.plural)), None)
        if found is not None:
            self.hang_ups.remove(found)
        return found

    async def slow_page(self) -> None:
        if self.page_seconds > 0:
            await self._clock.sleep(self.page_seconds)

    def refuse(self, target: Target | None, user: User | None) -> None:
        """Raises `ApiError` when a refusal concerns this request."""
        for refusal in self.refusals:
            if (refusal.code == 401) is not (user is None) or not refusal.concerns(target):
                continue
            if refusal.times is not None:
                refusal.times -= 1
            raise _error(refusal, target, user)


def _error(refusal: Refusal, target: Target | None, user: User | None) -> ApiError:
    match refusal.code:
        case 401:
            return unauthorized()
        case 403 if target is not None and user is not None:
            return forbidden(user, target)
        case 403:
            return ApiError(403, "Forbidden", "forbidden", {})
        case 404:
            return ApiError(404, "NotFound", "the server could not find the requested resource", {})
        case 410:
            return ApiError.gone("The resourceVersion for the provided list is too old.")
        case 429:
            seconds = refusal.retry_after
            details = {} if seconds is None else {"retryAfterSeconds": seconds}
            message = "Too many requests, please try again later."
            return ApiError(429, "TooManyRequests", message, details, retry_after=seconds)
        case 503:
            message = "the server is currently unable to handle the request"
            return ApiError(503, "ServiceUnavailable", message, retry_after=refusal.retry_after)
    error = ApiError.internal("etcdserver: request timed out")
    error.code = error.status["code"] = refusal.code
    return error


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")

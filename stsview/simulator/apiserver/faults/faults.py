"""What can be made to go wrong between the storage and a client, while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakSet

from stsview.clock import Clock
from stsview.simulator.apiserver.auth.rbac import User, forbidden
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.malformed_objects import MalformedObjects
from stsview.simulator.apiserver.request_info import RequestInfo


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

    def matches(self, info: RequestInfo | None) -> bool:
        if self.times == 0:
            return False
        if info is None:
            return not self.plural and not self.verbs
        return (not self.plural or info.plural == self.plural) and (not self.verbs or info.verb in self.verbs)


@dataclass(frozen=True)
class BrokenWatch:
    """How a watch ends in the middle of its next event."""

    plural: str
    clean: bool = False
    """In good order, as behind a proxy that gives up; else the connection is aborted."""


@dataclass(frozen=True)
class DroppedResponse:
    """A request that gets no answer: its connection is aborted."""

    verb: str
    plural: str
    executed: bool
    """Whether it is carried out before that."""


class Faults:
    """The switches. All of them are off in the beginning."""

    def __init__(self, clock: Clock) -> None:
        self.malformed_objects = MalformedObjects()
        self._clock = clock
        self._flowing = asyncio.Event()
        self._stranded: WeakSet[asyncio.Transport] = WeakSet()
        self._reset()

    def _reset(self) -> None:
        self.refusals: list[Refusal] = []
        self.list_delay = 0.0
        """How long every list takes, on the clock."""
        self.proxy_page_status: int | None = None
        """The code of a web page with which a proxy answers in the server's place; None: there is no proxy."""
        self.broken_watches: list[BrokenWatch] = []
        """Each happens once, to the next watch of its kind that has an event to tell."""
        self.dropped_responses: list[DroppedResponse] = []
        """Each happens once, to the next request of its verb and kind that is no dry run."""
        self.duplicate_events = False
        """Watches tell every event twice."""
        self.streaming_lists = True
        """Off, the server refuses `sendInitialEvents` as one without the feature gate WatchList does."""
        self.endless_lists: set[str] = set()
        """Plurals of which the lists never end: each page is the first, and has the same continue token."""
        self.malformed_objects.clear()
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
        self._reset()

    async def wait_while_stalled(self, connection: asyncio.Transport | None) -> None:
        """Wait while the server is stalled; for ever on a connection that is stranded."""
        while connection in self._stranded or self.stalled:
            await (asyncio.Event() if connection in self._stranded else self._flowing).wait()

    def next_broken_watch(self, plural: str) -> BrokenWatch | None:
        """How a watch of this kind is to end now, if it is; told once."""
        found = next((one for one in self.broken_watches if one.plural == plural), None)
        if found is not None:
            self.broken_watches.remove(found)
        return found

    def next_dropped_response(self, info: RequestInfo | None, *, dry: bool) -> DroppedResponse | None:
        """How this request is to be left without an answer, if it is; told once."""
        if info is None or dry:
            return None
        found = next(
            (one for one in self.dropped_responses if (one.verb, one.plural) == (info.verb, info.plural)), None
        )
        if found is not None:
            self.dropped_responses.remove(found)
        return found

    async def delay_list(self) -> None:
        if self.list_delay > 0:
            await self._clock.sleep(self.list_delay)

    def refuse(self, info: RequestInfo | None, user: User | None) -> None:
        """Raises `ApiError` when a refusal concerns this request."""
        for refusal in self.refusals:
            if (refusal.code == 401) is not (user is None) or not refusal.matches(info):
                continue
            if refusal.times is not None:
                refusal.times -= 1
            raise _error(refusal, info, user)


def _error(refusal: Refusal, info: RequestInfo | None, user: User | None) -> ApiError:
    match refusal.code:
        case 401:
            return unauthorized()
        case 403 if info is not None and user is not None:
            return forbidden(user, info)
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

"""Faults between the storage and a client, switched while serving."""

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
    """An error response for matching requests."""

    code: int
    """401, 403, 404, 410, 429 or 500 (and any other 5xx)."""
    plural: str = ""
    """Only requests for this resource; empty for all."""
    verbs: tuple[str, ...] = ()
    """Only these verbs; empty for all."""
    times: int | None = None
    """How many more requests are refused; None for all."""
    retry_after: int | None = None
    """Seconds for the Retry-After header."""

    def matches(self, info: RequestInfo | None) -> bool:
        """Whether the refusal applies to a request."""
        if self.times == 0:
            return False
        if info is None:
            return not self.plural and not self.verbs
        return (not self.plural or info.plural == self.plural) and (not self.verbs or info.verb in self.verbs)


@dataclass(frozen=True)
class BrokenWatch:
    """A watch that ends in the middle of its next event."""

    plural: str
    clean: bool = False
    """Whether the response ends regularly, as behind a proxy that gives up; otherwise the connection is aborted."""


@dataclass(frozen=True)
class DroppedResponse:
    """A request whose connection is aborted instead of answered."""

    verb: str
    plural: str
    executed: bool
    """Whether the request is executed first."""


class Faults:
    """The current faults; none at first."""

    def __init__(self, clock: Clock) -> None:
        self.malformed_objects = MalformedObjects()
        self._clock = clock
        self._flowing = asyncio.Event()
        self._stranded: WeakSet[asyncio.Transport] = WeakSet()
        self._reset()

    def _reset(self) -> None:
        self.refusals: list[Refusal] = []
        self.list_delay = 0.0
        """Seconds by which every list is delayed, on the server's clock."""
        self.proxy_page_status: int | None = None
        """The status code of a web page that a proxy returns instead of the server; None without a proxy."""
        self.broken_watches: list[BrokenWatch] = []
        """Each applies once, to the next watch of its kind that has an event to send."""
        self.dropped_responses: list[DroppedResponse] = []
        """Each applies once, to the next request of its verb and kind that is not a dry run."""
        self.duplicate_events = False
        """Watches send every event twice."""
        self.streaming_lists = True
        """False makes the server refuse `sendInitialEvents`, as without the feature gate WatchList."""
        self.exec_protocols: tuple[str, ...] = ("v5.channel.k8s.io", "v4.channel.k8s.io")
        """The WebSocket protocols of `pods/exec`; empty as behind a proxy that does not pass WebSockets."""
        self.port_forward_protocols: tuple[str, ...] = ("SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io")
        """The WebSocket protocols of `pods/portforward`."""
        self.endless_lists: set[str] = set()
        """Resources whose lists never end: each page is the first one, with the same continue token."""
        self.malformed_objects.clear()
        self._flowing.set()

    @property
    def stalled(self) -> bool:
        return not self._flowing.is_set()

    def stall(self) -> None:
        """Send nothing on any connection, including new ones, and keep them open."""
        self._flowing.clear()

    def resume(self) -> None:
        """Continue after `stall`; the events in between are sent."""
        self._flowing.set()

    def strand(self, connections: Iterable[asyncio.Transport]) -> None:
        """Send nothing on these connections ever again.

        As if a firewall had dropped their state.
        """
        self._stranded.update(connections)

    def clear(self) -> None:
        """Clear all faults; stranded connections stay stranded."""
        self._reset()

    async def wait_while_stalled(self, connection: asyncio.Transport | None) -> None:
        """Wait while the server is stalled; forever on a stranded connection."""
        while connection in self._stranded or self.stalled:
            await (asyncio.Event() if connection in self._stranded else self._flowing).wait()

    def next_broken_watch(self, plural: str) -> BrokenWatch | None:
        """The pending fault for a watch of this kind, which is removed."""
        found = next((one for one in self.broken_watches if one.plural == plural), None)
        if found is not None:
            self.broken_watches.remove(found)
        return found

    def next_dropped_response(self, info: RequestInfo | None, *, dry: bool) -> DroppedResponse | None:
        """The pending fault for this request, which is removed."""
        if info is None or dry:
            return None
        found = next(
            (one for one in self.dropped_responses if (one.verb, one.plural) == (info.verb, info.plural)), None
        )
        if found is not None:
            self.dropped_responses.remove(found)
        return found

    async def delay_list(self) -> None:
        """Wait as long as lists are delayed."""
        if self.list_delay > 0:
            await self._clock.sleep(self.list_delay)

    def refuse(self, info: RequestInfo | None, user: User | None) -> None:
        """Raise `ApiError` when a refusal matches the request."""
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

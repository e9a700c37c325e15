"""What can be made to go wrong between the storage and a client, while the server runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from stsview.clock import Clock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.rights import User, forbidden
from stsview.simulator.apiserver.target import Target
from stsview.simulator.apiserver.wire import encode


@dataclass
class Refusal:
    """Requests that are refused whatever they ask for."""

    code: int
    """401, 403, 410, 429 or 500 (and any other 5xx)."""
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


class Faults:
    """The switches. All of them are off in the beginning."""

    def __init__(self, clock: Clock) -> None:
        self.refusals: list[Refusal] = []
        self.page_seconds = 0.0
        """How long every list takes, on the clock."""
        self.malformed: set[tuple[str, str]] = set()
        """(plural, name) of objects that are served with fields of the wrong types."""
        self._clock = clock
        self._flowing = asyncio.Event()
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

    def clear(self) -> None:
        self.refusals.clear()
        self.page_seconds = 0.0
        self.malformed.clear()
        self.resume()

    async def may_flow(self) -> None:
        """Wait while the server is stalled."""
        await self._flowing.wait()

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

    def spoil(self, resource: Resource, body: bytes) -> bytes:
        """An object or list as bytes, with what is to be malformed made so."""
        if not any(plural == resource.plural for plural, _ in self.malformed):
            return body
        decoded = msgspec.json.decode(body)
        for obj in decoded.get("items") or [decoded]:
            self._spoil_object(resource, obj)
        return encode(decoded)

    def spoil_frames(self, resource: Resource, frames: bytes) -> bytes:
        """Watch frames, likewise."""
        if not any(plural == resource.plural for plural, _ in self.malformed):
            return frames
        lines = []
        for line in frames.splitlines():
            event = msgspec.json.decode(line)
            self._spoil_object(resource, event["object"])
            lines.append(encode(event) + b"\n")
        return b"".join(lines)

    def _spoil_object(self, resource: Resource, obj: dict[str, Any]) -> None:
        metadata = obj.get("metadata")
        if isinstance(metadata, dict) and (resource.plural, metadata.get("name")) in self.malformed:
            metadata["labels"] = "no map"
            metadata["ownerReferences"] = {"no": "list"}
            for name in ("spec", "status"):
                if name in obj:
                    obj[name] = "no object"


def _error(refusal: Refusal, target: Target | None, user: User | None) -> ApiError:
    match refusal.code:
        case 401:
            return unauthorized()
        case 403 if target is not None and user is not None:
            return forbidden(user, target)
        case 403:
            return ApiError(403, "Forbidden", "forbidden", {})
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

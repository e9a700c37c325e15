"""Watch requests: start, initial events, and end of a stream."""

from __future__ import annotations

import asyncio
import random

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.http.responses import HEADERS
from stsview.simulator.apiserver.http.watches import Watch, Watches
from stsview.simulator.apiserver.request_info import truth
from stsview.simulator.apiserver.storage.listing import parse_version
from stsview.simulator.apiserver.storage.storage import Storage

_MIN_REQUEST_TIMEOUT = 1800
"""Minimum seconds of a watch without timeoutSeconds; the maximum is twice that (--min-request-timeout)."""


async def watch(
    storage: Storage, watches: Watches, faults: Faults, request: ResourceRequest, rng: random.Random
) -> web.StreamResponse:
    """Serve a watch until it times out, fails, or the client disconnects.

    Time-outs are in real seconds, not in those of the clock.
    """
    stream = _open(storage, watches, faults, request)
    ending = asyncio.get_running_loop().call_later(_timeout(request, rng), stream.end)
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "application/json"})
    try:
        await response.prepare(request.http)
        while frames := await stream.next_frames():
            await faults.wait_while_stalled(request.http.transport)
            selected = faults.malformed_objects.frames(request.resource, frames)
            if (broken := faults.next_broken_watch(request.resource.plural)) is not None:
                await _break_off(response, request.http, selected, clean=broken.clean)
                break
            await response.write(_doubled(selected) if faults.duplicate_events else selected)
        await response.write_eof()
    finally:
        ending.cancel()
        watches.close(stream)
    return response


async def _break_off(response: web.StreamResponse, request: web.Request, frames: bytes, *, clean: bool) -> None:
    """Send half of the first frame, then end the response or abort the connection."""
    await response.write(frames[: frames.index(b"\n") // 2])
    if not clean and request.transport is not None:
        request.transport.abort()


def _doubled(frames: bytes) -> bytes:
    return b"".join(2 * line for line in frames.splitlines(keepends=True))


def _open(storage: Storage, watches: Watches, faults: Faults, request: ResourceRequest) -> Watch:
    """A watch with its initial frames. Raises `ApiError` for invalid parameters."""
    query = request.query
    text = query.get("resourceVersion", "")
    initial = query.get("sendInitialEvents", "")
    match = query.get("resourceVersionMatch", "")
    _check_parameters(request, initial, match, faults)
    start = parse_version(text) if text else 0
    stream = watches.open(
        request.resource, request.namespace, request.selector(), request.media, bookmarks=request.bookmarks
    )
    wants_initial = truth(initial) or (not initial and not start)
    if wants_initial:
        selector = request.selector()
        stream.add_initial(storage.list(request.resource, request.namespace, selector))
        if truth(initial) and request.bookmarks:
            stream.bookmark(storage.resource_version, initial_events_end=True)
    elif start:
        _resume(storage, stream, start)
    return stream


def _resume(storage: Storage, stream: Watch, start: int) -> None:
    """Send the events since `start`.

    A start in the future waits for it; a compacted one is an ERROR frame.
    """
    stream.starts_after = start
    try:
        for event in storage.history.after(start):
            if event.resource is stream.resource:
                stream.send(event, {})
    except ApiError as error:
        stream.fail(error.status)


def _check_parameters(request: ResourceRequest, initial: str, match: str, faults: Faults) -> None:
    """Raise `ApiError` 422 for invalid combinations.

    Source: apimachinery/pkg/apis/internalversion/validation (ValidateListOptions).
    """
    if initial and not faults.streaming_lists:
        problem = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        _refuse(request, f"sendInitialEvents: Forbidden: {problem}")
    if initial and match != "NotOlderThan":
        _refuse(
            request,
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )
    if not initial and match:
        problem = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        _refuse(request, f"resourceVersionMatch: Forbidden: {problem}")


def _refuse(request: ResourceRequest, problem: str) -> None:
    message = f'ListOptions.meta.k8s.io "" is invalid: {problem}'
    details = {"group": "meta.k8s.io", "kind": "ListOptions"}
    raise ApiError(422, "Invalid", message, details)


def _timeout(request: ResourceRequest, rng: random.Random) -> float:
    text = request.query.get("timeoutSeconds", "")
    if text.isdigit() and int(text):
        return float(text)
    return _MIN_REQUEST_TIMEOUT * (1 + rng.random())

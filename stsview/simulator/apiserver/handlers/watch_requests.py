"""Watch requests: where a stream starts, what it is told first, and when it ends."""

from __future__ import annotations

import asyncio
import random

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.http.resource_request import Call
from stsview.simulator.apiserver.http.responses import HEADERS
from stsview.simulator.apiserver.http.watches import Watch, Watches
from stsview.simulator.apiserver.request_info import truth
from stsview.simulator.apiserver.storage.listing import parse_version
from stsview.simulator.apiserver.storage.storage import Storage

_MIN_REQUEST_TIMEOUT = 1800
"""Seconds that a watch without timeoutSeconds lives at least; at most twice that (--min-request-timeout)."""


async def watch(
    storage: Storage, watches: Watches, faults: Faults, call: Call, dice: random.Random
) -> web.StreamResponse:
    """Serve one watch until it times out, fails, or the client goes. Time-outs are real seconds, not the clock's."""
    stream = _open(storage, watches, faults, call)
    ending = asyncio.get_running_loop().call_later(_timeout(call, dice), stream.end)
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "application/json"})
    try:
        await response.prepare(call.request)
        while frames := await stream.take():
            await faults.may_flow(call.request.transport)
            told = faults.malformed_object_faults.frames(call.resource, frames)
            if (broken := faults.next_break(call.resource.plural)) is not None:
                await _break_off(response, call.request, told, clean=broken.clean)
                break
            await response.write(_doubled(told) if faults.twice else told)
        await response.write_eof()
    finally:
        ending.cancel()
        watches.close(stream)
    return response


async def _break_off(response: web.StreamResponse, request: web.Request, frames: bytes, *, clean: bool) -> None:
    """Send half of the first frame; what comes of the connection then, is up to `clean`."""
    await response.write(frames[: frames.index(b"\n") // 2])
    if not clean and request.transport is not None:
        request.transport.abort()


def _doubled(frames: bytes) -> bytes:
    return b"".join(2 * line for line in frames.splitlines(keepends=True))


def _open(storage: Storage, watches: Watches, faults: Faults, call: Call) -> Watch:
    """A watch with its initial frames; raises `ApiError` for parameters that are refused."""
    query = call.query
    text = query.get("resourceVersion", "")
    initial = query.get("sendInitialEvents", "")
    match = query.get("resourceVersionMatch", "")
    _check_parameters(call, initial, match, faults)
    start = parse_version(text) if text else 0
    stream = watches.open(call.resource, call.namespace, call.selector(), call.form, bookmarks=call.bookmarks)
    wants_initial = truth(initial) or (not initial and not start)
    if wants_initial:
        selector = call.selector()
        stream.add_initial(storage.list(call.resource, call.namespace, selector))
        if truth(initial) and call.bookmarks:
            stream.bookmark(storage.resource_version, initial_events_end=True)
    elif start:
        _resume(storage, stream, start)
    return stream


def _resume(storage: Storage, stream: Watch, start: int) -> None:
    """Tell what happened since `start`. A start in the future waits for it; one that is compacted is an ERROR frame."""
    stream.starts_after = start
    try:
        for event in storage.history.after(start):
            if event.resource is stream.resource:
                stream.offer(event, {})
    except ApiError as error:
        stream.fail(error.status)


def _check_parameters(call: Call, initial: str, match: str, faults: Faults) -> None:
    """Source: apimachinery/pkg/apis/internalversion/validation (ValidateListOptions)."""
    if initial and not faults.streaming_lists:
        problem = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        _refuse(call, f"sendInitialEvents: Forbidden: {problem}")
    if initial and match != "NotOlderThan":
        _refuse(
            call,
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )
    if not initial and match:
        problem = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        _refuse(call, f"resourceVersionMatch: Forbidden: {problem}")


def _refuse(call: Call, problem: str) -> None:
    message = f'ListOptions.meta.k8s.io "" is invalid: {problem}'
    details = {"group": "meta.k8s.io", "kind": "ListOptions"}
    raise ApiError(422, "Invalid", message, details)


def _timeout(call: Call, dice: random.Random) -> float:
    text = call.query.get("timeoutSeconds", "")
    if text.isdigit() and int(text):
        return float(text)
    return _MIN_REQUEST_TIMEOUT * (1 + dice.random())

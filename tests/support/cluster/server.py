"""A scripted API server on loopback: one handler for each request."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def until(condition: Callable[[], object]) -> None:
    """Run the event loop until `condition` holds; fails after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - no task could set an event for it
            await asyncio.sleep(0)


def answer(body: Any = "", code: int = 200, headers: Mapping[str, str] | None = None) -> Handler:
    """Answer with an object as JSON, or with text or bytes as they are."""

    async def handle(_: web.Request) -> web.StreamResponse:
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        return web.Response(status=code, body=data, headers={"Content-Type": "application/json"} | dict(headers or {}))

    return handle


def status(code: int, reason: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    """A Status object, the body of every error answer."""
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message} | more


def refuse(code: int, reason: str = "", message: str = "", headers: Mapping[str, str] | None = None) -> Handler:
    return answer(status(code, reason, message), code, headers)


async def close_without_answer(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Stream:
    """An answer whose body the test writes in parts; silent in between."""

    def __init__(self, *first: Any, content_type: str = "application/json") -> None:
        self._content_type = content_type
        self._parts: asyncio.Queue[bytes | Callable[[web.Request], None] | None] = asyncio.Queue()
        self.open = asyncio.Event()
        self.closed = asyncio.Event()
        self.send(*first)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": self._content_type})
        await response.prepare(request)
        self.open.set()
        try:
            while (part := await self._parts.get()) is not None:
                if callable(part):
                    part(request)
                else:
                    await response.write(part)
        finally:
            self.closed.set()
        return response

    def send(self, *events: Any) -> None:
        """Write events as one chunk; bytes as they are, anything else as a line of JSON."""
        parts = [event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n" for event in events]
        if parts:
            self._parts.put_nowait(b"".join(parts))

    def end(self) -> None:
        """End the body normally."""
        self._parts.put_nowait(None)

    def cut(self) -> None:
        """Reset the connection in the middle of the body."""

        def abort(request: web.Request) -> None:
            assert request.transport is not None
            request.transport.abort()

        self._parts.put_nowait(abort)


@dataclass(frozen=True)
class ReceivedRequest:
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    raw: str
    all_headers: list[tuple[str, str]]
    method: str
    body: bytes


class Server:
    """Serves its script, one handler for each request; afterwards every request gets a silent stream."""

    def __init__(self, *script: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.script: deque[Handler] = deque(script)
        self.seen: list[ReceivedRequest] = []
        self.url = ""
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._transports: set[asyncio.Transport] = set()
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Stop listening and drop all connections."""
        for transport in self._transports:
            transport.abort()
        self._transports.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def then(self, *script: Handler) -> None:
        self.script.extend(script)

    async def received(self, count: int) -> ReceivedRequest:
        """Wait for that many requests since the start, and return the last of them."""
        await until(lambda: len(self.seen) >= count)
        return self.seen[count - 1]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self._transports.add(request.transport)
        self.seen.append(
            ReceivedRequest(
                request.path,
                dict(request.query),
                request.headers.copy(),
                request.raw_path,
                [(name, value) for name, value in request.headers.items()],
                request.method,
                await request.read(),
            )
        )
        handler = self.script.popleft() if self.script else Stream()
        return await handler(request)

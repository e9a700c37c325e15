"""A small HTTP client for the tests, for responses and streams of events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from stsview.clock import ManualClock
from stsview.simulator.apiserver.server import ApiServer


@dataclass(frozen=True)
class Answer:
    code: int
    headers: dict[str, str]
    """Header names are in lower case."""
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def text(self) -> str:
        return self.raw.decode()


class Stream:
    """The events of one watch, or the lines of a log."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.code = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response

    async def next(self) -> dict[str, Any]:
        """The next event. Raises EOFError when the stream has ended."""
        line = await self.line()
        if not line:
            raise EOFError
        event: dict[str, Any] = json.loads(line)
        return event

    async def line(self) -> bytes:
        """The next line, empty at the end.

        It has a time-out, so that a test fails instead of hanging.
        """
        return await asyncio.wait_for(self._response.content.readline(), 10)

    async def next_events(self, count: int) -> list[tuple[str, str]]:
        """Type and name of the next events."""
        events = [await self.next() for _ in range(count)]
        return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


class Client:
    def __init__(self, session: aiohttp.ClientSession, server: ApiServer) -> None:
        self._session = session
        self._server = server

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "admin",
        content_type: str = "application/json",
        accept: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        async with self._session.request(
            method,
            self._server.url + path,
            data=body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode(),
            headers=self._headers(user, accept) | {"Content-Type": content_type} | (headers or {}),
        ) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, await response.read())

    @contextlib.asynccontextmanager
    async def watch(self, path: str, *, user: str = "admin", accept: str = "application/json") -> AsyncIterator[Stream]:
        async with self._session.get(self._server.url + path, headers=self._headers(user, accept)) as response:
            yield Stream(response)

    def _headers(self, user: str, accept: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._server.users[user].token}",
            "Accept": accept,
            "User-Agent": "curl/8.0",
        }


async def sleeping(clock: ManualClock, until: float) -> None:
    """Return once a sleeper waits for that instant and none for an earlier one."""
    async with asyncio.timeout(10):
        while clock.next_deadline != until:  # noqa: ASYNC110
            await asyncio.sleep(0)

"""What a process reads and writes: streams of a client, pipes, and files."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

_PIPE_CHUNKS = 16
"""How many writes a pipe holds before its writer waits."""


class Input(Protocol):
    """Bytes to read."""

    async def read(self) -> bytes:
        """The next bytes; empty at the end."""


class Output(Protocol):
    """Bytes to write."""

    async def write(self, data: bytes) -> None:
        """Write all of `data`. Raises `BrokenPipe` where no process reads it."""


class BrokenPipe(Exception):
    """The reader of a pipe has ended."""


class Given:
    """Input that is known from the start."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    async def read(self) -> bytes:
        data, self._data = self._data, b""
        return data


class Collected:
    """Output that is kept."""

    def __init__(self) -> None:
        self.data = bytearray()

    async def write(self, data: bytes) -> None:
        self.data += data


class Discarded:
    """Output that goes nowhere, as `/dev/null`."""

    async def write(self, data: bytes) -> None:
        """Drop it."""


class Pipe:
    """From the output of one process to the input of the next."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue(_PIPE_CHUNKS)
        self._ended = False
        self._broken = asyncio.Event()

    async def read(self) -> bytes:
        if self._ended:
            return b""
        chunk = await self._chunks.get()
        self._ended = not chunk
        return chunk

    async def write(self, data: bytes) -> None:
        if data:
            await self._put(data)

    async def close(self) -> None:
        """Nothing more is written."""
        with suppress(BrokenPipe):
            await self._put(b"")

    def stop_reading(self) -> None:
        """Nothing more is read: let the writer end."""
        self._broken.set()

    async def _put(self, chunk: bytes) -> None:
        putting = asyncio.ensure_future(self._chunks.put(chunk))
        broken = asyncio.ensure_future(self._broken.wait())
        try:
            await asyncio.wait((putting, broken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            putting.cancel()
            broken.cancel()
        if self._broken.is_set():
            raise BrokenPipe

"""The terminal of a process: echo, line editing, Ctrl-C and Ctrl-D, as the line discipline and a shell provide them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stsview.simulator.apiserver.exec_process import Streams

_INTERRUPT, _END, _BACKSPACE, _ERASE_WORD, _KILL_LINE, _CLEAR = 3, 4, (8, 127), 23, 21, 12
_UP, _DOWN = b"[A", b"[B"


class Terminal:
    """Reads keys, and hands out lines; writes with carriage returns.

    Lines that a shell reads may be edited from its history with the cursor keys.
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._line = bytearray()
        self._escape: bytearray | None = None
        self._history: list[bytes] = []
        self._recalled = 0
        self.prompting = False
        """Whether a shell reads the line, and not a program that it runs."""
        self.on_interrupt: Callable[[], None] = lambda: None
        """Called for Ctrl-C while a program runs."""
        self._prompt = b""
        self._ended = False

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        columns, rows = self._streams.size
        return (columns, rows) if columns else (80, 24)

    async def run(self) -> None:
        """Read keys until the client's input ends."""
        while data := await self._streams.read():
            for key in data:
                await self._on_key(key)
        self._lines.put_nowait(b"")
        self._ended = True

    async def read(self) -> bytes:
        """The next line with its newline; empty for Ctrl-D on an empty line."""
        if self._ended and self._lines.empty():
            return b""
        return await self._lines.get()

    async def prompt(self, text: str) -> bytes | None:
        """Ask for a line. None when the input ends; empty where Ctrl-C dropped it."""
        self._prompt = text.encode()
        await self.write(self._prompt)
        self.prompting = True
        self._recalled = len(self._history)
        try:
            line = await self.read()
        finally:
            self.prompting = False
        if not line:
            return None
        line = line.strip(b"\r\n")
        if line.strip() and self._history[-1:] != [line]:
            self._history.append(line)
        return line

    async def write(self, data: bytes) -> None:
        await self._streams.write(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    async def _on_key(self, key: int) -> None:
        if self._escape is not None:
            self._escape.append(key)
            if len(self._escape) > 1 and 0x40 <= key <= 0x7E:
                escape, self._escape = bytes(self._escape), None
                await self._on_escape(escape)
            return
        match key:
            case 27:
                self._escape = bytearray()
            case 13 | 10:
                await self.write(b"\n")
                self._finish(b"\n")
            case code if code == _INTERRUPT:
                await self.write(b"^C\n")
                self._line.clear()
                if self.prompting:
                    self._finish(b"\n")
                else:
                    self.on_interrupt()
            case code if code == _END:
                if not self._line:
                    self._lines.put_nowait(b"")
            case code if code in _BACKSPACE:
                await self._erase(1)
            case code if code == _KILL_LINE:
                await self._erase(len(self._line))
            case code if code == _ERASE_WORD:
                kept = self._line.rstrip()
                await self._erase(len(self._line) - (kept.rfind(b" ") + 1))
            case code if code == _CLEAR:
                if self.prompting:
                    await self.write(b"\x1b[H\x1b[2J" + self._prompt + bytes(self._line))
            case code if code >= 32:
                self._line.append(code)
                await self.write(bytes((code,)))

    async def _on_escape(self, escape: bytes) -> None:
        if not self.prompting or escape not in (_UP, _DOWN):
            return
        self._recalled = max(0, min(len(self._history), self._recalled + (-1 if escape == _UP else 1)))
        await self._erase(len(self._line))
        recalled = self._history[self._recalled] if self._recalled < len(self._history) else b""
        self._line += recalled
        await self.write(recalled)

    async def _erase(self, count: int) -> None:
        for _ in range(min(count, len(self._line))):
            # All bytes of one character go together.
            while self._line and (self._line[-1] & 0xC0) == 0x80:
                self._line.pop()
            if self._line:
                self._line.pop()
                await self.write(b"\b \b")

    def _finish(self, ending: bytes) -> None:
        self._lines.put_nowait(bytes(self._line) + ending)
        self._line.clear()

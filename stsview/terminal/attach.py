"""The streams of a command in a container, connected to the terminal of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, suppress
from typing import Protocol

from stsview.cluster.errors import Unreachable
from stsview.objects.exec_messages import Output
from stsview.terminal.local_terminal import LocalTerminal
from stsview.terminal.modes import ModeTracker


class RemoteStreams(Protocol):
    """The streams of a command that runs."""

    @property
    def can_end_input(self) -> bool: ...

    async def send(self, data: bytes) -> None: ...

    async def end_input(self) -> None: ...

    async def resize(self, columns: int, rows: int) -> None: ...

    def output(self) -> AsyncIterator[Output]: ...


async def attach(
    streams: RemoteStreams,
    terminal: LocalTerminal,
    *,
    tty: bool,
    stdin: bool = True,
    warn: Callable[[str], None] = lambda words: None,
) -> None:
    """Pass input, size and output on until the output ends; then the terminal is as before.

    Without `stdin` no input is read. With `tty` every key goes to the command, Ctrl-C included. `warn` gets a line
    where the end of the input cannot be passed on.
    """
    modes = ModeTracker()
    with ExitStack() as stack:
        tasks = [asyncio.create_task(_send_input(streams, terminal, warn), name="exec input")] if stdin else []
        if tty:
            stack.enter_context(terminal.raw())
            resized = asyncio.Event()
            resized.set()
            stack.enter_context(terminal.on_resize(resized.set))
            tasks.append(asyncio.create_task(_send_sizes(streams, terminal, resized), name="exec sizes"))
        try:
            async for one in streams.output():
                if tty:
                    modes.note(one.data)
                await terminal.write(one.data, error=one.error)
        finally:
            for task in tasks:
                task.cancel()
            terminal.close()
            await asyncio.gather(*tasks, return_exceptions=True)
            if tty:
                # A prompt that was cut off must not stand before what follows.
                newline = b"" if terminal.at_line_start else b"\r\n"
                with suppress(OSError):
                    await terminal.write(modes.restoring() + newline)


async def _send_input(streams: RemoteStreams, terminal: LocalTerminal, warn: Callable[[str], None]) -> None:
    # A lost connection is reported by the output.
    with suppress(Unreachable):
        while data := await terminal.read():
            await streams.send(data)
        if not streams.can_end_input:
            warn(
                "the server cannot pass the end of the input on (before Kubernetes 1.30): the command may wait for more"
            )
        await streams.end_input()


async def _send_sizes(streams: RemoteStreams, terminal: LocalTerminal, resized: asyncio.Event) -> None:
    with suppress(Unreachable):
        while True:
            await resized.wait()
            resized.clear()
            await streams.resize(*terminal.size)

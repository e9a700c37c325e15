"""A command of the operator's own, run here: it says whether a pod that came back does what it should."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from stsview.cluster.errors import printable_line

TRY_SECONDS = 60.0
"""How long one try may take, of real time: it is a process of this machine."""

_TAIL_BYTES = 8_192
_SHOWN_CHARACTERS = 160
_READS = 64
"""After its end: something that it left running may never stop to write."""


@dataclass(frozen=True, slots=True)
class Tried:
    passed: bool
    words: str
    """How it ended, with the last line of what it said; empty where it passed."""


async def attempt(command: str, environment: Mapping[str, str], seconds: float) -> Tried:
    """Run it once with a shell, in a process group of its own that is killed after `seconds`, and when this is
    cancelled. `environment` is added to ours. Raises nothing but what cancels it."""
    reading, writing = os.pipe()
    tail = _Tail(reading)
    try:
        try:
            process = await _started(command, writing, {**os.environ, **environment})
        except (OSError, ValueError) as error:
            return Tried(False, f"it cannot be run: {printable_line(str(error), _SHOWN_CHARACTERS)}")
        finally:
            os.close(writing)
        tail.follow()
        try:
            async with asyncio.timeout(seconds):
                code = await process.wait()
        except TimeoutError:
            await _kill(process)
            return Tried(False, _said(f"no end within {seconds:g}s, and was ended", tail))
        except BaseException:
            await _kill(process)
            raise
        if code == 0:
            return Tried(True, "")
        return Tried(False, _said(f"exit code {code}" if code > 0 else f"ended by signal {-code}", tail))
    finally:
        tail.close()


async def _started(command: str, output: int, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Raises OSError, and ValueError where it is no command."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It may run already. Cancelled itself, asyncio would end the shell and leave what that started.
        with suppress(OSError, ValueError):
            await _kill(await starting)
        raise


async def _kill(process: asyncio.subprocess.Process) -> None:
    """The shell, which leads the group, and all that it started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


class _Tail:
    """The last of what is written to a pipe. A pipe of asyncio's own would be waited for after the end of the process,
    for as long as anything that it left running holds it open."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._kept = b""
        os.set_blocking(file, False)

    def follow(self) -> None:
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> bool:
        """Whether there may be more."""
        try:
            data = os.read(self._file, 65_536)
        except BlockingIOError:
            return False
        if not data:
            asyncio.get_running_loop().remove_reader(self._file)
            return False
        self._kept = (self._kept + data)[-_TAIL_BYTES:]
        return True

    @property
    def line(self) -> str:
        for _ in range(_READS):
            if not self._read():
                break
        lines = self._kept.decode("utf-8", errors="replace").splitlines()
        return next((shown for line in reversed(lines) if (shown := printable_line(line, _SHOWN_CHARACTERS))), "")

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._file)
        os.close(self._file)


def _said(how: str, tail: _Tail) -> str:
    return f"{how}: {line}" if (line := tail.line) else how

"""Runs a shell command of the operator's on this machine, with a timeout."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from stsview.cluster.errors import printable_line

TIMEOUT_SECONDS = 60.0
"""Timeout of one attempt, in real time: it is a process of this machine."""

_TAIL_BYTES = 8_192
_SHOWN_CHARACTERS = 160
_READS = 64
"""Reads after it exited: a process that it left behind may never stop writing."""


class Attempt(msgspec.Struct, frozen=True):
    passed: bool
    words: str
    """How it ended, with the last line of its output; empty where it passed."""


async def run_once(command: str, environment: Mapping[str, str], seconds: float) -> Attempt:
    """Run a command once with a shell; kill it after `seconds` or on cancellation.

    It runs in a process group of its own. `environment` is added to that of this process. Raises only CancelledError.
    """
    reading, writing = os.pipe()
    tail = _Tail(reading)
    try:
        try:
            process = await _started(command, writing, {**os.environ, **environment})
        except (OSError, ValueError) as error:
            return Attempt(False, f"cannot run it: {printable_line(str(error), _SHOWN_CHARACTERS)}")
        finally:
            os.close(writing)
        tail.follow()
        try:
            async with asyncio.timeout(seconds):
                code = await process.wait()
        except TimeoutError:
            await _kill(process)
            return Attempt(False, _with_last_line(f"not finished within {seconds:g}s, killed", tail))
        except BaseException:
            await _kill(process)
            raise
        if code == 0:
            return Attempt(True, "")
        return Attempt(False, _with_last_line(f"exit code {code}" if code > 0 else f"killed by signal {-code}", tail))
    finally:
        tail.close()


async def _started(command: str, output: int, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Raises OSError, and ValueError where it is not a valid command."""
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
        # It may run already. If it were cancelled itself, asyncio would kill the shell and leave its children.
        with suppress(OSError, ValueError):
            await _kill(await starting)
        raise


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill the shell, which leads the process group, and everything that it started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


class _Tail:
    """The end of what is written to a pipe.

    asyncio would wait for a pipe of its own after the process exited, as long as any child that it left holds it open.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._kept = b""
        os.set_blocking(file, False)

    def follow(self) -> None:
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> bool:
        """Read what there is. Returns whether there may be more."""
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


def _with_last_line(how: str, tail: _Tail) -> str:
    return f"{how}: {line}" if (line := tail.line) else how

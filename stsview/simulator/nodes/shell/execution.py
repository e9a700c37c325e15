"""Running commands in containers until they end, or their container does.

Source of the error texts: opencontainers/runc/libcontainer/process_linux.go and containerd/internal/cri/server
(container_execsync.go), as kubectl shows them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecRequest, Streams
from stsview.simulator.nodes.pod_status import ContainerRun
from stsview.simulator.nodes.shell.container import Container
from stsview.simulator.nodes.shell.path import programs
from stsview.simulator.nodes.shell.process import INTERRUPTED, Process, Program, run
from stsview.simulator.nodes.shell.streams import Output
from stsview.simulator.nodes.shell.terminal import Terminal

KILLED = 137
"""Exit code of a process that is killed with its container: 128 and the number of SIGKILL."""


async def execute(request: ExecRequest, streams: Streams, container: Container, run_: ContainerRun) -> int:
    """Run a command in a container. Raises `ApiError` where the runtime cannot start it."""
    available = programs(container)

    def find(name: str) -> Program | None:
        return available.get(name.rpartition("/")[2])

    program = find(request.command[0])
    if program is None:
        raise _cannot_start(request.command[0])
    terminal = Terminal(streams) if streams.tty else None
    output: Output = terminal or _Stdout(streams.write)
    process = Process(
        argv=list(request.command),
        container=container,
        stdin=terminal or streams,
        stdout=output,
        stderr=terminal or _Stdout(streams.write_error),
        variables={**container.environment(), **({"TERM": "xterm"} if terminal else {})},
        directory=container.profile.directory,
        terminal=terminal,
        path=find,
    )
    return await _until_it_ends(program, process, terminal, run_)


async def _until_it_ends(program: Program, process: Process, terminal: Terminal | None, run_: ContainerRun) -> int:
    running = asyncio.create_task(run(program, process), name="process in a container")
    keys = asyncio.create_task(terminal.run(), name="terminal of a process") if terminal is not None else None
    killed = asyncio.Event()
    run_.on_end.append(killed.set)
    dying = asyncio.create_task(killed.wait())
    if terminal is not None:
        terminal.on_interrupt = partial(_cancel, running)
    try:
        await asyncio.wait((running, dying), return_when=asyncio.FIRST_COMPLETED)
        if killed.is_set():
            return KILLED
        return INTERRUPTED if running.cancelled() else running.result()
    finally:
        run_.on_end.remove(killed.set)
        for task in (running, dying, *([keys] if keys else [])):
            task.cancel()
        await asyncio.gather(running, dying, *([keys] if keys else []), return_exceptions=True)


def _cancel(running: asyncio.Task[int]) -> None:
    running.cancel()


class _Stdout:
    """One of the two output streams of a client."""

    def __init__(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        self._write = write

    async def write(self, data: bytes) -> None:
        await self._write(data)


def _cannot_start(name: str) -> ApiError:
    where = f"stat {name}: no such file or directory" if "/" in name else "executable file not found in $PATH"
    return ApiError.internal(
        "error executing command in container: failed to exec in container: failed to start exec "
        f'"{secrets.token_hex(32)}": OCI runtime exec failed: exec failed: unable to start container process: '
        f'exec: "{name}": {where}: unknown'
    )

"""A process in a container: what a program gets from the shell or the runtime that starts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from stsview.simulator.nodes.shell.container import Container
from stsview.simulator.nodes.shell.streams import BrokenPipe, Input, Output
from stsview.simulator.nodes.shell.terminal import Terminal

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT."""
NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""Exit codes of a shell that cannot start a command (POSIX, "Exit Status for Commands")."""


@dataclass
class Process:
    """One run of a program."""

    argv: list[str]
    container: Container
    stdin: Input
    stdout: Output
    stderr: Output
    variables: dict[str, str]
    directory: str = "/"
    terminal: Terminal | None = None
    path: Callable[[str], Program | None] = field(default=lambda name: None)
    """Finds a program of the image by its name or path."""

    @property
    def args(self) -> list[str]:
        return self.argv[1:]

    async def say(self, *lines: str) -> int:
        """Write lines to standard output. Returns 0, the exit code of a success."""
        await self.stdout.write("".join(f"{line}\n" for line in lines).encode())
        return 0

    async def fail(self, text: str, code: int = 1) -> int:
        """Write an error, with the name of the program. Returns the exit code."""
        await self.stderr.write(f"{self.argv[0].rpartition('/')[2]}: {text}\n".encode())
        return code

    async def read_all(self) -> bytes:
        """Standard input until its end."""
        data = bytearray()
        while chunk := await self.stdin.read():
            data += chunk
        return bytes(data)

    async def start(self, argv: list[str]) -> int:
        """Run another program with the same streams, until it ends."""
        program = self.path(argv[0])
        if program is None:
            return await self.fail(f"{argv[0]}: No such file or directory", NOT_FOUND)
        return await run(program, replace(self, argv=argv))


Program: TypeAlias = Callable[[Process], Awaitable[int]]
"""Runs until it ends, and returns its exit code."""


async def run(program: Program, process: Process) -> int:
    """Run a program; one whose reader has ended gets SIGPIPE."""
    try:
        return await program(process)
    except BrokenPipe:
        return 141

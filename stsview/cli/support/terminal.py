"""Questions to an operator at a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from stsview.text.terminal_text import safe

Prompt: TypeAlias = Callable[[str], Awaitable[str]]
"""Asks a question and returns the line that was typed; empty if nothing was."""


NO_TERMINAL = "the dashboard needs a terminal on standard input and output"


def is_terminal() -> bool:
    """Whether standard input and output are terminals, as the dashboard needs them."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def terminal_prompt() -> Prompt | None:
    """A prompt on the terminal; None if standard input or standard error is not one."""
    return _prompt if sys.stdin.isatty() and sys.stderr.isatty() else None


async def _prompt(question: str) -> str:
    """Ask without blocking the event loop, so that the data stays live meanwhile."""
    import termios

    # Input typed before the question could be read is not an answer to it.
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    print(f"{safe(question)}: ", end="", file=sys.stderr, flush=True)
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    except asyncio.CancelledError:
        print(file=sys.stderr)
        raise
    finally:
        loop.remove_reader(sys.stdin)
    # A terminal delivers whole lines.
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print(file=sys.stderr)
    return line.strip()

"""Somebody at a terminal who can be asked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from stsview.text.terminal_text import safe

Ask: TypeAlias = Callable[[str], Awaitable[str]]
"""From a question to the line that was typed; an empty one where nothing was."""


def terminal() -> Ask | None:
    """None unless somebody sees what is asked and can answer it."""
    return _ask if sys.stdin.isatty() and sys.stderr.isatty() else None


async def _ask(question: str) -> str:
    """The event loop goes on while it waits: the picture stays live."""
    import termios

    # What was typed before the question could be read is no answer to it.
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
    # A terminal hands over whole lines.
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print(file=sys.stderr)
    return line.strip()

"""What the keyboard and the system say to a run that is followed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[list[signal.Signals]]:
    """While it lasts the first signal calls `stop`, and is what the list then holds; a second one ends the program as
    it would."""
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in _ENDS}
    stopped: list[signal.Signals] = []

    def restore() -> None:
        for number, handler in former.items():
            if loop.remove_signal_handler(number):
                signal.signal(number, handler)

    def heard(number: signal.Signals) -> None:
        stopped.append(number)
        restore()
        stop()

    for number in _ENDS:
        loop.add_signal_handler(number, heard, number)
    try:
        yield stopped
    finally:
        restore()


@contextmanager
def pausing(pod_step: Callable[[], None]) -> Iterator[None]:
    """While it lasts Ctrl-Z calls `turn`, instead of suspending the program."""
    loop = asyncio.get_running_loop()
    former = signal.getsignal(signal.SIGTSTP)
    loop.add_signal_handler(signal.SIGTSTP, pod_step)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, former)

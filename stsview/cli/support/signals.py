"""Signals that stop or pause a change."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_on_signal(stop: Callable[[], None]) -> Iterator[list[signal.Signals]]:
    """Call `stop` on the first signal; a second one ends the program.

    Yields the list of signals received. SIGHUP stays ignored where it is, as nohup starts a program.
    """
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    if former[signal.SIGHUP] is signal.SIG_IGN:
        del former[signal.SIGHUP]
    received: list[signal.Signals] = []

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def on_signal(number: int, _: object) -> None:
        # At once, not by the loop: it may wait for a terminal that does not read, and a second signal must end that.
        restore()
        received.append(signal.Signals(number))
        loop.call_soon_threadsafe(stop)

    for number in former:
        signal.signal(number, on_signal)
    try:
        yield received
    finally:
        restore()


@contextmanager
def pause_on_suspend(toggle: Callable[[], None]) -> Iterator[None]:
    """Call `toggle` on Ctrl-Z instead of suspending the program."""
    loop = asyncio.get_running_loop()
    former = signal.getsignal(signal.SIGTSTP)
    loop.add_signal_handler(signal.SIGTSTP, toggle)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, former)

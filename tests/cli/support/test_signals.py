"""Signals that stop a command."""

from __future__ import annotations

import asyncio
import signal

import pytest

from stsview.cli.support.signals import stop_on_signal


@pytest.mark.parametrize("ignored", [False, True], ids=["in a shell", "under nohup"])
async def test_a_hangup_stops_unless_it_was_ignored_at_the_start(ignored: bool) -> None:
    stopped = asyncio.Event()
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with stop_on_signal(stopped.set) as received:
            signal.raise_signal(signal.SIGHUP)
            await asyncio.sleep(0)
            assert received == ([] if ignored else [signal.SIGHUP])
            assert stopped.is_set() is not ignored
        assert (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN) == ignored
    finally:
        signal.signal(signal.SIGHUP, former)

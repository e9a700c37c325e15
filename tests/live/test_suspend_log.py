"""Times recorded before a suspend of the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stsview.clock import ManualClock
from stsview.live.suspend_log import SuspendLog
from tests.support.clocks import MachineClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_times_before_a_suspend_are_older_by_its_length() -> None:
    clock = MachineClock()
    sleeps = SuspendLog(clock)
    await clock.world.advance(10)
    assert not sleeps.check()
    await clock.suspend(3600)
    assert sleeps.check()
    assert not sleeps.check()
    assert sleeps.awake_since == 10
    await clock.world.advance(5)
    instant = sleeps.to_instant(NOW)
    assert instant(15) == NOW
    assert instant(12) == NOW - timedelta(seconds=3)
    assert instant(9) == NOW - timedelta(seconds=3600 + 6)
    await clock.suspend(60)
    assert sleeps.check()
    assert sleeps.to_instant(NOW)(9) == NOW - timedelta(seconds=3600 + 60 + 6)


async def test_a_machine_that_was_never_suspended() -> None:
    clock = ManualClock()
    sleeps = SuspendLog(clock)
    await clock.advance(1000)
    assert not sleeps.check()
    assert sleeps.awake_since < 0
    assert sleeps.to_instant(NOW)(0) == NOW - timedelta(seconds=1000)

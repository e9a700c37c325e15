"""The server's time from Date headers."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.clock import ManualClock
from stsview.cluster.http.server_time import ServerTime
from tests.support.clocks import MachineClock


def header(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@given(
    ahead=st.floats(-1e6, 1e6),
    answers=st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2), st.floats(0, 30)), min_size=1, max_size=8),
)
@settings(max_examples=40, deadline=None)
async def test_the_error_is_never_larger_than_the_headers_allow(
    ahead: float, answers: list[tuple[float, float, float]]
) -> None:
    clock = ManualClock()
    time = ServerTime(clock)
    tightest = float("inf")
    for out, back, pause in answers:
        sent = clock.monotonic()
        await clock.advance(out)
        date = header(clock.now() + timedelta(seconds=ahead))
        await clock.advance(back)
        time.update(date, sent)
        tightest = min(tightest, 1 + out + back)
        await clock.advance(pause)
        assert abs((time.now() - clock.now()).total_seconds() - ahead) <= tightest + 1e-3


async def test_a_clock_that_was_set_is_followed(clock: ManualClock) -> None:
    time = ServerTime(clock)
    for ahead in (timedelta(hours=1), timedelta(hours=-1), timedelta(0)):
        time.update(header(clock.now() + ahead), clock.monotonic())
        assert abs(time.offset - ahead) <= timedelta(seconds=1)


async def test_server_time_passes_during_a_suspend() -> None:
    clock = MachineClock()
    time = ServerTime(clock)
    time.add_suspend(60)
    assert time.now() == clock.now()
    time.update(header(clock.now() + timedelta(minutes=5)), clock.monotonic())
    before = time.now()
    await clock.suspend(3600)
    time.add_suspend(3600)
    assert time.now() == before + timedelta(hours=1)


def test_invalid_headers_are_ignored(clock: ManualClock) -> None:
    time = ServerTime(clock)
    for date in (None, "", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1900 00:00:00 GMT", "\x00"):
        time.update(date, clock.monotonic())
    assert time.now() == clock.now()

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.engine import BACKOFF_LIMIT, Engine, Retry
from stsview.simulator.timeline import Timeline


class Recorder:
    """Records its calls, and returns the given results."""

    def __init__(self, engine: Engine, answer: Callable[[Hashable], float | None] = lambda key: None) -> None:
        self._engine = engine
        self._answer = answer
        self.calls: list[tuple[float, Hashable]] = []

    def reconcile(self, key: Hashable) -> float | None:
        self.calls.append((self._engine.timeline.monotonic(), key))
        return self._answer(key)


@pytest.fixture
def engine() -> Engine:
    return Engine(Timeline())


def test_work_runs_when_it_is_due(engine: Engine) -> None:
    recorder = Recorder(engine)
    engine.enqueue(recorder, "late", 20)
    engine.enqueue(recorder, "soon", 5)
    engine.enqueue(recorder, "now")

    engine.advance_to(10)
    assert recorder.calls == [(0, "now"), (5, "soon")]
    assert engine.timeline.monotonic() == 10

    engine.advance_to(100)
    assert recorder.calls[2:] == [(20, "late")]


def test_work_of_one_instant_runs_in_order(engine: Engine) -> None:
    recorder = Recorder(engine)
    for key in "cab":
        engine.enqueue(recorder, key, 1)

    engine.advance_to(1)

    assert [key for _, key in recorder.calls] == ["c", "a", "b"]


def test_a_queued_key_runs_once_at_the_earlier_time(engine: Engine) -> None:
    recorder = Recorder(engine)
    engine.enqueue(recorder, "a", 10)
    engine.enqueue(recorder, "a", 3)
    engine.enqueue(recorder, "a", 7)

    engine.advance_to(30)

    assert recorder.calls == [(3, "a")]


def test_the_result_sets_the_next_run(engine: Engine) -> None:
    recorder = Recorder(engine, lambda key: 2.0)
    engine.enqueue(recorder, "a")

    engine.advance_to(7)

    assert [when for when, _ in recorder.calls] == [0, 2, 4, 6]


@pytest.mark.parametrize("error", [ApiError(403, "Forbidden", "no"), Retry("not now")])
def test_failures_are_retried_with_back_off(engine: Engine, error: Exception) -> None:
    def fail(key: Hashable) -> float | None:
        raise error

    recorder = Recorder(engine, fail)
    engine.enqueue(recorder, "a")

    engine.advance_to(2.5)

    assert [round(when, 3) for when, _ in recorder.calls] == [0, 0.005, 0.015, 0.035, 0.075, 0.155, 0.315, 0.635, 1.275]
    engine.advance_to(100_000)
    last, before = recorder.calls[-1][0], recorder.calls[-2][0]
    assert last - before == pytest.approx(BACKOFF_LIMIT)


def test_a_success_ends_the_back_off(engine: Engine) -> None:
    outcomes = iter([True, True, True, False, True, False])

    def answer(key: Hashable) -> float | None:
        if next(outcomes):
            raise Retry("again")
        return 10.0

    recorder = Recorder(engine, answer)
    engine.enqueue(recorder, "a")

    engine.advance_to(10.042)

    assert [round(when, 3) for when, _ in recorder.calls] == [0, 0.005, 0.015, 0.035, 10.035, 10.04]


def test_any_other_error_is_not_swallowed(engine: Engine) -> None:
    def fail(key: Hashable) -> float | None:
        raise KeyError(key)

    engine.enqueue(Recorder(engine, fail), "a")

    with pytest.raises(KeyError):
        engine.advance_to(1)


def test_steps_limit_the_work(engine: Engine) -> None:
    recorder = Recorder(engine)
    for key in range(5):
        engine.enqueue(recorder, key)

    assert engine.run_due(steps=3)
    assert len(recorder.calls) == 3
    assert not engine.run_due(steps=3)
    assert len(recorder.calls) == 5


def test_earlier_work_is_announced(engine: Engine) -> None:
    recorded: list[float | None] = []
    engine.on_sooner = lambda: recorded.append(engine.next_due())
    recorder = Recorder(engine)

    engine.enqueue(recorder, "a", 10)
    engine.enqueue(recorder, "b", 20)
    engine.enqueue(recorder, "c", 5)

    assert recorded == [10, 5]


async def test_a_timeline_follows_a_clock_and_never_runs_backwards() -> None:
    clock = ManualClock()
    timeline = Timeline(datetime(2026, 5, 1, tzinfo=UTC))
    timeline.move_to(100)
    timeline.follow(clock, speed=60)

    await clock.advance(2)
    assert timeline.monotonic() == 220
    assert timeline.now() == datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=220)

    timeline.step(150)
    assert timeline.monotonic() == 220
    timeline.resume()
    with pytest.raises(RuntimeError):
        timeline.move_to(500)
    timeline.hold()
    await clock.advance(10)
    assert timeline.monotonic() == 220


def test_speed_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="speed 0"):
        Timeline().follow(ManualClock(), speed=0)

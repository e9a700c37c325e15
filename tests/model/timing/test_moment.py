from __future__ import annotations

from datetime import UTC, datetime

from stsview.model.timing.moment import Moment, later
from tests.support.model.build import at


def test_the_earliest_future_instant_is_recorded() -> None:
    moment = Moment(at(10))
    assert moment.next_change is None
    assert moment.passed(at(10))
    assert moment.passed(at(3))
    assert moment.next_change is None
    assert not moment.passed(at(30))
    assert not moment.passed(at(20))
    assert not moment.passed(at(40))
    assert moment.next_change == at(20)


def test_what_is_likely_to_be_postponed_is_recorded_apart() -> None:
    moment = Moment(at(10))
    assert not moment.passed(at(20))
    assert not moment.passed(at(15), postponed=True)
    assert moment.next_change == at(15)
    assert moment.next_certain_change == at(20)


def test_the_latest_passed_instant_is_recorded() -> None:
    moment = Moment(at(10))
    assert not moment.passed(at(30))
    assert moment.last_change is None
    assert moment.passed(at(3))
    assert moment.passed(at(7))
    assert moment.passed(at(5))
    assert moment.last_change == at(7)


def test_an_instant_moves_by_seconds_in_both_directions() -> None:
    assert later(at(5), 10) == at(15)
    assert later(at(5), -2.5) == at(2.5)


def test_absurd_grace_periods_stop_at_the_ends_of_the_calendar() -> None:
    assert later(at(0), 2**63) == datetime.max.replace(tzinfo=UTC)
    assert later(at(0), -(2**63)) == datetime.min.replace(tzinfo=UTC)

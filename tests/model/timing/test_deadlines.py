from __future__ import annotations

from stsview.model.timing.deadlines import Deadlines
from stsview.objects.meta import Key
from tests.support.model.build import at

A, B, C = Key("ns", "a"), Key("ns", "b"), Key("ns", "c")


def test_the_earliest_comes_first_and_each_only_once() -> None:
    deadlines = Deadlines()
    deadlines.set(A, at(30))
    deadlines.set(B, at(10))
    deadlines.set(C, at(20))
    assert deadlines.next == at(10)
    assert list(deadlines.due(at(20))) == [B, C]
    assert list(deadlines.due(at(20))) == []
    assert deadlines.next == at(30)


def test_the_latest_deadline_of_a_set_counts() -> None:
    deadlines = Deadlines()
    deadlines.set(A, at(10))
    deadlines.set(A, at(50))
    assert deadlines.next == at(50)
    assert list(deadlines.due(at(20))) == []
    deadlines.set(A, at(5))
    assert list(deadlines.due(at(20))) == [A]
    deadlines.set(A, at(30))
    deadlines.set(A, None)
    assert deadlines.next is None


def test_outdated_entries_do_not_pile_up() -> None:
    deadlines = Deadlines()
    for second in range(10_000, 0, -1):
        deadlines.set(A, at(20_000 - second))
    assert deadlines.next == at(19_999)
    assert len(deadlines._heap) < 200

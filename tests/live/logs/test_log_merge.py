"""Merging of logs: whatever arrives when, the result is a merge, and nothing is held for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.live.logs.log_merge import HOLD_SECONDS, LATE, LATE_SECONDS, STALL_SECONDS, LogMerge, MergedLine
from stsview.objects.log_messages import LogLine

START = datetime(2026, 11, 22, 18, 0, 0, tzinfo=UTC)
SOURCES = ("db-0", "db-1", "db-2")


def line(seconds: float, text: str = "") -> LogLine:
    stamp = (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "000Z")
    return LogLine(text or f"{seconds:g}", stamp)


def lines(*seconds: float) -> list[LogLine]:
    return [line(second) for second in seconds]


def live(*names: str, now: float = 0.0) -> LogMerge:
    """Logs without existing lines."""
    merge = LogMerge()
    for name in names:
        merge.open(name, now)
        merge.catch_up(name, now, catching_up=False)
    return merge


def texts(taken: Sequence[MergedLine]) -> list[str]:
    return [f"{one.source[-1:]}:{one.line.text}{'!' if one.late else ''}" for one in taken]


steps = st.lists(
    st.tuples(
        st.sampled_from(SOURCES),
        st.lists(st.floats(-3, 5), max_size=4),
        st.floats(0, 2),
        st.sampled_from(["", "", "catching up", "following", "closed"]),
        st.none() | st.integers(0, 5),
    ),
    max_size=30,
)


@given(steps)
@settings(max_examples=200, deadline=None)
def test_the_result_is_a_merge_that_keeps_the_order_of_each_log(
    steps: list[tuple[str, list[float], float, str, int | None]],
) -> None:
    merge = LogMerge()
    now = 0.0
    sent: dict[str, list[LogLine]] = {name: [] for name in SOURCES}
    taken: list[MergedLine] = []
    clock = dict.fromkeys(SOURCES, 0.0)
    for name, distances, passed, change, most in steps:
        now += passed
        merge.open(name, now)
        if change == "closed":
            merge.close(name)
        elif change:
            merge.catch_up(name, now, catching_up=change == "catching up")
        if change != "closed":
            arrived: list[LogLine] = []
            for distance in distances:
                clock[name] += distance
                arrived.append(line(clock[name], f"{name} {len(sent[name]) + len(arrived)}"))
            sent[name] += arrived
            merge.add(name, arrived, now)
        some = merge.take(now, most)
        assert most is None or len(some) <= most
        taken += some
    taken += merge.take(now + STALL_SECONDS + HOLD_SECONDS)
    assert merge.held == 0
    for name in SOURCES:
        assert [one.line for one in taken if one.source == name and not one.line.note] == sent[name]


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=3, max_size=3), st.lists(st.integers(0, 2), max_size=20)
)
@settings(max_examples=200, deadline=None)
def test_existing_lines_are_in_the_order_of_their_times(logs: list[list[int]], turns: list[int]) -> None:
    """Whatever arrives first; lines of one time are together, of one log in their order."""
    merge = LogMerge(stall_seconds=None)
    left = [lines(*sorted(log)) for log in logs]
    for name in SOURCES:
        merge.open(name, 0.0)
    taken: list[MergedLine] = []
    for number, turn in enumerate([*turns, *[turn for turn in range(3) for _ in range(6)]]):
        if left[turn]:
            merge.add(SOURCES[turn], [left[turn].pop(0)], float(number))
            taken += merge.take(float(number))
    for name in SOURCES:
        merge.close(name)
    taken += merge.take(30.0)
    stamps = [one.line.stamp for one in taken]
    assert stamps == sorted(stamps)
    assert len(stamps) == sum(map(len, logs))
    assert not any(one.late for one in taken)


def test_a_new_line_waits_for_older_ones_and_not_for_long() -> None:
    merge = live("db-0", "db-1")
    merge.add("db-0", lines(10), 10.0)
    assert texts(merge.take(10.1)) == []
    merge.add("db-1", lines(9, 10.3), 10.2)
    # The newer line of the other log has not waited long enough.
    assert texts(merge.take(10.0 + HOLD_SECONDS)) == ["1:9", "0:10"]
    assert texts(merge.take(10.2 + HOLD_SECONDS)) == ["1:10.3"]
    # A log that sends old lines without end does not hold back the others.
    merge.add("db-0", lines(20), 20.0)
    for number in range(4):
        merge.add("db-1", lines(11 + number), 20.0 + number / 10)
    assert texts(merge.take(20.0 + HOLD_SECONDS))[-1] == "0:20"


def test_one_log_alone_is_not_held() -> None:
    merge = live("db-0")
    merge.add("db-0", lines(1, 2), 5.0)
    assert texts(merge.take(5.0)) == ["0:1", "0:2"]


def test_a_log_whose_existing_lines_do_not_come_holds_back_the_others_for_a_while() -> None:
    merge = live("db-0")
    merge.open("db-1", 0.0)
    merge.add("db-0", lines(1, 5), 0.5)
    assert texts(merge.take(STALL_SECONDS - 0.1)) == []
    assert texts(merge.take(STALL_SECONDS)) == ["0:1", "0:5"]
    merge.add("db-1", lines(2, 3), 4.0)
    merge.add("db-1", lines(4, 6), 4.1)
    merge.catch_up("db-1", 4.2, catching_up=False)
    taken = merge.take(5.0)
    assert texts(taken) == [f"1:{LATE}!", "1:2!", "1:3!", "1:4!", "1:6"]
    assert taken[0].line.stamp == taken[1].line.stamp


def test_after_a_disconnect_the_lines_of_meanwhile_are_late_and_later_ones_are_not() -> None:
    merge = live("db-0", "db-1")
    merge.add("db-0", lines(1), 1.0)
    merge.add("db-1", lines(1.5, 4), 4.0)
    assert texts(merge.take(5.0)) == ["0:1", "1:1.5", "1:4"]
    merge.catch_up("db-0", 5.0, catching_up=True)
    merge.add("db-1", lines(5.5), 5.5)
    merge.add("db-0", lines(2, 3, 5), 5.6)
    # The other log waits until the existing lines are read.
    assert texts(merge.take(6.5)) == [f"0:{LATE}!", "0:2!", "0:3!", "0:5"]
    merge.catch_up("db-0", 6.5, catching_up=False)
    assert texts(merge.take(6.6)) == ["1:5.5"]


def test_a_node_whose_clock_differs_is_not_late_and_a_slow_connection_is() -> None:
    merge = live("ahead-0", "right-1")
    for second in range(20):
        merge.add("ahead-0", lines(second + 30), float(second))
        merge.add("right-1", lines(second), float(second))
        assert not any(one.late for one in merge.take(second + HOLD_SECONDS))
    merge.add("right-1", lines(20), 20.0 + LATE_SECONDS + 1)
    merge.add("ahead-0", lines(52), 20.0 + LATE_SECONDS + 1)
    assert texts(merge.take(30.0)) == [f"1:{LATE}!", "1:20!", "0:52"]


def test_a_note_follows_the_lines_of_its_log() -> None:
    merge = live("db-0", "db-1")
    merge.add("db-0", lines(1), 1.0)
    merge.add("db-1", lines(0.5, 2), 1.1)
    merge.note(("db-0",), "exited", 1.1)
    merge.note(SOURCES[:2], "db-0 and db-1: lost", 1.2)
    assert texts(merge.take(2.0)) == ["1:0.5", "0:1", "0:exited", "1:2", ":db-0 and db-1: lost"]


def test_a_note_about_a_log_without_lines_follows_the_lines_of_the_others() -> None:
    merge = live("db-0", "db-1")
    merge.add("db-0", lines(1, 2), 2.0)
    merge.note(("db-1",), "not scheduled yet", 2.1)
    assert texts(merge.take(3.0)) == ["0:1", "0:2", "1:not scheduled yet"]


def test_late_lines_after_a_note_of_their_own_need_no_other() -> None:
    merge = live("db-0", "db-1")
    merge.add("db-0", lines(1), 1.0)
    merge.add("db-1", lines(5), 5.0)
    merge.take(6.0)
    merge.catch_up("db-0", 6.0, catching_up=True)
    merge.add("db-0", [LogLine("replaced", note=True), *lines(2)], 6.0)
    assert texts(merge.take(7.0)) == ["0:replaced", "0:2!"]

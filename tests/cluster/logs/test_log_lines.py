"""Splitting into lines, and resuming without gaps or repeated lines, whatever the chunks are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.cluster.logs.log_lines import LONGEST_LINE, LineSplitter
from stsview.cluster.logs.log_position import LogPosition
from stsview.objects.log_messages import LogLine


def split(*chunks: bytes) -> list[LogLine]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for piece in splitter.feed(chunk) for line in piece]
    return lines + splitter.end()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"plain", LogLine("plain")),
        (b"2026-11-22T18:22:07.123456789Z said", LogLine("said", "2026-11-22T18:22:07.123456789Z")),
        (b"2026-11-22T18:22:07.5+02:00  indented", LogLine(" indented", "2026-11-22T18:22:07.5+02:00")),
        (b"2026-11-22T18:22:07Z ", LogLine("", "2026-11-22T18:22:07Z")),
        (b"2026-11-22T18:22:07Z", LogLine("", "2026-11-22T18:22:07Z")),
        (b"2026-11-22 18:22:07 the container's own", LogLine("2026-11-22 18:22:07 the container's own")),
        (b"windows\r", LogLine("windows")),
        (b"\xff\xfe no UTF-8", LogLine("\ufffd\ufffd no UTF-8")),
        (b"\x1b[31mred\x00", LogLine("\x1b[31mred\x00")),
    ],
)
def test_a_line(data: bytes, line: LogLine) -> None:
    assert split(data + b"\n") == [line]
    assert split(data) == [line]


def test_an_endless_line_uses_limited_memory() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        assert list(splitter.feed(b"x" * 100_000)) == []
    (line,) = [line for piece in splitter.feed(b"x\nnext") for line in piece]
    assert (len(line.text), line.cut) == (LONGEST_LINE, 10_000_001 - LONGEST_LINE)
    assert splitter.end() == [LogLine("next")]


def test_a_long_line_within_a_chunk_is_cut_too_and_half_a_character_is_dropped() -> None:
    whole, after = split(b"a\n" + b"y" * 100_000 + b"\nb\n")[1:]
    assert (len(whole.text), whole.cut, after.text) == (LONGEST_LINE, 100_000 - LONGEST_LINE, "b")
    cut = split(b"x" * (LONGEST_LINE - 1) + "é".encode() + b"\n")[0]
    assert (cut.text[-1], cut.cut) == ("x", 1)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12), max_size=12),
    st.lists(st.integers(0, 200), max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_lines_do_not_depend_on_the_chunks(texts: list[str], cuts: list[int]) -> None:
    data = "".join(text + "\n" for text in texts).encode()
    at = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(at)]
    assert split(*chunks) == split(data)
    assert len(split(data)) == len(texts)


def stamped(second: float, text: str = "", offset: str = "Z") -> LogLine:
    return LogLine(text or str(second), f"2026-01-01T00:00:{second:012.9f}{offset}")


def lines_since(position: LogPosition, log: list[LogLine]) -> list[LogLine]:
    """The lines of `log` that a kubelet sends from the position on."""
    if not position.since:
        return log
    return [line for line in log if not line.stamp or line.stamp[:19] >= position.since[:19]]


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.1, 0.25, 1.0]), st.sampled_from("ab")), max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
@settings(max_examples=120, deadline=None)
def test_after_disconnects_every_line_is_read_once(steps: list[tuple[float, str]], cuts: list[int]) -> None:
    log: list[LogLine] = []
    second = 0.0
    for step, text in steps:
        second += step
        log.append(stamped(second, text))
    position = LogPosition()
    read: list[LogLine] = []
    for end in [*sorted(min(cut, len(log)) for cut in cuts), len(log)]:
        position.resume()
        read += position.unread(lines_since(position, log[: max(end, len(read))]))
    assert read == log


def test_lines_out_of_order_within_a_second_and_a_rotated_file() -> None:
    position = LogPosition()
    first = [stamped(1.5), stamped(1.2), stamped(1.5, "the same instant")]
    assert position.unread(first) == first
    position.resume()
    assert position.since == "2026-01-01T00:00:01Z"
    # The file was rotated: the line at 1.2 is no longer sent.
    assert position.unread([stamped(1.5), stamped(1.5), stamped(1.7), stamped(2.0)]) == [stamped(1.7), stamped(2.0)]
    assert position.since == "2026-01-01T00:00:02Z"


def test_the_offset_of_the_node_is_part_of_the_time() -> None:
    position = LogPosition()
    position.unread(
        [LogLine("summer", "2026-10-25T02:59:59.0+02:00"), LogLine("winter", "2026-10-25T02:00:00.0+01:00")]
    )
    assert position.since == "2026-10-25T01:00:00Z"
    position.unread([LogLine("out of order", "2026-10-25T02:59:59.5+02:00"), LogLine("bad", "2026-13-45T02:00:00Z")])
    assert position.since == "2026-10-25T01:00:00Z"


def test_a_kubelet_message_in_place_of_a_log_appears_once() -> None:
    position = LogPosition()
    said = LogLine("unable to retrieve container logs for containerd://6f3c")
    assert position.unread([said]) == [said]
    position.resume()
    assert position.unread([said]) == []
    assert position.unread([stamped(1), said]) == [stamped(1), said]

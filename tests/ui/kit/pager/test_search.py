"""Search in a growing text."""

from __future__ import annotations

import pytest

from stsview.live.logs.log_merge import MergedLine
from stsview.objects.log_messages import LogLine
from stsview.ui.inspect.logs.log_ring import LogRing
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.pager import FixedLines, Search


def merged(text: str, stamp: str = "", cut: int = 0) -> MergedLine:
    return MergedLine("kafka-3", LogLine(text, stamp, cut))


def lines(*texts: str) -> FixedLines:
    return FixedLines([((text, Role.TEXT),) for text in texts])


@pytest.mark.parametrize(
    ("wanted", "text", "spans"),
    [
        ("error", "an ERROR and an error", [(3, 8), (16, 21)]),
        ("a.b", "aXb a.b", [(4, 7)]),
        ("größe", "GRÖSSE größe", [(7, 12)]),
        ("Ä", "ä", [(0, 1)]),
        ("", "anything", []),
    ],
)
def test_match_positions_in_a_line(wanted: str, text: str, spans: list[tuple[int, int]]) -> None:
    search = Search(wanted)
    search.scan(lines(text))
    assert search.spans(text) == spans
    assert search.matching == bool(spans)


def test_next_and_previous_match_wrap_around() -> None:
    search = Search("x")
    search.scan(lines("x", "-", "x", "-", "x"))
    assert [search.next(at) for at in (-1, 0, 1, 2, 4, 99)] == [0, 2, 2, 4, 0, 0]
    assert [search.previous(at) for at in (99, 4, 3, 2, 0)] == [4, 2, 2, 0, 4]
    assert [search.place(at) for at in range(5)] == [1, 0, 2, 0, 3]


def test_an_empty_search_matches_nothing() -> None:
    search = Search("y")
    search.scan(lines("x"))
    assert (search.next(0), search.previous(0), search.matching, search.place(0)) == (None, None, 0, 0)


def test_scan_adds_new_lines_and_forgets_dropped_ones() -> None:
    ring, search = LogRing(max_lines=4), Search("hit")
    ring.add([merged("hit 0"), merged("miss"), merged("HIT 2")])
    search.scan(ring)
    assert search.matching == 2
    ring.add([merged("hit 3"), merged("miss"), merged("hit 5")])
    search.scan(ring)
    assert (search.matching, search.next(-1), search.next(2)) == (3, 2, 3)

"""The pager in an app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from stsview.live.logs.log_merge import MergedLine
from stsview.objects.log_messages import LogLine
from stsview.ui.inspect.logs.log_ring import LogRing
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.pager import FixedLines, Pager
from tests.support.ui.stage import Stage, screen_lines, style_at, wait_for


def merged(text: str, stamp: str = "", cut: int = 0) -> MergedLine:
    return MergedLine("kafka-3", LogLine(text, stamp, cut))


def text(*texts: str) -> FixedLines:
    return FixedLines([((one, Role.TEXT),) for one in texts])


def numbered(count: int, start: int = 0) -> list[MergedLine]:
    return [merged(f"line {number}", "2026-11-22T18:22:07.5Z") for number in range(start, start + count)]


@asynccontextmanager
async def showing(pager: Pager, size: tuple[int, int] = (30, 6)) -> AsyncIterator[Pilot[Any]]:
    app = Stage(pager)
    async with app.run_test(size=size) as pilot:
        pager.focus()
        await wait_for(pilot, lambda: pager.size.height == size[1], "it has its room")
        await pilot.pause()
        yield pilot


def shown(pilot: Pilot[Any]) -> list[str]:
    """The drawn lines, without the scrollbar column."""
    return [line[:-1].strip() for line in screen_lines(pilot.app)]


async def test_keys_scroll_and_wrap_can_be_switched_off() -> None:
    pager = Pager(text("a" * 70, *(f"line {number}" for number in range(30))))
    async with showing(pager) as pilot:
        # One cell of padding on the left, and one reserved for the scrollbar.
        assert shown(pilot)[:4] == ["a" * 28, "a" * 28, "a" * 14, "line 0"]
        await pilot.press("j", "j")
        await pilot.pause()
        assert shown(pilot)[0] == "a" * 14
        await pilot.press("G")
        await pilot.pause()
        assert shown(pilot)[-1] == "line 29"
        await pilot.press("pageup", "k")
        await pilot.pause()
        assert shown(pilot)[-1] == "line 23"
        await pilot.press("g")
        pager.wrap = False
        await pilot.pause()
        assert shown(pilot)[:2] == ["a" * 28, "line 0"]
        await pilot.press("right")
        await wait_for(pilot, lambda: "line 0" not in shown(pilot), "it went to the right")
        assert shown(pilot)[0] == "a" * 28
        pager.wrap = True
        await pilot.pause()
        assert shown(pilot)[3] == "line 0"


async def test_it_follows_the_end_until_scrolled_up() -> None:
    ring = LogRing(max_lines=50)
    pager = Pager(ring, following=True)
    async with showing(pager) as pilot:
        ring.add(numbered(20))
        pager.lines_added()
        await pilot.pause()
        assert shown(pilot)[-1] == "line 19"
        assert pager.vertical_scrollbar.position == pager.max_scroll_y == 14
        await pilot.press("k")
        await pilot.pause()
        assert not pager.follow
        ring.add(numbered(20, 20))
        pager.lines_added()
        await pilot.pause()
        assert shown(pilot)[-1] == "line 18"
        # Lines are dropped at the start; the visible lines do not move.
        ring.add(numbered(20, 40))
        pager.lines_added()
        await pilot.pause()
        assert (ring.dropped, shown(pilot)[-1]) == (10, "line 18")
        # Until it is dropped itself.
        ring.add(numbered(30, 60))
        pager.lines_added()
        await pilot.pause()
        assert shown(pilot)[0] == "line 40"
        await pilot.press("G")
        await pilot.pause()
        assert pager.follow
        ring.add(numbered(1, 90))
        pager.lines_added()
        await pilot.pause()
        assert shown(pilot)[-1] == "line 90"
        pager.post_message(events.MouseScrollUp(pager, 3, 3, 0, 0, 0, False, False, False))
        await wait_for(pilot, lambda: not pager.follow, "the wheel pauses it too")


async def test_search_marks_matches_and_scrolls_to_them() -> None:
    pager = Pager(text(*(f"line {number}{' error' * (number % 10 == 7)}" for number in range(40))))
    async with showing(pager) as pilot:
        pager.search_for("ERROR")
        await pilot.pause()
        assert pager.search.place(pager.current_match or 0) == 1
        assert pager.search.matching == 4
        y = shown(pilot).index("line 7 error")
        marked, plain = style_at(pilot.app, 8, y), style_at(pilot.app, 2, y)
        assert marked.bgcolor != plain.bgcolor
        pager.next_match()
        pager.next_match()
        await pilot.pause()
        assert "line 27 error" in shown(pilot)
        pager.next_match(backwards=True)
        await pilot.pause()
        assert "line 17 error" in shown(pilot)
        pager.search_for("nowhere")
        pager.next_match()
        await pilot.pause()
        assert "line 17 error" in shown(pilot)
        assert pager.search.matching == 0


async def test_mouse_selection_joins_wrapped_lines() -> None:
    ring = LogRing()
    ring.add([merged("x" * 30 + "end"), merged("second \x1b]0;evil\x07"), merged("third")])
    pager = Pager(ring)
    async with showing(pager):
        everything = pager.get_selection(Selection(None, None))
        assert everything == ("x" * 30 + "end\nsecond ␛]0;evil␇\nthird", "\n")
        part = pager.get_selection(Selection(Offset(26, 0), Offset(3, 2)))
        assert part == ("xxxxend\nsec", "\n")


async def test_hostile_text_never_reaches_the_terminal() -> None:
    ring = LogRing()
    ring.add(
        [
            merged("\x1b[31mred\x1b[0m and \x1b[2J\x1b]52;c;ZXZpbA==\x07"),
            merged("[/red] [@click=app.quit]x[/] a[b=c]d"),
            merged("\u202egnihton\u200b\u0000\u0085"),
            merged("日本語" * 20),
            merged("x" * 32_768, cut=1_000_000),
        ]
    )
    pager = Pager(ring)
    async with showing(pager, (40, 12)) as pilot:
        await pilot.press("g")
        await pilot.pause()
        drawn = shown(pilot)
        assert drawn[0] == "red and ␛[2J␛]52;c;ZXZpbA==␇"
        assert drawn[1] == "[/red] [@click=app.quit]x[/] a[b=c]d"
        everything = "".join(screen_lines(pilot.app))
        assert not any(ord(character) < 32 or character in "\u202e\u200b\u0085" for character in everything)
        await pilot.press("G")
        await pilot.pause()
        assert shown(pilot)[-1].endswith("… 977 KiB more, not shown")

"""The cost of a frame depends on what is visible, not on the number of rows.

Work is counted in calls, not in time: the same on every machine, busy or not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from textual.geometry import Region

from tests.support.ui.table import TableStage, stage

FEW, MANY = 500, 50_000


def calls_of(work: Callable[[], object]) -> int:
    """The number of function calls of `work`, in Python and in C."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


async def shown(rows: int) -> tuple[TableStage, list[int]]:
    """A table of so many rows, scrolled to its middle, and the cost of some frames."""
    app = stage(range(rows))
    async with app.run_test(size=(200, 50)) as pilot:
        table = app.table
        table.scroll_to(y=rows // 2, animate=False)
        await pilot.pause()
        whole = Region(0, 0, table.size.width, table.size.height)
        in_sight = table.row_at(10)

        def cold() -> None:
            table.invalidate(range(rows // 2 - 10, rows // 2 + 100))
            table.notify_style_update()
            table._styles_cache.clear()
            table.render_lines(whole)

        def one_changed() -> None:
            table.whys[in_sight] = "changed" + table.whys.get(in_sight, "")
            table.invalidate([in_sight])
            table.render_lines(whole)

        def moved() -> None:
            table.scroll_to(y=table.scroll_offset.y + 3, animate=False)
            table.render_lines(whole)

        costs = [min(calls_of(work) for _ in range(3)) for work in (cold, one_changed, moved)]
    return app, costs


async def test_cost_of_a_frame_is_independent_of_the_number_of_rows() -> None:
    _, few = await shown(FEW)
    _, many = await shown(MANY)
    for name, small, great in zip(("cold", "one row changed", "scrolled"), few, many, strict=True):
        assert great <= 1.1 * small, f"{name}: {great} calls with {MANY} rows, {small} with {FEW}"


async def test_one_changed_row_costs_a_fraction_of_a_frame() -> None:
    _, (cold, one_changed, _) = await shown(MANY)
    assert one_changed < cold / 4


async def test_one_changed_row_of_many_repaints_one_line() -> None:
    app = stage(range(MANY))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        app.table.forget_counts()
        app.table.whys[7] = "changed"
        app.table.invalidate([7, *range(1000, 2000)])
        await pilot.pause()
        assert dict(app.table.drawn) == {8: 1}
        assert sum(app.table.asked.values()) == 1

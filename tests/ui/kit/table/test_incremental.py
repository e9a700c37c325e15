"""Incremental repaints must give the same screen as a full repaint."""

from __future__ import annotations

import random

import pytest
from textual.geometry import Region

from stsview.ui.kit.table import SortMark
from tests.support.ui.stage import screen_lines, wait_for
from tests.support.ui.table import CountingTable, stage


def painted(table: CountingTable) -> list[str]:
    return [strip.text for strip in table.render_lines(Region(0, 0, table.size.width, table.size.height))]


def painted_anew(table: CountingTable) -> list[str]:
    table._known.drop()
    table._strips.clear()
    table._styles_cache.clear()
    return painted(table)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_any_operations_the_table_shows_its_rows(seed: int) -> None:
    dice = random.Random(seed)
    app = stage(range(40))
    async with app.run_test(size=(70, 14)) as pilot:
        table = app.table
        for _ in range(25):
            match dice.randrange(9):
                case 0:
                    table.set_order(dice.sample(range(60), dice.randrange(0, 60)))
                case 1:
                    table.set_order(sorted(table.keys))
                case 2 | 3:
                    changed = dice.sample(range(60), 5)
                    for key in changed:
                        table.whys[key] = f"reason {dice.randrange(3)}"
                    table.invalidate(changed)
                case 4:
                    table.names[dice.randrange(60)] = "n" * dice.randrange(1, 16)
                    table.invalidate()
                case 5:
                    await pilot.press(dice.choice(["j", "k", "G", "g", "pagedown", "pageup"]))
                case 6:
                    table.scroll_to(y=dice.randrange(50), animate=False)
                case 7:
                    width, height = dice.choice([(70, 14), (40, 8), (90, 20)])
                    await pilot.resize_terminal(width, height)
                    await wait_for(pilot, lambda: table.outer_size == app.size, "the new size")
                case 8:
                    table.sort_mark = SortMark(dice.choice(["name", "ready"]), dice.random() < 0.5)
            await pilot.pause()
            shown = screen_lines(app)
            assert painted(table) == painted_anew(table)
            if table.cursor_key is not None:
                bars = [line for line in shown if line.startswith("▌")]
                assert len(bars) <= 1
                assert all(table.names.get(table.cursor_key, f"set-{table.cursor_key}")[:8] in line for line in bars)
            assert (table.cursor_key is None) == (not table.keys)

"""Columns and orders of the configuration, chosen on the screen, and kept."""

from __future__ import annotations

from pathlib import Path

from stsview.config import load
from stsview.config.schema import FLEET_COLUMNS, FLEET_SORTS, SET_COLUMNS, SET_SORTS
from stsview.ui.fleet import fleet_cells, fleet_order
from stsview.ui.kit.table.arrangement import sort_of
from stsview.ui.set import ordinal_cells, ordinal_order
from tests.support.ui.driver import Driver, driving
from tests.support.ui.stage import wait_for


def titles(driver: Driver) -> list[str]:
    """The titles of the table on the screen, without the mark of the order."""
    line = next(line for line in driver.lines if "NAME" in line or "ORD" in line)
    return line.replace("▼", " ").replace("▲", " ").split()


def test_the_names_of_columns_are_those_of_the_tables() -> None:
    fleet = [fleet_cells.COLUMN_NAMES.get(one.id, one.id) for one in fleet_cells.COLUMNS if one.title]
    assert tuple(fleet) == FLEET_COLUMNS
    ids = [column.id for column in ordinal_cells.ALL_COLUMNS]
    assert tuple(dict.fromkeys(ordinal_cells.COLUMN_NAMES.get(id_, id_) for id_ in ids)) == SET_COLUMNS
    assert {sort_of(name, fleet_cells.COLUMN_NAMES).column for name in FLEET_SORTS} == set(fleet_order.SORTS)
    of_set = {sort_of(name, ordinal_cells.COLUMN_NAMES).column for name in SET_SORTS}
    assert of_set == {"ordinal", *ordinal_order.SORTS} - {"node_zone"}


async def test_the_file_decides_columns_and_orders(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[fleet]\ncolumns = ["why", "pvcs", "name"]\nsort = "-name"\n'
        '[set]\ncolumns = ["ordinal", "node", "state"]\nsort = "-ordinal"\n'
    )
    async with driving(configuration=load(str(path)), size=(120, 36)) as driver:
        assert titles(driver) == ["WHY", "PVCS", "NAMESPACE/NAME"]
        assert driver.names == sorted(driver.names, reverse=True)
        assert driver.fleet.table.sort_mark is not None
        await driver.press("R")
        assert driver.names[0] != "zookeeper", "columns that are hidden still sort"
        await driver.open("kafka")
        assert titles(driver) == ["ORD", "NODE", "STATE"]
        assert driver.one_set.table.keys[0].name == "kafka-5"


async def test_the_dialog_hides_moves_and_keeps(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    async with driving(configuration_file=path, size=(80, 24)) as driver:
        await driver.press("vertical_line")
        await driver.sees("Columns")
        # The name cannot be hidden; the namespace and the ordinals can.
        await driver.press("space", "j", "space", "j", "space", "G", "K", "s")
        await driver.sees("kept in")
        assert titles(driver)[0] == "NAMESPACE/NAME"
        assert titles(driver)[-2:] == ["WHY", "PVCS"]
        assert path.read_text() == '# mine\n\n[fleet]\ncolumns = ["name", "ready", "rollout", "why", "pvcs"]\n'
        await driver.open("kafka")
        await driver.run_command("columns ordinal,state,since")
        assert titles(driver) == ["ORD", "STATE", "SINCE"]
        await driver.press("escape")
        await driver.open("vault")
        assert titles(driver) == ["ORD", "STATE", "SINCE"], "also for the next set"
        await driver.press("S")
        await driver.run_command("theme light")
        await driver.run_command("keep")
        await wait_for(driver.pilot, lambda: "theme" in path.read_text(), "the file is written")
    kept = load(str(path))
    assert (kept.theme, kept.set.columns, kept.set.sort) == ("light", ("ordinal", "state", "since"), "state")
    assert kept.fleet.sort == "why"
    async with driving(configuration=kept, configuration_file=path, size=(80, 24)) as driver:
        await driver.run_command("columns usual")
        await driver.run_command("keep")
        await wait_for(driver.pilot, lambda: "name" not in path.read_text(), "the choice is removed")


async def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with driving(configuration_file=path) as driver:
        await driver.run_command("keep")
        await driver.sees("nothing differs")
        path.write_text("theme = 3\n")
        await driver.run_command("theme light")
        await driver.run_command("keep")
        await driver.sees("not kept")
        await driver.sees("theme must be")
        assert path.read_text() == "theme = 3\n"
        for typed, said in (("columns name,wy", "no column wy; did you mean why?"), ("columns why", "name cannot be")):
            await driver.press("colon")
            await driver.type(typed)
            await driver.sees(said)
            await driver.press("escape")

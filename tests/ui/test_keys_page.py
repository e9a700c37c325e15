"""The page of keys follows the declared commands, and so does the table of the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from stsview.ui import command_table
from stsview.ui.keys_page import page
from stsview.ui.kit.live.live_screen import LiveScreen

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "keys.md").read_text() == page(), "docs/keys.md is not current: renew it with `make docs`"


def test_the_commands_that_can_have_other_keys_are_current() -> None:
    stored = (ROOT / "stsview" / "config" / "commands.json").read_text()
    assert stored == command_table.page(), "stsview/config/commands.json is not current: renew it with `make docs`"
    listed = {cls for classes in command_table.SCREENS.values() for cls in classes}
    screens = {cls for cls in _subclasses(LiveScreen) if cls.__module__.startswith("stsview.")}
    leaves = {cls for cls in screens if not any(other is not cls and issubclass(other, cls) for other in screens)}
    missing = {cls.__name__ for cls in leaves - listed}
    assert not missing, "list it in stsview/ui/command_table.py"


def _subclasses(cls: type) -> Iterator[type]:
    one: type
    for one in cls.__subclasses__():
        yield one
        yield from _subclasses(one)


def test_commands_that_the_readme_names_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`(:[a-z!-]+)", readme))
    assert named
    assert named - set(re.findall(r"`(:[a-z!-]+)", page())) == set()

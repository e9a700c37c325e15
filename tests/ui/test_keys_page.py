"""The page of keys follows the declared commands, and so does the table of the README."""

from __future__ import annotations

import re
from pathlib import Path

from stsview.ui.keys_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "keys.md").read_text() == page(), "docs/keys.md is not current: renew it with `make docs`"


def test_commands_that_the_readme_names_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`(:[a-z!-]+)", readme))
    assert named
    assert named - set(re.findall(r"`(:[a-z!-]+)", page())) == set()

"""The page of permissions follows the table of rights."""

from __future__ import annotations

from pathlib import Path

from stsview.cli.output.rights_page import page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rights.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/rights.md is not current: renew it with `make docs`"

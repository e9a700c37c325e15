from __future__ import annotations

from pathlib import Path

import pytest

from stsview.ui.kit.look import stylesheets


def test_the_style_sheets_are_found() -> None:
    found = stylesheets.stylesheets()
    assert [path.name for path in found] == sorted(path.name for path in found)
    assert {"roles.tcss", "table.tcss"} <= {path.name for path in found}
    assert all(path.is_absolute() for path in found)


def test_a_wheel_has_them_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "stsview"
    for folder in (package / "styles", tmp_path / "site-packages" / "styles"):
        folder.mkdir(parents=True)
        (folder / "app.tcss").write_text("")
    monkeypatch.setattr(stylesheets, "_PACKAGE", package)
    assert stylesheets.stylesheets() == [package / "styles" / "app.tcss"]


def test_missing_style_sheets_name_the_searched_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stylesheets, "_PACKAGE", tmp_path / "stsview")
    with pytest.raises(FileNotFoundError, match="no style sheets in"):
        stylesheets.stylesheets()

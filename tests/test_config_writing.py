"""Settings that are written into the configuration file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from stsview.config.reading import BadConfiguration
from stsview.config.writing import Changes, keep

NEW: Changes = {
    "": {"theme": "light"},
    "fleet": {"columns": ["why", "name"], "sort": "-name"},
    "set": {"sort": "state"},
}

COMMENTED = """\
# of the team
cluster_domain = "a.b"  # in every cluster

[contexts."prod-*"] # careful
protected = true

[fleet]   # narrow
columns = [
  # as agreed
  "name",  # always
  "why",
  "pvcs",
] # end

# filters of mine
[filters]
a = "b"
"""


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(COMMENTED)
    keep(path, NEW)
    assert (
        path.read_text()
        == COMMENTED.replace("  # in every cluster\n", '  # in every cluster\ntheme = "light"\n')
        .replace("# narrow\n", '# narrow\nsort = "-name"\n')
        .replace(
            '  # as agreed\n  "name",  # always\n  "why",\n  "pvcs",\n',
            '  # as agreed\n  "why",\n  "name", # always\n',
        )
        + '\n[set]\nsort = "state"\n'
    )
    keep(path, {"fleet": {"columns": None}})
    assert tomllib.loads(path.read_text())["fleet"] == {"sort": "-name"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        'fleet.sort = "why"\n[contexts.x]\nread_only = true',
        'fleet = { sort = "why" }\n',
        '[set]\nsort = "-state"\n\n# about filters\n[filters]\na = "b"',
        '[ "fleet" ]\n[set]\n[[acknowledge]]\nrule = "x"\nreason = "y"\n',
        '[[acknowledge]]\nrule = "x"\nreason = """\n[fleet]\n"""\n',
        'theme = "dark"\r\n[fleet]\r\nsort = "why" # mine\r\n',
    ],
)
def test_any_layout_is_understood(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode())
    keep(path, NEW)
    after = path.read_bytes().decode()
    expected = tomllib.loads(text) | {"theme": "light", "fleet": NEW["fleet"], "set": NEW["set"]}
    assert tomllib.loads(after) == expected
    assert after.count("\r\n") in (0, after.count("\n"))
    if "about" in text:
        assert "# about filters\n[filters]" in after, "a comment stays with what it is about"


def test_a_new_file_is_made_with_its_folder_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    keep(path, {"": {"theme": "light"}})
    assert path.read_text() == 'theme = "light"\n'
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_links_and_modes_are_kept_and_nothing_is_left_behind(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "stsview.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    real.write_text('theme = "dark"\n')
    real.chmod(0o640)
    link.symlink_to(real)
    keep(link, {"": {"theme": "light"}})
    assert (link.is_symlink(), real.read_text()) == (True, 'theme = "light"\n')
    assert real.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in real.parent.iterdir()] == ["stsview.toml"]


def test_what_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("theme = 3\n")
    with pytest.raises(BadConfiguration, match=r"line 1: theme must be"):
        keep(path, {"": {"theme": "light"}})
    assert path.read_text() == "theme = 3\n"
    path.write_text('theme = "dark"\n')

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadConfiguration, match=r"config\.toml: cannot be written: No space left on device"):
        keep(path, {"": {"theme": "light"}})
    assert path.read_text() == 'theme = "dark"\n'
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]
    with pytest.raises(BadConfiguration, match="cannot be written: File exists"):
        keep(path / "config.toml", {"": {"theme": "light"}})

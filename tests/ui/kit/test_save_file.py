"""Saving displayed lines to a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.ui.kit.save_file import save_new
from tests.support.ui.fleets import NOW


def test_existing_files_are_never_overwritten(tmp_path: Path) -> None:
    first = save_new(tmp_path, ("kafka-3", "kafka", ""), NOW, ["one", "two"])
    second = save_new(tmp_path, ("kafka-3", "kafka", ""), NOW, ["three"])
    assert first.name == "kafka-3-kafka-20261122-182207.log"
    assert second.name == "kafka-3-kafka-20261122-182207-2.log"
    assert (first.read_text(), second.read_text()) == ("one\ntwo\n", "three\n")
    assert first.stat().st_mode & 0o777 == 0o600


def test_names_cannot_escape_the_folder(tmp_path: Path) -> None:
    hostile = ("../../etc/passwd", "a\x1b[31m/b", ".." * 3, "x" * 400)
    path = save_new(tmp_path, hostile, NOW, ["\udcff half a character"])
    assert path.parent == tmp_path
    assert path.name.startswith("_.._etc_passwd-a_31m_b-")
    assert len(path.name) < 200
    assert save_new(tmp_path, ("", "..."), NOW, []).parent == tmp_path


def test_an_unwritable_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        save_new(tmp_path / "none", ("x",), NOW, [])

"""Texts that reach a person: no word of the list that stsview avoids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wording import NEVER, Offence, offences

ROOT = Path(__file__).resolve().parents[1]

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("stsview/simulator/apiserver/server.py", "nobody"): "a user of the recorded responses of a real control plane",
    ("docs/simulator.md", "nobody"): "that user",
    ("docs/json.md", "nobody"): "a former value of a document",
    ("stsview/cli/output/change_documents.py", "besides"): "a name of version 1 of the JSON documents",
}
"""File and word: the reason why it stays, such as a quotation of Kubernetes."""


@pytest.mark.parametrize("package", sorted(path.name for path in (ROOT / "stsview").iterdir() if path.is_dir()))
def test_strings_docstrings_and_comments(package: str) -> None:
    files = sorted((ROOT / "stsview" / package).rglob("*.py"))
    assert_none(one for file in files for one in offences(file))


def test_modules_at_the_top() -> None:
    assert_none(one for file in sorted((ROOT / "stsview").glob("*.py")) for one in offences(file))


@pytest.mark.parametrize("page", sorted(path.name for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]))
def test_pages(page: str) -> None:
    path = ROOT / page if (ROOT / page).exists() else ROOT / "docs" / page
    assert_none(
        Offence(str(path), number, match.group(0).lower(), line)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for match in NEVER.finditer(line)
    )


def test_a_forbidden_word_is_found_in_every_kind_of_text(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('"""Nobody knows."""\n# made anew\nx = f"{1} is told to end"\ny = "fine"\n')
    assert [(one.line, one.word) for one in offences(path)] == [(1, "nobody"), (2, "anew"), (3, "is told to")]


def assert_none(found: Iterator[Offence]) -> None:
    left = [one for one in found if (str(Path(one.path).relative_to(ROOT)), one.word) not in EXCEPTIONS]
    assert not left, "\n".join(map(str, left))

"""The pages of the repository: their links lead somewhere, and the README stays short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ("stsview/config.toml", "stsview/simulator/scenarios/lost_peer.py")
"""Paths that a page names and that are not in the repository."""

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", page.read_text()):
        path = page if not target else page.parent / target
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor.removeprefix("#") in slugs, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_that_are_named_exist(page: Path) -> None:
    """Paths in back-ticks below a package of stsview, such as `model/store.py`."""
    packages = {path.name for path in (ROOT / "stsview").iterdir() if path.is_dir()}
    for name in re.findall(r"`([a-z_]+/[\w/.]+\.(?:py|toml|tcss))`", page.read_text()):
        if name.split("/")[0] in packages:
            assert (ROOT / "stsview" / name).exists(), name
        else:
            assert (ROOT / name).exists() or name in EXAMPLES, name


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 220

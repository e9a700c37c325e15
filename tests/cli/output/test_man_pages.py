"""The manual pages, as made and as `man` shows them."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from stsview.cli.output.man_pages import _text, pages, write_pages
from tests.cli.arguments.test_parser import subcommands


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def rendered(page: str, folder: Path) -> tuple[str, str]:
    """The page as on a terminal of 80 columns, without emphasis, and the warnings of groff."""
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    path = folder / "page.1"
    path.write_text(page, encoding="ascii")
    command = ("groff", "-man", "-Tutf8", "-ww", "-rLL=78n", "-P-c", "-P-b", "-P-u", str(path))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout), done.stderr


def test_each_command_that_is_listed_has_a_page_with_all_its_options(made: dict[str, str]) -> None:
    former = {"free", "nudge"}
    assert set(made) == {
        "stsview.1",
        "kubectl-stsview.1",
        *(f"stsview-{name}.1" for name in subcommands() if name not in former),
    }
    for name, command in subcommands().items():
        if name in former:
            continue
        for action in command._actions:
            shown = all(f"\\fB{_text(option)}\\fR" in made[f"stsview-{name}.1"] for option in action.option_strings)
            assert shown == (action.help != argparse.SUPPRESS) or not action.option_strings, (name, action)


def test_groff_has_no_warning_and_shows_each_text_as_it_is(made: dict[str, str], tmp_path: Path) -> None:
    text, warnings = rendered("".join(page for name, page in made.items() if name != "kubectl-stsview.1"), tmp_path)
    assert warnings == ""
    words = " ".join(text.split())
    assert "check - report problems (for CI)" in words
    assert '~/.bashrc: eval "$(stsview completion bash)".' in words
    assert "highest-first (default), lowest-first, listed" in words
    assert "stsview exec [options] POD|SET/ORDINAL [-- COMMAND [ARG ...]]" in words
    assert "stsview scale [options] SET --replicas N" in words


def test_what_roff_would_take_for_its_own_is_escaped(tmp_path: Path) -> None:
    hostile = ".TH is no request, 'this' neither; \\fBold, ~^`\" -- ≥ …"
    text, warnings = rendered(f'.TH A 1 "" "" ""\n.SH NAME\n{_text(hostile)}\n', tmp_path)
    assert (hostile in " ".join(text.split()), warnings) == (True, "")


def test_man_finds_the_plugin(tmp_path: Path) -> None:
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    write_pages(tmp_path / "man1")
    environment = {"PATH": "/usr/bin:/bin", "MANPATH": str(tmp_path), "LANG": "C.UTF-8", "MANPAGER": "cat"}
    command = ("man", "--warnings", "-E", "UTF-8", "kubectl-stsview")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "dashboard for Kubernetes StatefulSets" in done.stdout

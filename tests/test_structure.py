"""The structure of the package: crowded folders and import cycles are failures."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from stsview.cli.arguments import placeholders
from stsview.cli.arguments.parser import parser
from stsview.cli.arguments.placeholders import Placeholder

PACKAGE = Path(__file__).resolve().parents[1] / "stsview"

MOST_FILES = 20
"""Python files side by side in one folder, `__init__.py` included: more take a search, not a look."""

_NAMES_THE_PROGRAM = ("check_formats.py", "completion_arguments.py", "rights_page.py")
"""A test suite in JUnit keeps its name, a script is for the program `stsview` alone, and so is a page of the manual."""


def test_no_folder_is_crowded() -> None:
    folders = [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir())]
    crowded = {
        str(path.relative_to(PACKAGE.parent)): count
        for path in folders
        if (count := len(list(path.glob("*.py")))) > MOST_FILES
    }
    assert not crowded, f"divide into sub-packages: {crowded}"


def test_no_module_imports_itself_through_others() -> None:
    """Imports in functions and for type checkers count: they hide a cycle, they do not remove it."""
    modules = {_name(path): path for path in PACKAGE.rglob("*.py")}
    graph = {name: set(_imports(name, path, modules)) for name, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError("import cycle: " + " <- ".join(error.args[1])) from None


def test_texts_name_the_program_as_it_was_started() -> None:
    """`kubectl stsview`, where kubectl started it: `program_name()` in texts, `as_started()` around texts of rules."""
    commands = [name for action in parser()._actions if isinstance(action.choices, dict) for name in action.choices]
    named = re.compile(rf"\bstsview (--|({'|'.join(commands)})\b)")
    # Also in a text that continues on the next line.
    may_name = re.compile(rf"{named.pattern}|\bstsview ?[\"']")
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "triage") or path.name in _NAMES_THE_PROGRAM:
            continue
        text = path.read_text()
        if may_name.search(text) is None:
            continue
        tree = ast.parse(text)
        docstrings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        found += [
            f"{path}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.search(node.value)
            if node not in docstrings
        ]
    assert found == []


def test_a_value_that_is_completed_somewhere_is_completed_everywhere() -> None:
    """The metavar of a new argument for a SET is `placeholders.SET`, not the text, which no shell could complete."""
    # The other names stand for values of several kinds.
    known = {str(one) for one in vars(placeholders).values() if isinstance(one, Placeholder)} - {"NAME", "N", "A", "B"}
    found = [action for action in _actions(parser()) if isinstance(action.metavar, str)]
    missed = [action for action in found if action.metavar in known and not isinstance(action.metavar, Placeholder)]
    assert missed == []


def _actions(of: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
        else:
            yield action


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name in modules)
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in modules:
                inner = [f"{module}.{one.name}" for one in names if f"{module}.{one.name}" in modules]
                yield from inner
                # A package counts only where something of its own is imported from it.
                if len(inner) < len(names) and module != name:
                    yield module

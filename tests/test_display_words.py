"""Decisions compare enums: what is drawn may be reworded without changing what stsview does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import stsview
from stsview.model.states import Status

ROOT = Path(stsview.__file__).parent

DRAWN = {"label", "word"}
"""Attributes that hold words for a person."""

STATES = {"status", "attachment", "lease"}
"""Attributes that hold a `Status`; those of Kubernetes objects of the same name have other values."""

VALUES = {member.value for kind in Status.__subclasses__() for member in kind} - {""}

MAY_DRAW = ("ui", "cli")
"""Rooms in which a word may be compared with another one, to draw it or to understand what was typed."""


def literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as value):
            yield value
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            for element in elements:
                yield from literals(element)


def compared(tree: ast.AST) -> Iterator[tuple[int, str, set[str]]]:
    """Line, attribute, and the literals that it is compared with."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                words = {word for side in sides for word in literals(side)}
                for side in sides:
                    if isinstance(side, ast.Attribute):
                        yield node.lineno, side.attr, words
            case ast.Match(subject=ast.Attribute(attr=attribute), cases=cases):
                patterns = [pattern for case in cases for pattern in ast.walk(case.pattern)]
                values = [pattern.value for pattern in patterns if isinstance(pattern, ast.MatchValue)]
                yield node.lineno, attribute, {word for value in values for word in literals(value)}
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=attribute), attr=method), args=arguments):
                if method in ("startswith", "endswith"):
                    yield node.lineno, attribute, {word for argument in arguments for word in literals(argument)}


def offences(source: str, room: str) -> list[str]:
    return [
        f"line {line}: .{attribute} is compared with {', '.join(sorted(words))}"
        for line, attribute, words in compared(ast.parse(source))
        if (attribute in DRAWN and words and room not in MAY_DRAW) or (attribute in STATES and words & VALUES)
    ]


def test_no_decision_compares_a_word_that_is_drawn() -> None:
    files = (path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] != "simulator")
    found = [
        (str(path), line) for path in files for line in offences(path.read_text(), path.relative_to(ROOT).parts[0])
    ]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "if state.label == 'Ready': pass",
        "if row.state.word in ('Ready', 'missing'): pass",
        "if node.status != 'silent': pass",
        "if row.state.label.startswith('Init:'): pass",
        "match node.status:\n    case 'Ready' | 'cordoned': pass",
    ],
)
def test_comparisons_are_found(source: str) -> None:
    assert offences(source, "triage")


def test_conditions_of_kubernetes_objects_may_be_compared() -> None:
    assert not offences("if condition.status == 'True': pass", "model")

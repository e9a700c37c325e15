"""Where a word stands on a command line, by the actions of an argparse parser."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NamedTuple

from stsview.cli.arguments.value_types import Parser

_ANY = 1_000_000


class Place(NamedTuple):
    """What the word that is being typed can be."""

    parser: argparse.ArgumentParser
    """That of the command before it, else of the whole command line."""
    action: argparse.Action | None
    """Whose value it is; None where no value is expected."""
    number: int
    """How many values of that action precede it."""
    prefix: str
    """What of the word precedes the value: `--context=`; else empty."""
    options: bool
    """Whether it can be an option."""
    foreign: bool
    """Whether it belongs to another program, as behind `exec … --`."""
    used: frozenset[argparse.Action]
    """The options that precede it."""
    given: dict[str, list[str]]
    """Values that precede it, by the destination of their action; a flag has none."""


def place_of(parser: argparse.ArgumentParser, before: Sequence[str], word: str) -> Place:
    """The place of `word` behind the words `before`. Never fails: what the parser would refuse is skipped."""
    walk = _Walk(parser)
    for one in before:
        walk.read(one)
    return walk.place(word)


class _Walk:
    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._given: dict[str, list[str]] = {}
        self._used: set[argparse.Action] = set()
        self._dashes = False
        self._foreign = False
        self._enter(parser)

    def _enter(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self._positionals = [action for action in parser._actions if not action.option_strings]
        self._read = 0
        self._pending: argparse.Action | None = None
        self._taken = 0

    def read(self, word: str) -> None:
        if self._foreign:
            return
        if self._takes_value(word):
            self._take(word)
        elif word == "--" and not self._dashes:
            self._dashes = True
            self._pending = None
            self._foreign = isinstance(self._parser, Parser) and bool(self._parser.after_dashes)
        elif word.startswith("-") and word != "-" and not self._dashes:
            self._read_option(word)
        else:
            self._read_positional(word)

    def place(self, word: str) -> Place:
        def at(action: argparse.Action | None, number: int = 0, prefix: str = "", *, options: bool = False) -> Place:
            return Place(
                self._parser, action, number, prefix, options, self._foreign, frozenset(self._used), self._given
            )

        if self._foreign:
            return at(None)
        if self._pending is not None and self._takes_value(word):
            # An option whose values may have ended can be followed by anything.
            return at(self._pending, self._taken, options=self._taken >= _count(self._pending)[0])
        name, equals, _ = word.partition("=")
        if word.startswith("-") and not self._dashes:
            action = self._parser._option_string_actions.get(name) if equals else None
            return at(action, 0, f"{name}=") if action is not None else at(None, options=not equals)
        if self._positionals:
            return at(self._positionals[0], self._read, options=not self._dashes)
        return at(None, options=not self._dashes)

    def _takes_value(self, word: str) -> bool:
        if self._pending is None:
            return False
        least, most = _count(self._pending)
        if self._taken < least:
            return not _is_option(word)
        return self._taken < most and not _is_option(word)

    def _take(self, value: str) -> None:
        assert self._pending is not None  # noqa: S101 - as `_takes_value` says
        self._given.setdefault(self._pending.dest, []).append(value)
        self._taken += 1
        if self._taken >= _count(self._pending)[1]:
            self._pending = None

    def _read_option(self, word: str) -> None:
        self._pending = None
        name, equals, value = word.partition("=")
        if not word.startswith("--"):
            name, equals, value = self._short(word)
        action = self._parser._option_string_actions.get(name)
        if action is None:
            return
        self._used.add(action)
        self._given.setdefault(action.dest, [])
        if _count(action)[1]:
            self._pending, self._taken = action, 0
            if equals:
                self._take(value)
                self._pending = None

    def _short(self, word: str) -> tuple[str, str, str]:
        """The last option of `-fnNAME`, which are `-f` and `-n NAME`; the others take no value."""
        for index in range(1, len(word)):
            name, rest = f"-{word[index]}", word[index + 1 :]
            action = self._parser._option_string_actions.get(name)
            if action is None or not rest:
                return name, "", ""
            if _count(action)[1]:
                return name, "=", rest.removeprefix("=")
            self._used.add(action)
        return word, "", ""

    def _read_positional(self, word: str) -> None:
        self._pending = None
        if not self._positionals:
            return
        action = self._positionals[0]
        if isinstance(action, argparse._SubParsersAction):
            if word in action.choices:
                self._enter(action.choices[word])
            return
        self._given.setdefault(action.dest, []).append(word)
        self._read += 1
        if self._read >= _count(action)[1]:
            del self._positionals[0]
            self._read = 0


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _count(action: argparse.Action) -> tuple[int, int]:
    """The least and the highest number of values."""
    nargs: Any = action.nargs
    match nargs:
        case None:
            return 1, 1
        case "?":
            return 0, 1
        case "*":
            return 0, _ANY
        case "+":
            return 1, _ANY
        case int():
            return nargs, nargs
    # Of a command: its name.
    return 1, 1

"""Types of argument values, and the parser class with one-line errors."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are one line, with exit code 2.

    `validate` checks the arguments together and returns what is wrong with them; an empty string if nothing is.
    """

    def __init__(self, *args: Any, validate: Callable[[argparse.Namespace], str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._validate = validate

    def parse_known_args(self, *args: Any, **options: Any) -> Any:
        found, rest = super().parse_known_args(*args, **options)
        if self._validate is not None and (problem := self._validate(found)):
            self.error(problem)
        return found, rest

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"stsview: {_plain(message)} (see: {self.prog} --help)\n")


def _plain(message: str) -> str:
    """An error of argparse without its own jargon."""
    subject, separator, problem = message.removeprefix("argument ").partition(": ")
    if subject == "COMMAND" and problem.startswith("invalid choice: "):
        # Not the list of commands: it is long, and has the former names of commands as well.
        name, _, choices = problem.removeprefix("invalid choice: ").partition(" (")
        close = difflib.get_close_matches(name.strip("'"), re.findall(r"[a-z][a-z-]+", choices), 1)
        return f"unknown command {name}" + (f", did you mean {close[0]}?" if close else "")
    return f"{subject} {problem}" if problem.startswith("must ") else f"{subject}{separator}{problem}"


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


def duration(text: str) -> float:
    """Seconds."""
    from stsview.model.timing.durations import parse

    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def port(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535 (got {text!r})")
    return int(text)


def count(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 100000 (got {text!r})")
    return int(text)


def replicas(text: str) -> int:
    # int32 in the API.
    if not text.isdecimal() or not text.isascii() or len(text) > 10 or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"must be a number ≥ 0 (got {text!r})")
    return int(text)


def speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 3600:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and up to 3600 (got {text!r})")
    return speed


def ordinals(text: str) -> tuple[int, ...]:
    from stsview.model.ordinals.ordinal_lists import parse_ordinals

    try:
        found = parse_ordinals(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not found:
        raise argparse.ArgumentTypeError("must name ordinals, as in 0,2 or 3-5")
    return found


ORDERS = ("highest-first", "lowest-first", "listed")
"""Values of `stsview.actions.intents.Order`, repeated so that `--help` does not import it; a test compares."""


def order(text: str) -> str | tuple[int, ...]:
    """One of `ORDERS`, or ordinals."""
    if text in ORDERS:
        return text
    try:
        return ordinals(text)
    except argparse.ArgumentTypeError as error:
        expected = f"must be {', '.join(ORDERS)}, or ordinals as in 2,0,1 (got {text!r})"
        raise argparse.ArgumentTypeError(str(error) if text[:1].isdecimal() else expected) from error


def label(text: str) -> str:
    """`label` or `label=value`."""
    name, equals, value = text.partition("=")
    if not name or (equals and not value) or any(character.isspace() or character in ",!" for character in text):
        raise argparse.ArgumentTypeError(f"must be a label, as in role or role=leader (got {text!r})")
    return text


def image(text: str) -> tuple[str, str]:
    """Container and image."""
    container, _, name = text.partition("=")
    if not container or not name or any(character.isspace() for character in text):
        raise argparse.ArgumentTypeError(f"must be CONTAINER=IMAGE (got {text!r})")
    return container, name


def shell_command(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    return text


def instant(text: str) -> datetime:
    """An RFC 3339 time, with its zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"must be an RFC 3339 time, as in 2026-11-20T18:22:07Z (got {text!r})")
    return time

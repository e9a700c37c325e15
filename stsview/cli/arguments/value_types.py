"""What the values on a command line have to look like, and what is said where they do not."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias


class Parser(argparse.ArgumentParser):
    """argparse with errors of one line: what is wrong, and where to look. Its exit code for them is 2.

    `sound` says of all arguments together what is wrong with them; an empty string where nothing is.
    """

    def __init__(self, *words: Any, sound: Callable[[argparse.Namespace], str] | None = None, **options: Any) -> None:
        super().__init__(*words, **options)
        self._sound = sound

    def parse_known_args(self, *words: Any, **options: Any) -> Any:
        found, rest = super().parse_known_args(*words, **options)
        if self._sound is not None and (wrong := self._sound(found)):
            self.error(wrong)
        return found, rest

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"stsview: {message} (see: {self.prog} --help)\n")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def duration(text: str) -> float:
    """Seconds."""
    from stsview.model.timing.durations import parse

    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def port(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def count(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 100000, not {text!r}")
    return int(text)


def replicas(text: str) -> int:
    # int32 in the API.
    if not text.isdecimal() or not text.isascii() or len(text) > 10 or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"a number of members from 0 on, not {text!r}")
    return int(text)


def speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 3600:
        raise argparse.ArgumentTypeError(f"a speed is a number above 0 and up to 3600, not {text!r}")
    return speed


def ordinals(text: str) -> tuple[int, ...]:
    from stsview.model.ordinals.ordinal_lists import parse_ordinals

    try:
        found = parse_ordinals(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not found:
        raise argparse.ArgumentTypeError("no ordinal is named; ordinals are written 0,2 or 3-5")
    return found


ORDERS = ("highest-first", "lowest-first", "listed")
"""Values of `stsview.actions.intents.Order`, repeated so that `--help` need not import it; a test compares."""


def order(text: str) -> str | tuple[int, ...]:
    """One of `ORDERS`, or ordinals."""
    if text in ORDERS:
        return text
    try:
        return ordinals(text)
    except argparse.ArgumentTypeError as error:
        words = f"an order is {', '.join(ORDERS)}, or ordinals as in 2,0,1, not {text!r}"
        raise argparse.ArgumentTypeError(str(error) if text[:1].isdecimal() else words) from error


def label(text: str) -> str:
    """`label` or `label=value`."""
    name, equals, value = text.partition("=")
    if not name or (equals and not value) or any(character.isspace() or character in ",!" for character in text):
        raise argparse.ArgumentTypeError(f"a label is written role or role=leader, not {text!r}")
    return text


def image(text: str) -> tuple[str, str]:
    """Container and image."""
    container, _, name = text.partition("=")
    if not container or not name or any(character.isspace() for character in text):
        raise argparse.ArgumentTypeError(f"an image is written CONTAINER=IMAGE, not {text!r}")
    return container, name


def shell_command(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    return text

"""Types of argument values, and the parser class with one-line errors."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeAlias

from stsview.nearest import did_you_mean
from stsview.program_name import program_name

_REQUIRED = "the following arguments are required: "

_INVALID_CHOICE = re.compile(r"invalid choice: (?P<given>.+) \(choose from (?P<choices>.+)\)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are one line, with exit code 2, and suggest the nearest valid word.

    `validate` checks the arguments together and returns what is wrong with them; an empty string if nothing is.
    `after_dashes` names the argument that gets all words after `--`; None where there is no `--`.
    """

    def __init__(
        self,
        *args: Any,
        validate: Callable[[argparse.Namespace], str] | None = None,
        after_dashes: str = "",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._validate = validate
        self._after_dashes = after_dashes
        self._given: Sequence[str] = ()

    @property
    def after_dashes(self) -> str:
        """The argument that gets all words after `--`; empty: there is none."""
        return self._after_dashes

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        # As argparse does it: without arguments, those of the process.
        self._given = args = list(sys.argv[1:] if args is None else args)
        words: list[str] | None = None
        if self._after_dashes and "--" in args:
            # argparse would give an empty list to an optional argument before it, and refuse these.
            at = args.index("--")
            args, words = args[:at], args[at + 1 :]
        found, rest = super().parse_known_args(args, namespace)
        if self._after_dashes:
            setattr(found, self._after_dashes, words)
        if rest:
            # Here, and not in the parser of the whole command line, which does not know the options of a command.
            self._fail_unknown(rest)
        if self._validate is not None and (problem := self._validate(found)):
            self.error(problem)
        return found, rest

    def error(self, message: str) -> NoReturn:
        # A misspelt option is missing under its proper name, or its value is taken for a command.
        if message.startswith((_REQUIRED, "argument COMMAND: ")) and (unknown := self._unknown_options(message)):
            self._fail_unknown(unknown)
        self.exit(2, f"{program_name()}: {_plain(message)} (see: {self.prog} --help)\n")

    def _fail_unknown(self, words: Sequence[str]) -> NoReturn:
        first = words[0]
        if first.startswith("-") and first != "-":
            option = first.partition("=")[0]
            self.error(f"unknown option {option}{did_you_mean(option, self._long_options())}")
        self.error(f"unexpected argument {first!r}")

    def _unknown_options(self, message: str) -> list[str]:
        """Options that this parser does not have, up to the command that `message` refuses."""
        given = list(self._given)
        if (match := _INVALID_CHOICE.search(message)) and (command := match["given"].strip("'")) in given:
            given = given[: given.index(command)]
        options = [word.partition("=")[0] for word in given if word.startswith("--") and word != "--"]
        return [option for option in options if option not in self._option_string_actions]

    def _long_options(self) -> list[str]:
        return [
            option
            for option, action in self._option_string_actions.items()
            if option.startswith("--") and action.help != argparse.SUPPRESS
        ]


def _plain(message: str) -> str:
    """An error of argparse without its own jargon."""
    if message.startswith(_REQUIRED):
        return f"missing {message.removeprefix(_REQUIRED)}"
    subject, separator, problem = message.removeprefix("argument ").partition(": ")
    match = _INVALID_CHOICE.fullmatch(problem)
    if match is not None:
        given = match["given"].strip("'")
        choices = [choice.strip("' ") for choice in match["choices"].split(",")]
        if subject == "COMMAND":
            # Not the list of commands: it is long, and has the former names of commands as well.
            return f"unknown command {given!r}{did_you_mean(given, choices)}"
        *others, last = choices
        valid = f"{', '.join(others)} or {last}" if others else last
        return f"{subject} must be {valid} (got {given!r}){did_you_mean(given, choices)}"
    return f"{subject} {problem}" if problem.startswith("must ") else f"{subject}{separator}{problem}"


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


def duration(text: str) -> float:
    """Seconds."""
    from stsview.model.timing.durations import parse

    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def period(text: str) -> float:
    """Seconds, more than none."""
    seconds = duration(text)
    if not seconds:
        raise argparse.ArgumentTypeError(f"must be longer than 0 (got {text!r})")
    return seconds


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


_SIZE = re.compile(r"(?=.*[1-9])[0-9]{1,15}(\.[0-9]{1,9})?([KMGTPE]i|[kMGTPE])?")
"""The quantities of Kubernetes that are sizes, without exponents and signs."""


def size(text: str) -> str:
    """A Kubernetes quantity of more than none."""
    if not _SIZE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"must be a size, as in 20Gi or 500Mi (got {text!r})")
    return text


def lines(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"must be a number of lines ≥ 0 (got {text!r})")
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
        expected = f"must be {', '.join(ORDERS)}, or ordinals as in 2,0,1 (got {text!r}){did_you_mean(text, ORDERS)}"
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


def field_change(text: str) -> str:
    """`FIELD=VALUE`; which fields there are is checked with the cluster."""
    name, equals, _ = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"must be FIELD=VALUE, as in serviceName=web or data.size=20Gi (got {text!r})")
    return text


def shell_command(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    return text


def position(text: str) -> datetime | timedelta:
    """An RFC 3339 time, or `+` and how long after the start."""
    if text.startswith("+"):
        try:
            return timedelta(seconds=duration(text[1:]))
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"must be a time, or + and how long after the start: {error}") from error
    return instant(text)


def instant(text: str) -> datetime:
    """An RFC 3339 time, with its zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"must be an RFC 3339 time, as in 2026-11-20T18:22:07Z (got {text!r})")
    return time

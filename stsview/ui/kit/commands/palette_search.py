"""Palette search: the choices for a query, as a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.fuzzy import Matcher

from stsview.ui.kit.commands.available import AvailableCommand
from stsview.ui.kit.commands.commands import TypedCommand


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette."""

    text: str
    """The label of a command, or a typed form such as `ns kube-system`. May contain text from the cluster."""
    found: AvailableCommand
    argument: str | None = None
    """None: run the command as its key does."""
    completion: str = ""
    """Text that Tab writes into the input; empty: nothing to complete."""


def search(query: str, offered: Sequence[AvailableCommand]) -> list[Choice]:
    """The choices for `query`, best first.

    For an empty query all commands, by their rank in the key bar.

    A leading colon is ignored. If the first word is the typed name of a command (`ns`), that command comes first, and
    the rest is its argument: values that begin with it, values that contain it, then the argument as typed. All other
    commands are matched fuzzily by label and typed name.
    """
    query = query.lstrip().removeprefix(":").lstrip()
    name, space, argument = query.partition(" ")
    argument = argument.strip()
    if not name:
        shown = [found for found in offered if found.command.palette]
        return [_plain(found) for found in sorted(shown, key=lambda found: -found.command.footer)]
    named = [found for found in offered if found.command.typed and name in found.command.typed.names]
    choices = [choice for found in named for choice in _typed(found, argument)]
    if space and named:
        return choices
    matcher = Matcher(query)
    scored: list[tuple[float, AvailableCommand]] = []
    for found in offered:
        if found in named or not found.command.palette:
            continue
        typed = found.command.typed
        score = max(matcher.match(words) for words in (found.command.label, *(typed.names if typed else ())))
        if score > 0:
            scored.append((score, found))
    scored.sort(key=lambda pair: -pair[0])
    return [*choices, *(_plain(found) for _, found in scored)]


def _plain(found: AvailableCommand) -> Choice:
    typed = found.command.typed
    if typed is None:
        return Choice(found.command.label, found)
    name = typed.names[0]
    if typed.argument:
        return Choice(name, found, argument="", completion=f"{name} ")
    return Choice(name, found, argument="", completion=name)


def _typed(found: AvailableCommand, argument: str) -> Iterator[Choice]:
    typed = found.command.typed
    if typed is None:
        return
    name = typed.names[0]
    if not typed.argument:
        yield _plain(found)
        return
    if not argument:
        yield _plain(found)
    values = _matching(typed, found, argument)
    for value in values:
        yield Choice(f"{name} {value}", found, argument=value, completion=f"{name} {value}")
    if argument and argument not in values:
        yield Choice(f"{name} {argument}", found, argument=argument)


def _matching(typed: TypedCommand, found: AvailableCommand, argument: str) -> list[str]:
    """Known values that contain the argument: exact match first, then prefixes."""
    wanted = argument.casefold()
    values = (
        [] if typed.choices is None else [value for value in typed.choices(found.node) if wanted in value.casefold()]
    )
    return sorted(values, key=lambda value: (value != argument, not value.casefold().startswith(wanted)))

"""Palette search: the choices for a query, as a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec
from textual.fuzzy import Matcher

from stsview.nearest import did_you_mean
from stsview.ui.kit.commands.available import KnownCommand
from stsview.ui.kit.commands.commands import Argument, either

_MOST_NAMED = 5
"""Up to this many commands of an ambiguous prefix are named."""


class Choice(msgspec.Struct, frozen=True):
    """One line of the palette."""

    text: str
    """The command as typed, such as `ns kube-system`. May contain text from the cluster."""
    found: KnownCommand
    argument: str = ""
    arguments: tuple[object, ...] = ()
    """What the action gets: the value of the argument, if one was typed."""
    completion: str = ""
    """Text that Tab writes into the input; empty: nothing to complete."""
    problem: str = ""
    """Why the argument is wrong, in one line."""


class Matches(msgspec.Struct, frozen=True):
    """What the palette offers for a query."""

    choices: Sequence[Choice]
    named: bool = False
    """Whether the query names the first choice, so that Enter runs it. Similar names do not count."""
    note: str = ""
    """Why the query names no command, in one line."""


def search(query: str, known: Sequence[KnownCommand], elsewhere: Mapping[str, str] = MappingProxyType({})) -> Matches:
    """The choices for `query`, best first. For an empty query all available commands, by their rank in the key bar.

    A leading colon is ignored. The first word names a command by one of its names, or by the beginning of one where no
    other command has a name that begins so. The rest is its argument: the first choice is then the text as typed, or
    the closed choice that it begins, and below it the known values that contain it. If no name begins with the query,
    commands with similar names are listed. `elsewhere` has the names of commands of other screens, with where they are
    available.
    """
    query = query.lstrip().removeprefix(":").lstrip()
    name, space, argument = query.partition(" ")
    name, argument = name.casefold(), argument.strip()
    if not name:
        shown = [found for found in known if found.command.names and not found.reason]
        return Matches([_plain(found) for found in sorted(shown, key=lambda found: -found.command.footer)])
    begun = _begun(name, known)
    if len(begun) == 1 and (space or name in begun[0].command.names):
        choices = list(_with_argument(begun[0], argument))
        return Matches(choices, named=True, note=choices[0].problem)
    choices = [_plain(found) for found in begun or _similar(name, known)]
    if len(begun) == 1:
        return Matches(choices, named=True)
    return Matches(choices, note=_note(name, begun, known, elsewhere, similar=bool(choices)))


def _note(
    name: str,
    begun: Sequence[KnownCommand],
    known: Sequence[KnownCommand],
    elsewhere: Mapping[str, str],
    *,
    similar: bool,
) -> str:
    if begun:
        names = [found.command.names[0] for found in begun]
        shown = (
            names if len(names) <= _MOST_NAMED else [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} more"]
        )
        return f'"{name}" may be {either(shown)}'
    place = elsewhere.get(name)
    if place:
        return f":{name} is available {place}"
    names = [*(known_name for found in known for known_name in found.command.names), *elsewhere]
    hint = did_you_mean(name, names) or ("; the arrow keys select a similar one" if similar else "")
    return f'unknown command "{name}"{hint}'


def _begun(name: str, known: Sequence[KnownCommand]) -> list[KnownCommand]:
    """The command with this name, else those with a name that begins with it.

    Of several that share their first name the available one.
    """
    found = [one for one in known if name in one.command.names]
    if not found:
        found = [one for one in known if any(other.startswith(name) for other in one.command.names)]
    by_name: dict[str, KnownCommand] = {}
    for one in found:
        before = by_name.get(one.command.names[0])
        if before is None or (before.reason and not one.reason):
            by_name[one.command.names[0]] = one
    return list(by_name.values())


def _similar(query: str, known: Sequence[KnownCommand]) -> list[KnownCommand]:
    """The available commands whose label or names match fuzzily, best first."""
    matcher = Matcher(query)
    scored: list[tuple[float, KnownCommand]] = []
    for found in known:
        names = found.command.names
        if not names or found.reason:
            continue
        score = max(matcher.match(words) for words in (found.command.label, *names))
        if score > 0:
            scored.append((score, found))
    scored.sort(key=lambda pair: -pair[0])
    return [found for _, found in scored]


def _plain(found: KnownCommand) -> Choice:
    """The command without an argument."""
    name = found.command.names[0]
    return Choice(name, found, completion=name if found.command.argument is None else f"{name} ")


def _with_argument(found: KnownCommand, text: str) -> Iterator[Choice]:
    """The command with `text` as its argument, then with the known values that contain it."""
    spec, name = found.command.argument, found.command.names[0]
    if found.reason:
        yield _plain(found)
        return
    if spec is None:
        problem = f":{name} takes no argument" if text else ""
        yield Choice(name, found, problem=problem, completion=name)
        return
    typed = _typed(found, spec, text) if text else _plain(found)
    yield typed
    for value in _values(found, spec, text):
        if value != typed.argument:
            yield _typed(found, spec, value)


def _typed(found: KnownCommand, spec: Argument, text: str) -> Choice:
    name = found.command.names[0]
    arguments: tuple[object, ...] = ()
    problem = ""
    try:
        text = spec.completed(found.node, text)
        arguments = (spec.parse(found.node, text),)
    except ValueError as error:
        problem = f":{name}: {error}"
    line = f"{name} {text}"
    return Choice(line, found, text, arguments, line, problem)


def _values(found: KnownCommand, spec: Argument, text: str) -> list[str]:
    """Known values that contain the text, those that begin with it first."""
    wanted = text.casefold()
    values = [] if spec.choices is None else [one for one in spec.choices(found.node) if wanted in one.casefold()]
    return sorted(values, key=lambda value: not value.casefold().startswith(wanted))

"""What can stand at a place of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntFlag
from typing import NamedTuple

from stsview.cli.arguments.placeholders import Names, Placeholder
from stsview.cli.completion import catalogues, cluster_names
from stsview.cli.completion.cluster_names import Found
from stsview.cli.completion.place import Place, place_of
from stsview.cli.completion.selection import Selection

_OF_ONE_SET = ("set", "name", "member")
"""Destinations of the argument that names the set of a command."""


_ORDERED = (Names.REVISIONS, Names.ORDINALS)
"""What has an order that is not that of the alphabet."""


class Directive(IntFlag):
    """What a shell does with candidates; numbers of https://github.com/spf13/cobra, which kubectl reads."""

    FILES = 0
    """Where there is no candidate, complete the names of files."""
    NO_SPACE = 2
    NO_FILES = 4
    KEEP_ORDER = 32


class Candidate(NamedTuple):
    word: str
    description: str = ""


class Answer(NamedTuple):
    candidates: list[Candidate]
    directive: Directive


NOTHING = Answer([], Directive.NO_FILES)


def answer(parser: argparse.ArgumentParser, words: Sequence[str]) -> Answer:
    """What completes the last of `words`, which are those behind the name of the program; it may be empty."""
    *before, word = words or ("",)
    place = place_of(parser, before, word)
    if place.foreign:
        return Answer([], Directive.FILES)
    names = _names(place)
    if names is Names.FILES and not (place.options and word.startswith("-")):
        # Shells know how: folders, ~, quotes.
        return Answer([], Directive.FILES)
    typed = word.removeprefix(place.prefix)
    found: list[Candidate] = []
    if place.action is not None:
        values = _choices(place.action) if names is None else _COMPLETERS[names](place, typed)
        found = [Candidate(place.prefix + one.word, one.description) for one in values]
    if place.options and (word.startswith("-") or not (found or typed or place.action is not None)):
        found += _options(place)
    matching = [
        Candidate(one.word, " ".join(one.description.split()))
        for one in found
        # Names of contexts may hold anything; a line break would be another candidate.
        if one.word.startswith(word) and one.word.isprintable()
    ]
    unfinished = bool(matching) and all(one.word.endswith("/") for one in matching)
    directive = Directive.NO_FILES
    if unfinished:
        directive |= Directive.NO_SPACE
    if names in _ORDERED:
        directive |= Directive.KEEP_ORDER
    return Answer(matching, directive)


def _names(place: Place) -> Names | None:
    if place.action is None:
        return None
    metavar = place.action.metavar
    if isinstance(metavar, tuple):
        metavar = metavar[min(place.number, len(metavar) - 1)]
    return metavar.names if isinstance(metavar, Placeholder) else None


def _choices(action: argparse.Action) -> Iterator[Candidate]:
    if isinstance(action, argparse._SubParsersAction):
        # Not its choices, which have the names of former releases as well.
        for command in action._choices_actions:
            yield Candidate(command.dest, command.help or "")
        return
    for choice in action.choices or ():
        yield Candidate(str(choice))


def _options(place: Place) -> Iterator[Candidate]:
    """Options that are listed, not yet given, and not excluded by one that is."""
    excluded = {
        other
        for group in place.parser._mutually_exclusive_groups
        if any(action in place.used for action in group._group_actions)
        for other in group._group_actions
    }
    formatter = place.parser._get_formatter()
    for action in place.parser._actions:
        if not action.option_strings or action.help == argparse.SUPPRESS or action in excluded:
            continue
        if action in place.used and not isinstance(action, argparse._AppendAction):
            continue
        name = max(action.option_strings, key=len)
        yield Candidate(name, formatter._expand_help(action) if action.help else "")


def _plain(names: Callable[[Selection], Iterable[str]]) -> Callable[[Place, str], Iterator[Candidate]]:
    """Names that do not repeat those that the same argument already has."""

    def complete(place: Place, typed: str) -> Iterator[Candidate]:
        given = place.given.get(place.action.dest, []) if place.action is not None else []
        return (Candidate(name) for name in names(Selection.of(place.given)) if name not in given)

    return complete


def _listed(values: Callable[[Place], Iterable[str]]) -> Callable[[Place, str], Iterator[Candidate]]:
    """One more of a list with commas."""

    def complete(place: Place, typed: str) -> Iterator[Candidate]:
        head, comma, _ = typed.rpartition(",")
        return (Candidate(f"{head}{comma}{value}") for value in values(place) if value not in head.split(","))

    return complete


def _contexts(place: Place, typed: str) -> Iterator[Candidate]:
    return (Candidate(*one) for one in cluster_names.contexts(Selection.of(place.given)))


def _sets(place: Place, typed: str) -> Iterator[Candidate]:
    selection = Selection.of(place.given)
    given = place.given.get(place.action.dest, []) if place.action is not None else []
    return _without(given, _qualified(selection, typed, cluster_names.sets))


def _pods(place: Place, typed: str) -> Iterator[Candidate]:
    selection = Selection.of(place.given)
    yield from _ordinals_behind(selection, typed)
    yield from _qualified(selection, typed, cluster_names.pods)


def _members(place: Place, typed: str) -> Iterator[Candidate]:
    yield from _sets(place, typed)
    yield from _pods(place, typed)


def _qualified(selection: Selection, typed: str, read: Callable[[Selection], Found]) -> Iterator[Candidate]:
    """`name`, or `namespace/name` where that is begun, or the name alone is ambiguous.

    Where no name fits, namespaces.
    """
    namespace, slash, _ = typed.partition("/")
    if slash:
        found = read(selection.within(namespace))
        yield from (Candidate(f"{namespace}/{name}") for _, name in found.names)
        return
    found = read(selection)
    names = [name for _, name in found.names]
    words = [
        name if found.one_namespace or names.count(name) == 1 else f"{namespace}/{name}"
        for namespace, name in found.names
    ]
    yield from map(Candidate, words)
    if typed and not any(word.startswith(typed) for word in words):
        yield from (Candidate(f"{namespace}/") for namespace in cluster_names.namespaces(selection))


def _ordinals_behind(selection: Selection, typed: str) -> Iterator[Candidate]:
    """`SET/ORDINAL`, or `NAMESPACE/SET/ORDINAL`, where the set is typed."""
    owner, slash, _ = typed.rpartition("/")
    if slash:
        for ordinal in _ordinals(selection, owner):
            yield Candidate(f"{owner}/{ordinal}")


def _ordinals(selection: Selection, set_name: str) -> list[str]:
    """The ordinals of a set for which there are pods."""
    namespace, _, name = set_name.rpartition("/")
    found = cluster_names.pods(selection.within(namespace) if namespace else selection)
    ends = [pod.removeprefix(f"{name}-") for _, pod in found.names if pod.startswith(f"{name}-")]
    return sorted({end for end in ends if end.isdecimal()}, key=int)


def _set_of(place: Place) -> str:
    """The set that an argument before it names; empty: none."""
    named = [value for name in _OF_ONE_SET for value in place.given.get(name, ())]
    return named[0] if named else ""


def _ordinals_of_set(place: Place) -> list[str]:
    return _ordinals(Selection.of(place.given), _set_of(place)) if _set_of(place) else []


def _pods_of_set(place: Place, typed: str) -> Iterator[Candidate]:
    name = _set_of(place).rpartition("/")[2]
    return (Candidate(f"{name}-{ordinal}") for ordinal in _ordinals_of_set(place))


def _revisions(place: Place, typed: str) -> Iterator[Candidate]:
    if name := _set_of(place):
        yield from (Candidate(*one) for one in cluster_names.revisions(Selection.of(place.given), name))


def _without(given: Sequence[str], candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    return (one for one in candidates if one.word not in given)


_COMPLETERS: dict[Names, Callable[[Place, str], Iterator[Candidate]]] = {
    Names.NOTHING: lambda place, typed: iter(()),
    Names.FILES: lambda place, typed: iter(()),
    Names.CONTEXTS: _contexts,
    Names.NAMESPACES: _listed(lambda place: cluster_names.namespaces(Selection.of(place.given))),
    Names.SETS: _sets,
    Names.PODS: _pods,
    Names.MEMBERS: _members,
    Names.PODS_OF_SET: _pods_of_set,
    Names.ORDINALS: _listed(_ordinals_of_set),
    Names.REVISIONS: _revisions,
    Names.NODES: _plain(cluster_names.nodes),
    Names.RULES: lambda place, typed: (Candidate(*one) for one in catalogues.rules()),
    Names.SCENARIOS: lambda place, typed: (Candidate(*one) for one in catalogues.scenarios()),
    Names.TASKS: lambda place, typed: (Candidate(*one) for one in catalogues.tasks()),
}

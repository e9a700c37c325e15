"""The filter of the fleet: what a person types after `/`, as a predicate to one set."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from stsview.model.views import SetView, Severity

Predicate = Callable[[SetView], bool]

SEVERITY_WORDS = {
    "stuck": Severity.STUCK,
    "risk": Severity.AT_RISK,
    "unknown": Severity.UNKNOWN,
    "rolling": Severity.ROLLING,
    "healthy": Severity.HEALTHY,
}
SYNTAX = "text  ns:NAME  ready:no  is:stuck  label=value"
_LABEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """What was typed, and what it means. A filter with a problem still asks all that could be understood."""

    text: str = ""
    predicates: tuple[Predicate, ...] = ()
    problem: str = ""
    """One line that says what cannot be understood; empty when all can."""

    @property
    def active(self) -> bool:
        return bool(self.predicates) or bool(self.problem)

    def matches(self, view: SetView) -> bool:
        return all(predicate(view) for predicate in self.predicates)


def parse_filter(text: str) -> FleetFilter:
    """Understand words joined by spaces; a set must satisfy each of them.

    `ns:NAME` (also `ns:a,b`, with `*` as wildcard), `ready:no`, `ready:yes`, `is:stuck|risk|rolling|healthy|unknown`,
    `label=value`, `label!=value` (`*` is a wildcard); any other word is looked for in namespace, name and the reason,
    in whatever case. A word that is only begun (`ns:`, `ready:`, `is:`) asks nothing yet, as it is being typed.
    """
    predicates: list[Predicate] = []
    problem = ""
    for word in text.split():
        try:
            predicate = _predicate(word)
        except _Unclear as unclear:
            problem = problem or str(unclear)
            continue
        if predicate is not None:
            predicates.append(predicate)
    return FleetFilter(text.strip(), tuple(predicates), problem)


class _Unclear(ValueError):
    pass


def _predicate(word: str) -> Predicate | None:
    prefix, colon, value = word.partition(":")
    match prefix.lower() if colon else "":
        case "ns" | "namespace":
            return _in_namespace(value)
        case "ready":
            return _ready(value)
        case "is":
            return _is(value)
    if "=" in word:
        return _labelled(word)
    return _mentions(word)


def _in_namespace(value: str) -> Predicate | None:
    wanted = tuple(part for part in value.split(",") if part)
    if not wanted:
        return None
    # Without a wildcard the beginning is enough, so that the table narrows down while somebody types.
    patterns = tuple(part if "*" in part else f"{part}*" for part in wanted)
    return lambda view: any(fnmatchcase(view.namespace, _only_stars(pattern)) for pattern in patterns)


def _ready(value: str) -> Predicate | None:
    if not value:
        return None
    if "no".startswith(value.lower()):
        return lambda view: view.ready < view.replicas
    if "yes".startswith(value.lower()):
        return lambda view: view.ready >= view.replicas
    raise _Unclear("ready: takes yes or no")


def _is(value: str) -> Predicate | None:
    if not value:
        return None
    meant = [severity for word, severity in SEVERITY_WORDS.items() if word.startswith(value.lower())]
    if not meant:
        raise _Unclear("is: takes " + ", ".join(SEVERITY_WORDS))
    return lambda view: view.severity in meant


def _labelled(word: str) -> Predicate:
    name, _, value = word.partition("=")
    unequal = name.endswith("!")
    name = name.removesuffix("!")
    value = value.removeprefix("=")
    if not _LABEL_NAME.fullmatch(name):
        raise _Unclear("a label is written name=value")
    pattern = _only_stars(value) if value else "*"
    if unequal:
        return lambda view: not fnmatchcase(view.labels.get(name, "\0"), pattern)
    return lambda view: name in view.labels and fnmatchcase(view.labels[name], pattern)


def _mentions(word: str) -> Predicate:
    folded = word.casefold()
    return lambda view: any(folded in text.casefold() for text in _texts(view))


def _texts(view: SetView) -> tuple[str, ...]:
    return (view.namespace, view.name, view.why.headline, view.why.detail, *view.unknown)


def _only_stars(pattern: str) -> str:
    """An fnmatch pattern in which `*` alone is special; `?` and `[` stand for themselves."""
    return "".join(f"[{sign}]" if sign in "?[" else sign for sign in pattern)


def filtered_severity(text: str) -> str:
    """The word after `is:` in a filter, where it is written out; else nothing."""
    words = [word.removeprefix("is:") for word in text.split() if word.startswith("is:")]
    return words[-1] if words and words[-1] in SEVERITY_WORDS else ""


def with_severity(text: str, word: str) -> str:
    """The filter with `is:word` in place of what it asked of the severity; without, if that was the same, or no word
    is given."""
    rest = [part for part in text.split() if not part.startswith("is:")]
    if word and filtered_severity(text) != word:
        rest.append(f"is:{word}")
    return " ".join(rest)

"""The filter of the fleet: text typed after `/`, parsed to predicates on a set."""

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
    """A parsed filter.

    With a problem, it still applies the words that could be parsed.
    """

    text: str = ""
    predicates: tuple[Predicate, ...] = ()
    problem: str = ""
    """What could not be parsed, in one line; empty if everything could."""

    @property
    def active(self) -> bool:
        return bool(self.predicates) or bool(self.problem)

    def matches(self, view: SetView) -> bool:
        return all(predicate(view) for predicate in self.predicates)


def parse_filter(text: str) -> FleetFilter:
    """Parse words separated by spaces; a set must match all of them.

    `ns:NAME` (also `ns:a,b`, with `*` as wildcard), `ready:no`, `ready:yes`, `is:stuck|risk|rolling|healthy|unknown`,
    `label=value`, `label!=value` (`*` is a wildcard); any other word is searched in namespace, name and reason,
    ignoring case. An incomplete word (`ns:`, `ready:`, `is:`) matches everything while it is being typed.
    """
    predicates: list[Predicate] = []
    problem = ""
    for word in text.split():
        try:
            predicate = _predicate(word)
        except _ParseError as error:
            problem = problem or str(error)
            continue
        if predicate is not None:
            predicates.append(predicate)
    return FleetFilter(text.strip(), tuple(predicates), problem)


class _ParseError(ValueError):
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
        return _has_label(word)
    return _contains(word)


def _in_namespace(value: str) -> Predicate | None:
    wanted = tuple(part for part in value.split(",") if part)
    if not wanted:
        return None
    # Without a wildcard a prefix matches, so that the table is filtered while the name is typed.
    patterns = tuple(part if "*" in part else f"{part}*" for part in wanted)
    return lambda view: any(fnmatchcase(view.namespace, _only_stars(pattern)) for pattern in patterns)


def _ready(value: str) -> Predicate | None:
    if not value:
        return None
    if "no".startswith(value.lower()):
        return lambda view: view.ready < view.replicas
    if "yes".startswith(value.lower()):
        return lambda view: view.ready >= view.replicas
    raise _ParseError("ready: must be yes or no")


def _is(value: str) -> Predicate | None:
    if not value:
        return None
    meant = [severity for word, severity in SEVERITY_WORDS.items() if word.startswith(value.lower())]
    if not meant:
        raise _ParseError("is: must be " + ", ".join(SEVERITY_WORDS))
    return lambda view: view.severity in meant


def _has_label(word: str) -> Predicate:
    name, _, value = word.partition("=")
    unequal = name.endswith("!")
    name = name.removesuffix("!")
    value = value.removeprefix("=")
    if not _LABEL_NAME.fullmatch(name):
        raise _ParseError("write a label as name=value")
    pattern = _only_stars(value) if value else "*"
    if unequal:
        return lambda view: not fnmatchcase(view.labels.get(name, "\0"), pattern)
    return lambda view: name in view.labels and fnmatchcase(view.labels[name], pattern)


def _contains(word: str) -> Predicate:
    folded = word.casefold()
    return lambda view: any(folded in text.casefold() for text in _texts(view))


def _texts(view: SetView) -> tuple[str, ...]:
    return (view.namespace, view.name, view.why.headline, view.why.detail, *view.unknown)


def _only_stars(pattern: str) -> str:
    """An fnmatch pattern in which only `*` is special."""
    return "".join(f"[{sign}]" if sign in "?[" else sign for sign in pattern)


def filtered_severity(text: str) -> str:
    """The complete word after `is:` in a filter; empty if there is none."""
    words = [word.removeprefix("is:") for word in text.split() if word.startswith("is:")]
    return words[-1] if words and words[-1] in SEVERITY_WORDS else ""


def with_severity(text: str, word: str) -> str:
    """The filter with its `is:` word replaced, or removed if `word` is it or empty."""
    rest = [part for part in text.split() if not part.startswith("is:")]
    if word and filtered_severity(text) != word:
        rest.append(f"is:{word}")
    return " ".join(rest)

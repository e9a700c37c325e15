"""Filter of the findings table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stsview.model.finding import Finding, Level
from stsview.objects.meta import Key

Predicate = Callable[[Key, Finding], bool]

LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "notice": Level.NOTICE}

SYNTAX = "text  ns:NAME  is:error  rule:image-pull"


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """A parsed filter.

    One with a problem still applies the words that could be parsed.
    """

    text: str = ""
    predicates: tuple[Predicate, ...] = ()
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.predicates) or bool(self.problem)

    def matches(self, key: Key, finding: Finding) -> bool:
        return all(predicate(key, finding) for predicate in self.predicates)


def parse_finding_filter(text: str) -> FindingFilter:
    """Parse words separated by spaces; a finding must match all of them.

    `ns:`, `rule:` and `is:` match the beginning of a namespace, of a rule id, and of `error`, `warning` or `notice`.
    Any other word matches the headline, the set's name and the rule id, ignoring case.
    """
    predicates: list[Predicate] = []
    problem = ""
    for word in text.split():
        prefix, colon, value = word.partition(":")
        match prefix.lower() if colon else "":
            case "ns" | "namespace" | "rule" | "is" if not value:
                continue
            case "ns" | "namespace":
                predicates.append(lambda key, _, value=value: key.namespace.startswith(value))  # type: ignore[misc]
            case "rule":
                predicates.append(lambda _, finding, value=value: finding.rule.startswith(value))  # type: ignore[misc]
            case "is":
                levels = {level for name, level in LEVELS.items() if name.startswith(value.lower())}
                if not levels:
                    problem = problem or "is: must be " + ", ".join(LEVELS)
                    continue
                predicates.append(lambda _, finding, levels=levels: finding.level in levels)  # type: ignore[misc]
            case _:
                predicates.append(_contains(word))
    return FindingFilter(text.strip(), tuple(predicates), problem)


def _contains(word: str) -> Predicate:
    folded = word.casefold()
    return lambda key, finding: any(
        folded in text.casefold()
        for text in (str(key), finding.rule, finding.headline, *(below.headline for below in finding.below))
    )


def filtered_level(text: str) -> str:
    """The level after `is:` in a filter, when it is spelt out; otherwise empty."""
    levels = [word.removeprefix("is:") for word in text.split() if word.startswith("is:")]
    return levels[-1] if levels and levels[-1] in LEVELS else ""


def toggle_level(text: str, level: str) -> str:
    """The filter with `is:level` instead of any other `is:`.

    Without it when it had that level already.
    """
    words = [word for word in text.split() if not word.startswith("is:")]
    if filtered_level(text) != level:
        words.append(f"is:{level}")
    return " ".join(words)

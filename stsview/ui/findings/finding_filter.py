"""The filter of the findings: what a person types after `/`, as a question to one finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stsview.model.finding import Finding, Level
from stsview.objects.meta import Key

Question = Callable[[Key, Finding], bool]

LEVEL_WORDS = {"error": Level.ERROR, "warning": Level.WARNING, "notice": Level.NOTICE}

SYNTAX = "text  ns:NAME  is:error  rule:image-pull"


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What was typed, and what it means. A filter with a problem still asks all that could be understood."""

    text: str = ""
    questions: tuple[Question, ...] = ()
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.questions) or bool(self.problem)

    def matches(self, key: Key, finding: Finding) -> bool:
        return all(question(key, finding) for question in self.questions)


def parse_finding_filter(text: str) -> FindingFilter:
    """Understand words joined by spaces; a finding must satisfy each of them.

    `ns:`, `rule:` and `is:` take the beginning of a namespace, of a rule's id, of `error`, `warning` or `notice`; any
    other word is looked for in the headline, the set's name and the rule's id, in whatever case.
    """
    questions: list[Question] = []
    problem = ""
    for word in text.split():
        prefix, colon, value = word.partition(":")
        match prefix.lower() if colon else "":
            case "ns" | "namespace" | "rule" | "is" if not value:
                continue
            case "ns" | "namespace":
                questions.append(lambda key, _, value=value: key.namespace.startswith(value))  # type: ignore[misc]
            case "rule":
                questions.append(lambda _, finding, value=value: finding.rule.startswith(value))  # type: ignore[misc]
            case "is":
                levels = {level for name, level in LEVEL_WORDS.items() if name.startswith(value.lower())}
                if not levels:
                    problem = problem or "is: takes " + ", ".join(LEVEL_WORDS)
                    continue
                questions.append(lambda _, finding, levels=levels: finding.level in levels)  # type: ignore[misc]
            case _:
                questions.append(_mentions(word))
    return FindingFilter(text.strip(), tuple(questions), problem)


def _mentions(word: str) -> Question:
    folded = word.casefold()
    return lambda key, finding: any(
        folded in text.casefold()
        for text in (str(key), finding.rule, finding.headline, *(below.headline for below in finding.below))
    )


def asked_level(text: str) -> str:
    """The word after `is:` in a filter, where it is written out; else nothing."""
    words = [word.removeprefix("is:") for word in text.split() if word.startswith("is:")]
    return words[-1] if words and words[-1] in LEVEL_WORDS else ""


def with_level(text: str, word: str) -> str:
    """The filter with `is:word` in place of what it asked of the level; without, if that was the same."""
    rest = [part for part in text.split() if not part.startswith("is:")]
    if asked_level(text) != word:
        rest.append(f"is:{word}")
    return " ".join(rest)

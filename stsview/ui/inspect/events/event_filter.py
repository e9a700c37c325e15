"""The filter of the events: what a person types after `/`, as a question to one event."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.model.rollout.detail import EventView

SYNTAX = "text  is:warning"

WARNINGS = "is:warning"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Words that an event must all hold, in whatever case."""

    words: tuple[str, ...] = ()
    warnings: bool = False
    """Only those that warn."""
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.words) or self.warnings or bool(self.problem)

    def matches(self, event: EventView) -> bool:
        if self.warnings and not event.warning:
            return False
        said = [text.casefold() for text in (event.kind, event.name, event.reason, event.message, event.component)]
        return all(any(word in text for text in said) for word in self.words)


def parse_event_filter(text: str) -> EventFilter:
    """`is:warning`, or its beginning; every other word is looked for in all that an event says."""
    words: list[str] = []
    warnings, problem = False, ""
    for word in text.split():
        prefix, colon, value = word.partition(":")
        if not colon or prefix.lower() != "is":
            words.append(word.casefold())
        elif value and "warning".startswith(value.lower()):
            warnings = True
        elif value:
            problem = "is: takes warning"
    return EventFilter(tuple(words), warnings, problem)


def with_warnings(text: str) -> str:
    """The filter for warnings alone; without that, if it was so already."""
    rest = [word for word in text.split() if not word.lower().startswith("is:")]
    return " ".join(rest if parse_event_filter(text).warnings else [*rest, WARNINGS])

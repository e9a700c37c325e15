"""Filter of the events table."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.model.rollout.detail import EventView

SYNTAX = "text  is:warning"

WARNINGS = "is:warning"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Words that an event must all contain, ignoring case."""

    words: tuple[str, ...] = ()
    warnings: bool = False
    """Only Warning events."""
    problem: str = ""

    @property
    def active(self) -> bool:
        return bool(self.words) or self.warnings or bool(self.problem)

    def matches(self, event: EventView) -> bool:
        if self.warnings and not event.warning:
            return False
        texts = [text.casefold() for text in (event.kind, event.name, event.reason, event.message, event.component)]
        return all(any(word in text for text in texts) for word in self.words)


def parse_event_filter(text: str) -> EventFilter:
    """Parse `is:warning` (or its beginning).

    Every other word matches any text of an event.
    """
    words: list[str] = []
    warnings, problem = False, ""
    for word in text.split():
        prefix, colon, value = word.partition(":")
        if not colon or prefix.lower() != "is":
            words.append(word.casefold())
        elif value and "warning".startswith(value.lower()):
            warnings = True
        elif value:
            problem = "is: must be warning"
    return EventFilter(tuple(words), warnings, problem)


def toggle_warnings(text: str) -> str:
    """The filter with `is:warning`; without it when it had that already."""
    rest = [word for word in text.split() if not word.lower().startswith("is:")]
    return " ".join(rest if parse_event_filter(text).warnings else [*rest, WARNINGS])

"""Warning events about one object, and evidence taken from them."""

from __future__ import annotations

from datetime import UTC, datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence
from stsview.model.names import one_line
from stsview.objects.event import Event

_COMBINED = "(combined from similar events): "
"""Prefix of client-go's event recorder for the newest of ten similar messages."""


def last_warning(case: RuleInput, kind: str, name: str, *reasons: str) -> Event | None:
    """The newest event about the object with one of these reasons.

    None if there is none, or if events are unreadable.
    """
    for event in reversed(case.facts.objects.events):
        about = event.involved_object
        if about.kind == kind and about.name == name and event.reason in reasons:
            return event
    return None


def message_of(event: Event) -> str:
    """The event's message on one line."""
    return one_line(event.message).removeprefix(_COMBINED)


def event_evidence(event: Event) -> Evidence:
    about = event.involved_object
    return Evidence(f"{about.kind} {about.name}", f"event {event.reason}", message_of(event))


def timestamp(instant: datetime) -> str:
    """An instant as the Kubernetes API writes it (RFC 3339, UTC, whole seconds)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

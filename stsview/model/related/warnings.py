"""The newest warning event about each object of a set."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.model.names import one_line
from stsview.model.views import WarningView
from stsview.objects.event import Event

_MAX_CHARACTERS = 500
"""Messages of admission webhooks may be of any length."""


def warnings_of(events: Iterable[Event]) -> tuple[WarningView, ...]:
    """One for each object; `events` are in the order of when they were last seen."""
    newest = {(event.involved_object.kind, event.involved_object.name): event for event in events if event.warning}
    return tuple(
        WarningView(
            kind, name, one_line(event.reason), one_line(event.message[:_MAX_CHARACTERS]), event.last_seen, event.times
        )
        for (kind, name), event in newest.items()
    )

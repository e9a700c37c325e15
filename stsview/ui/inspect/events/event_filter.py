"""The filter of the events table."""

from __future__ import annotations

from typing import TypeAlias

from stsview.model.rollout.detail import EventView
from stsview.ui.kit.filters.language import Choice, Language, Qualifier, Query

EventFilter: TypeAlias = Query[EventView]

LANGUAGE: Language[EventView] = Language(
    lambda event: (event.kind, event.name, event.reason, event.message, event.component),
    (
        Choice(("is",), {"warning": lambda event: event.warning, "normal": lambda event: not event.warning}),
        Qualifier(("kind",), lambda event: (event.kind,)),
        Qualifier(("name",), lambda event: (event.name,)),
        Qualifier(("reason",), lambda event: (event.reason,)),
    ),
)

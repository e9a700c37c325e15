"""The filter of the fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from stsview.model.views import SetView, Severity
from stsview.ui.kit.filters.language import Choice, Language, Query
from stsview.ui.kit.filters.sets import set_qualifiers

FleetFilter: TypeAlias = Query[SetView]

SEVERITY_WORDS = {
    "stuck": Severity.STUCK,
    "risk": Severity.AT_RISK,
    "unknown": Severity.UNKNOWN,
    "rolling": Severity.ROLLING,
    "healthy": Severity.HEALTHY,
}


def _of_severity(severity: Severity) -> Callable[[SetView], bool]:
    return lambda view: view.severity is severity


_IS: dict[str, Callable[[SetView], bool]] = {
    **{word: _of_severity(severity) for word, severity in SEVERITY_WORDS.items()},
    "canary": lambda view: view.rollout.held,
    "paused": lambda view: view.rollout.paused_from is not None,
    "ondelete": lambda view: view.rollout.on_delete,
}

_READY: dict[str, Callable[[SetView], bool]] = {
    "yes": lambda view: view.ready >= view.replicas,
    "no": lambda view: view.ready < view.replicas,
}


def _texts(view: SetView) -> tuple[str, ...]:
    return (str(view.key), view.why.headline, view.why.detail, *view.unknown)


LANGUAGE: Language[SetView] = Language(
    _texts,
    (
        *set_qualifiers(lambda view: view, lambda view: view.ordinals),
        Choice(("is",), _IS),
        Choice(("ready",), _READY),
    ),
    lambda view: view.labels,
)


def filtered_severity(text: str) -> str:
    """The severity that a filter asks for, when it is spelt out; else empty."""
    word = LANGUAGE.chosen(text, "is")
    return word if word in SEVERITY_WORDS else ""

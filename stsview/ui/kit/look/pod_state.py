"""The state of an ordinal and its pod as text."""

from __future__ import annotations

from datetime import datetime

from stsview.model.states import Health
from stsview.model.views import OrdinalView, Place, PodState
from stsview.text.ages import short
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans


def pod_state(ordinal: OrdinalView, now: datetime) -> Spans:
    """State label, remaining or exceeded time, membership, and `next` if it is due."""
    glyph, colour = sign(ordinal.state.health)
    loud = ordinal.state.health in (Health.DEGRADED, Health.WARNING)
    spans: list[Span] = [(f"{glyph} ", colour), (ordinal.state.label, colour.strong if loud else colour)]
    spans += [(f" {text}", role) for text, role in _deadline(ordinal.state, now)]
    match ordinal.place:
        case Place.SURPLUS:
            spans.append(("  surplus", Role.TERMINATING))
        case Place.ORPHANED:
            spans.append(("  orphaned", Role.WARNING))
        case Place.FOREIGN:
            spans.append(("  foreign", Role.DEGRADED))
        case Place.EXPECTED:
            pass
    if ordinal.next:
        spans.append(("  next", Role.ACCENT))
    return tuple(spans)


def _deadline(state: PodState, now: datetime) -> Spans:
    if state.until is None:
        return ()
    left = (state.until - now).total_seconds()
    if left > 0:
        return ((f"{short(left)} left", Role.DIM),)
    return ((f"{short(-left)} overdue", Role.WARNING),)

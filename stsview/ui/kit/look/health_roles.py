"""The role, and thus the colour, of each health and severity."""

from __future__ import annotations

from stsview.model.states import Health
from stsview.model.views import Severity
from stsview.text.glyphs import glyph
from stsview.ui.kit.look.roles import Role, Span

_ROLES = {
    Health.READY: Role.READY,
    Health.PROGRESSING: Role.PROGRESSING,
    Health.DEGRADED: Role.DEGRADED,
    Health.TERMINATING: Role.TERMINATING,
    Health.MISSING: Role.DIM,
    Health.WARNING: Role.WARNING,
    Health.UNKNOWN: Role.TEXT,
    Health.NEUTRAL: Role.DIM,
}

_SEVERITIES = {
    Severity.HEALTHY: Health.READY,
    Severity.ROLLING: Health.PROGRESSING,
    Severity.UNKNOWN: Health.UNKNOWN,
    Severity.AT_RISK: Health.WARNING,
    Severity.STUCK: Health.DEGRADED,
}


def role_of(health: Health) -> Role:
    return _ROLES[health]


def health_of(severity: Severity) -> Health:
    return _SEVERITIES[severity]


def sign(health: Health) -> Span:
    """The glyph of a health in its colour, one cell wide."""
    return glyph(health), _ROLES[health]

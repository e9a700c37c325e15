"""The colour that goes with each state."""

from __future__ import annotations

from stsview.model.views import Severity, Tone
from stsview.ui.glyphs import glyph
from stsview.ui.roles import Role, Span

_ROLES = {
    Tone.READY: Role.READY,
    Tone.MOVING: Role.MOVING,
    Tone.BROKEN: Role.BROKEN,
    Tone.GOING: Role.GOING,
    Tone.MISSING: Role.DIM,
    Tone.WARNING: Role.WARNING,
    Tone.UNKNOWN: Role.TEXT,
    Tone.QUIET: Role.DIM,
}

_SEVERITIES = {
    Severity.HEALTHY: Tone.READY,
    Severity.ROLLING: Tone.MOVING,
    Severity.UNKNOWN: Tone.UNKNOWN,
    Severity.AT_RISK: Tone.WARNING,
    Severity.STUCK: Tone.BROKEN,
}


def role_of(tone: Tone) -> Role:
    return _ROLES[tone]


def tone_of(severity: Severity) -> Tone:
    return _SEVERITIES[severity]


def sign(tone: Tone) -> Span:
    """The glyph of a state in its colour: one cell."""
    return glyph(tone), _ROLES[tone]

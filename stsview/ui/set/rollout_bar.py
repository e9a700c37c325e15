"""Progress of a rollout, as a bar and as text."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.states import Health
from stsview.model.views import OrdinalView, Place, RolloutView, SetView
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.ui.kit.look.health_roles import role_of
from stsview.ui.kit.look.progress_bar import bar, bar_of_parts
from stsview.ui.kit.look.roles import Role, Spans


def progress(rollout: RolloutView, cells: int) -> Spans:
    """Progress for a table cell: a bar, and how many pods are updated."""
    if not rollout.active:
        return ((active().nothing, Role.DIM),)
    share = f"{number(rollout.updated)}/{number(rollout.expected)}"
    if rollout.held:
        return (("canary ", Role.DIM), (share, Role.TEXT))
    if rollout.on_delete:
        return (("OnDelete ", Role.DIM), (share, Role.TEXT))
    return (*bar(rollout.updated, rollout.expected, cells), (f" {share}", Role.TEXT))


def ordinal_bar(view: SetView, cells: int) -> Spans:
    """A bar with one part per expected ordinal, the highest ordinal first.

    All parts are equally wide; with more ordinals than cells, each cell shows the worst of several neighbours.
    """
    ordinals = [ordinal for ordinal in view.ordinals if ordinal.place is Place.EXPECTED]
    ordinals.sort(key=lambda ordinal: ordinal.ordinal, reverse=True)
    if not ordinals or cells < 1:
        return ()
    if len(ordinals) <= cells:
        each = cells // len(ordinals)
        return bar_of_parts([(_part(ordinal, view.rollout.active), each) for ordinal in ordinals])
    parts = []
    for cell in range(cells):
        neighbours = ordinals[cell * len(ordinals) // cells : (cell + 1) * len(ordinals) // cells]
        parts.append((_worst(neighbours, active_rollout=view.rollout.active), 1))
    return bar_of_parts(parts)


_BADNESS = (Role.DEGRADED, Role.WARNING, Role.TERMINATING, Role.DIM, Role.TEXT, Role.LINE, Role.PROGRESSING, Role.READY)


def _worst(ordinals: Sequence[OrdinalView], *, active_rollout: bool) -> Role:
    return min((_part(ordinal, active_rollout) for ordinal in ordinals), key=_BADNESS.index)


def _part(ordinal: OrdinalView, active_rollout: bool) -> Role:
    """The role of a part: updated is coloured, others empty, problems override both."""
    health = ordinal.state.health
    if health in (Health.DEGRADED, Health.WARNING, Health.TERMINATING):
        return role_of(health)
    if not active_rollout:
        return role_of(health)
    if ordinal.at_update and ordinal.available:
        return Role.PROGRESSING
    return Role.LINE

"""The lines of a set's head: rollout, wait, and a summary of its spec."""

from __future__ import annotations

from datetime import datetime

from stsview.model.names import short_revision
from stsview.model.states import BudgetKind, Health
from stsview.model.views import SetView, Severity, Wait
from stsview.text.ages import age, short
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.look.health_roles import health_of, role_of, sign
from stsview.ui.kit.look.phrases import join_spans, widest_that_fits
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.set.rollout_bar import ordinal_bar

ONE_LINE = 128
"""Minimum width for the wait sentence next to the bar; below it, the sentence has its own line."""


_LONG_QUOTATION = 24

_BARS = (36, 24, 12)
"""Cells of the bar, the most that fit: few steps, so that it keeps its length while the text next to it changes."""


def head_height(width: int) -> int:
    """Number of lines of `head_lines`."""
    return 2 if width >= ONE_LINE else 3


def head_lines(view: SetView, now: datetime, width: int) -> tuple[Spans, ...]:
    """Two lines from ONE_LINE cells on, else three.

    The number depends on the width alone, so that nothing jumps.
    """
    sentence = wait_sentence(view, now)
    if width >= ONE_LINE:
        lines = [(*_rollout(view, cells), ("   ", Role.DIM), *sentence) for cells in _BARS]
        return (widest_that_fits(lines, width), facts(view, now))
    lines = [_rollout(view, cells) for cells in (*_BARS, 6)]
    return (widest_that_fits(lines, width), sentence, facts(view, now))


def _rollout(view: SetView, cells: int) -> Spans:
    rollout, glyphs = view.rollout, active()
    current = short_revision(rollout.current, view.name)
    update = short_revision(rollout.update, view.name)
    if rollout.active and current != update and current:
        shaft = glyphs.arrow_shaft * 2 + glyphs.arrow
        names: Spans = ((current, Role.DIM), (f" {shaft} ", Role.PROGRESSING), (update, Role.STRONG))
    elif update or current:
        names = ((update or current, Role.STRONG),)
    else:
        names = (("no revision yet", Role.DIM),)
    done, of = (rollout.updated, rollout.expected) if rollout.active else (view.ready, view.replicas)
    figures: Spans = (
        (number(done), Role.STRONG),
        (f"/{number(of)}", Role.TEXT),
        (" updated" if rollout.active else " ready", Role.DIM),
    )
    return (*names, ("   ", Role.DIM), *ordinal_bar(view, cells), ("  ", Role.DIM), *figures)


def wait_sentence(view: SetView, now: datetime) -> Spans:
    """What the controller waits for, else what is wrong with the set, with its age."""
    dot: Span = (f" {active().separator} ", Role.DIM)
    wait = view.wait if view.wait.headline else view.why
    if not wait.headline:
        if view.severity is not Severity.HEALTHY and view.unknown:
            return (sign(health_of(view.severity)), (f" {view.unknown[0]}", Role.TEXT))
        return (("idle" if view.rollout.active else "up to date", Role.DIM),)
    spans: list[Span] = [(wait.headline, role_of(health_of(wait.severity)).strong)]
    if detail := _short_detail(view, wait):
        spans += [dot, (detail, Role.TEXT)]
    if lasting := age(wait.since, now):
        spans += [dot, (lasting, Role.TEXT)]
    if wait.severity is Severity.ROLLING:
        if wait.next:
            spans += [dot, (wait.next, Role.DIM)]
        if rest := _rest(view):
            spans += [dot, *rest]
    return tuple(spans)


def _short_detail(view: SetView, wait: Wait) -> str:
    """The detail, without a long quotation that the panels below show whole."""
    said, colon, quoted = wait.detail.partition(": ")
    covered = any(wait.ordinal in finding.ordinals for finding in view.findings)
    return said if colon and covered and len(quoted) > _LONG_QUOTATION else wait.detail


def _rest(view: SetView) -> Spans:
    """The estimated time for the rest of the rollout, from the pace so far."""
    pace, left = view.rollout.pace, view.rollout.left
    if pace is None or not left:
        return ()
    return (("about ", Role.DIM), (short(pace * left), Role.TEXT), (f" left for {count(left, 'pod')}", Role.DIM))


def _changed(view: SetView, now: datetime) -> Spans:
    if not (view.rollout.active and view.rollout.manager):
        return ()
    spans: list[Span] = [("changed by ", Role.DIM), (view.rollout.manager, Role.TEXT)]
    if lasting := age(view.rollout.since, now):
        spans.append((f" {lasting} ago", Role.DIM))
    return tuple(spans)


def facts(view: SetView, now: datetime) -> Spans:
    """A one-line summary of the spec, without defaults, and of related objects."""
    rollout = view.rollout
    parts: list[Spans] = [((count(view.replicas, "replica"), Role.DIM),)]
    if view.start:
        parts.append(((f"from ordinal {view.start}", Role.DIM),))
    parts += [_service(view), _budget(view), _writers(view), _changed(view, now)]
    if view.gone:
        # Nothing shows what its other fields were.
        return join_spans(parts, (f" {active().separator} ", Role.DIM))
    parts.append(((view.policy, Role.DIM),))
    parts.append(((rollout.strategy, Role.DIM),))
    if rollout.partition:
        parts.append(((f"partition {rollout.partition}", Role.TEXT),))
    if view.min_ready_seconds:
        parts.append(((f"minReadySeconds {view.min_ready_seconds}", Role.DIM),))
    if view.claims_expected:
        parts.append(((_retention(view), Role.DIM),))
    return join_spans(parts, (f" {active().separator} ", Role.DIM))


def _retention(view: SetView) -> str:
    scaled, deleted = view.when_scaled == "Delete", view.when_deleted == "Delete"
    if scaled and deleted:
        return "PVCs deleted on scale-down and with the set"
    if scaled:
        return "PVCs deleted on scale-down"
    return "PVCs deleted with the set" if deleted else "PVCs retained"


def _budget(view: SetView) -> Spans:
    """The PodDisruptionBudget; empty if there is none, as for most sets."""
    budget = view.budget
    if budget.kind is BudgetKind.NONE:
        return ()
    if budget.health in (Health.READY, Health.PROGRESSING):
        return ((f"PDB {budget.label}", Role.DIM),)
    glyph, colour = sign(budget.health)
    return (("PDB ", Role.DIM), (f"{glyph} {budget.label}", colour))


def _writers(view: SetView) -> Spans:
    """What else writes `replicas`; bright, since it may revert manual changes."""
    named = [" ".join(part for part in (writer.kind, writer.name, writer.detail) if part) for writer in view.writers]
    spans: list[Span] = [("also written by ", Role.DIM), (", ".join(named), Role.TEXT)] if named else []
    if view.writers_unknown:
        spans.append((f"{' ' if spans else ''}{sign(Health.UNKNOWN)[0]} autoscalers unknown", Role.TEXT))
    return tuple(spans)


def _service(view: SetView) -> Spans:
    service = view.service
    named: Spans = ((f"Service {service.name} ", Role.DIM),) if service.name else (("Service ", Role.DIM),)
    if service.health is Health.READY:
        return (*named, (f"{active().check} {service.status.label}", Role.READY))
    glyph, colour = sign(service.health)
    return (*named, (f"{glyph} {service.status.label}", colour))

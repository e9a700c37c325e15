"""The row of a set in the fleet table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from stsview.model.states import Health
from stsview.model.views import SetView, Severity
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.text.terminal_text import crop, width
from stsview.ui.fleet.ordinal_strip import ordinal_glyphs
from stsview.ui.kit.look.health_roles import health_of, role_of, sign
from stsview.ui.kit.look.phrases import size
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Column
from stsview.ui.kit.table.arrangement import arranged
from stsview.ui.set.rollout_bar import progress

BAR_CELLS = 8

SEPARATE_FROM = 100
"""Minimum width of the table for a column of namespaces; below it, the name is `namespace/name`."""

_STRIP_FROM = 72
"""Minimum width of the table for the ordinals, next to a reason that can be read."""

_NAME_CELLS, _NAMESPACE_CELLS = 34, 14
"""Greatest width of `namespace/name`, and of the namespace in it where the whole is longer."""

COLUMNS = (
    Column("severity", "", min_width=1, max_width=1, priority=200),
    Column("namespace", "NAMESPACE", min_width=9, max_width=24, priority=60, sortable=True, shortcut="S"),
    Column("name", "NAME", min_width=12, max_width=40, priority=190, sortable=True, shortcut="A"),
    Column("ordinals", "ORDINALS", max_width=48, priority=80, sortable=True, shortcut="O"),
    Column("ready", "READY", priority=150, sortable=True, shortcut="R"),
    Column("rollout", "ROLLOUT", min_width=14, max_width=18, priority=50, sortable=True, shortcut="L"),
    Column("claims", "PVCS", priority=40, max_width=14, sortable=True, shortcut="V"),
    Column("why", "WHY", min_width=40, weight=1, priority=140, sortable=True, shortcut="W"),
)


CLUSTER = Column("cluster", "CLUSTER", min_width=7, max_width=24, priority=195, sortable=True)
"""Behind the sign of the severity, where several clusters are shown: without it two sets of one name look the same."""

_NARROW_CLUSTER = 14

COLUMN_NAMES = {"claims": "pvcs"}
"""Names of columns in the configuration, where they differ from the id."""

_FIXED = frozenset({"severity", "cluster"})


def separates(cells: int, chosen: Sequence[str]) -> bool:
    """Whether namespaces have a column of their own in a table of `cells` cells."""
    return cells >= SEPARATE_FROM and (not chosen or "namespace" in chosen)


def columns(cells: int, chosen: Sequence[str] = (), *, clusters: bool = False) -> tuple[Column, ...]:
    """The columns for a table of `cells` cells, arranged as `chosen` in the configuration.

    In a narrow one the reason gets all that name and state leave. The namespace is part of the name there, and where
    its column is not chosen. The columns that are left out still sort. `clusters`: several are shown.
    """
    changes: dict[str, dict[str, Any]] = {}
    if not separates(cells, chosen):
        changes["namespace"] = {"max_width": 0}
        changes["name"] = {"title": "NAMESPACE/NAME", "min_width": 16, "max_width": _NAME_CELLS}
    if cells < SEPARATE_FROM:
        changes["why"] = {"min_width": 20}
        changes["cluster"] = {"max_width": _NARROW_CLUSTER}
        if not chosen:
            changes |= {"rollout": {"max_width": 0}, "claims": {"max_width": 0}}
            if cells < _STRIP_FROM:
                changes["ordinals"] = {"max_width": 0}
    known = (COLUMNS[0], CLUSTER, *COLUMNS[1:]) if clusters else COLUMNS
    shown = tuple(replace(column, **changes[column.id]) if column.id in changes else column for column in known)
    return arranged(shown, chosen, COLUMN_NAMES, _FIXED)


class ClusterMark(msgspec.Struct, frozen=True):
    """How the cluster of a set is shown in its row."""

    label: str
    health: Health
    """Of the connection."""
    current: bool
    """Whether what is shown of its sets is as they are now."""

    @property
    def spans(self) -> Spans:
        glyph, role = sign(self.health)
        return ((f"{glyph} ", role), (self.label, Role.TEXT if self.current else role))


def fleet_row(
    view: SetView,
    now: datetime,
    max_glyphs: int,
    *,
    separate: bool = True,
    shown: Sequence[Column] = COLUMNS,
    cluster: ClusterMark | None = None,
) -> tuple[Spans, ...]:
    """The cells of the columns `shown`, which are those of COLUMNS in any order.

    Sets with more than `max_glyphs` ordinals show counts instead of one glyph each. Unless `separate`, the name is
    `namespace/name`. The row of a set in a cluster that is not current is dim: nothing in it may look like now.
    """
    healthy = view.severity is Severity.HEALTHY
    name: Spans = ((view.name, Role.DIM if healthy else Role.STRONG),)
    cells = {
        "severity": (sign(health_of(view.severity)),),
        "namespace": ((view.namespace, Role.DIM if healthy else Role.TEXT),) if separate else (),
        "name": name if separate else ((_prefix(view), Role.DIM), *name),
        "ordinals": ordinal_glyphs(view, max_glyphs),
        "ready": _ready(view),
        "rollout": progress(view.rollout, BAR_CELLS),
        "claims": _claims(view),
        "why": reason(view, now),
    }
    if cluster is None:
        return tuple(cells[column.id] for column in shown)
    if not cluster.current:
        cells = {id_: tuple([(text, Role.DIM) for text, _ in spans]) for id_, spans in cells.items()}
    cells["cluster"] = cluster.spans
    return tuple(cells[column.id] for column in shown)


def _prefix(view: SetView) -> str:
    """The namespace with its slash, shortened where it would push out the name."""
    room = max(_NAMESPACE_CELLS, _NAME_CELLS - 1 - width(view.name))
    return f"{crop(view.namespace, room)}/"


def _ready(view: SetView) -> Spans:
    rest: Span = (f"/{number(view.replicas)}", Role.DIM if view.severity is Severity.HEALTHY else Role.TEXT)
    if view.ready >= view.replicas:
        return ((number(view.ready), rest[1]), rest)
    return ((number(view.ready), role_of(health_of(view.severity)).strong), rest)


def _claims(view: SetView) -> Spans:
    if not view.claims_expected:
        return ((active().nothing, Role.DIM),)
    role = Role.DIM if view.severity is Severity.HEALTHY else Role.TEXT
    if any(claim.health is Health.UNKNOWN for row in view.ordinals for claim in row.all_claims):
        return (sign(Health.UNKNOWN), (f"/{number(view.claims_expected)}", role))
    bound = (number(view.claims_bound), role if view.claims_bound >= view.claims_expected else Role.WARNING_STRONG)
    total = size(view.claims_bytes, quiet=True) if view.claims_bytes else ()
    return (bound, (f"/{number(view.claims_expected)}", role), *((" ", Role.DIM),), *total)


def _cause_of_wait(view: SetView) -> str:
    """What the worst finding says of the pod that the controller waits for; empty where it says something else."""
    finding, wait = next(iter(view.findings), None), view.wait
    if finding is None or wait.ordinal is None or not wait.headline or view.why.headline != finding.headline:
        return ""
    pod = next((row.name for row in view.ordinals if row.ordinal == wait.ordinal), "")
    prefix = f"{pod}: "
    return finding.headline.removeprefix(prefix) if pod and finding.headline.startswith(prefix) else ""


def reason(view: SetView, now: datetime) -> Spans:
    """Why the set has its severity: headline, age and detail."""
    reason = view.why
    dot: Span = (f" {active().separator} ", Role.DIM)
    if not reason.headline:
        if view.unknown:
            return ((view.unknown[0], Role.TEXT),)
        return ((reason.detail, Role.DIM),) if reason.detail else ()
    urgent = view.severity >= Severity.AT_RISK
    if cause := _cause_of_wait(view):
        # What the controller waits for, and why: the one alone leaves the other open.
        waiting: list[Span] = [(view.wait.headline, Role.STRONG), dot, (cause, Role.TEXT)]
        if lasting := age(reason.since, now):
            waiting.append((f" {lasting}", Role.WARNING))
        return tuple(waiting)
    spans: list[Span] = [(reason.headline, Role.STRONG if urgent else Role.TEXT)]
    if lasting := age(reason.since, now):
        spans.append((f" {lasting}", Role.WARNING if urgent else Role.DIM))
    if reason.detail:
        spans += [dot, (reason.detail, Role.TEXT if urgent else Role.DIM)]
    return tuple(spans)

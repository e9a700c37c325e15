"""Rows of the events table."""

from __future__ import annotations

from datetime import datetime, tzinfo

from stsview.live.snapshot import Snapshot
from stsview.model.cache.coverage import Coverage
from stsview.model.rollout.detail import EventView, SetDetail
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.ages import age, time_or_date
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.live.empty_states import no_match, set_not_found
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Align, Column, Placeholder

COLUMNS = (
    Column("mark", "", min_width=1, priority=190),
    Column("age", "AGE", min_width=3, align=Align.RIGHT, priority=180),
    Column("times", "COUNT", align=Align.RIGHT, priority=110),
    Column("type", "TYPE", priority=50),
    Column("object", "OBJECT", min_width=12, max_width=40, priority=170),
    Column("reason", "REASON", min_width=12, max_width=28, priority=160),
    Column("component", "FROM", max_width=26, priority=60),
    Column("message", "MESSAGE", min_width=44, weight=1, priority=200),
)

_KINDS = {"StatefulSet": "set", "Pod": "pod", "PersistentVolumeClaim": "PVC"}


def count_text(event: EventView) -> str:
    return f"{'x' if active().ascii_only else '×'}{number(event.times)}" if event.times > 1 else ""


def involved_object(event: EventView) -> Spans:
    """The involved object, and whether it is gone."""
    former: Span = ("  gone", Role.DIM)
    name: Span = (event.name, Role.DIM if event.former else Role.BRIGHT)
    kind: Span = (f"{_KINDS.get(event.kind, event.kind)} ", Role.DIM)
    return (kind, name, former) if event.former else (kind, name)


def event_row(event: EventView, now: datetime) -> tuple[Spans, ...]:
    warning = event.warning
    return (
        (sign(Health.WARNING if warning else Health.NEUTRAL),),
        ((age(event.last, now), Role.TEXT),),
        ((count_text(event), Role.TEXT if warning else Role.DIM),),
        (("Warning", Role.WARNING) if warning else ("Normal", Role.DIM),),
        involved_object(event),
        ((event.reason, Role.WARNING_STRONG if warning else Role.TEXT),),
        ((event.component, Role.DIM),),
        ((event.message, Role.TEXT if warning else Role.DIM),),
    )


def event_lines(event: EventView, now: datetime, zone: tzinfo | None) -> tuple[tuple[str, Spans], ...]:
    """All details of one event, as labelled lines."""
    first, last = event.first, event.last
    when: list[Span] = []
    if last is not None:
        when += [(f"{age(last, now)} ago", Role.BRIGHT), (f"  {time_or_date(last, now, zone)}", Role.DIM)]
    if event.times > 1:
        since = f" since {time_or_date(first, now, zone)}" if first is not None else ""
        when += [(f"  {count(event.times, 'time')}", Role.TEXT), (since, Role.DIM)]
    where: Spans = ((f"  {event.field_path}", Role.DIM),) if event.field_path else ()
    who: Spans = (("  from ", Role.DIM), (event.component, Role.TEXT)) if event.component else ()
    return (
        ("object", (*involved_object(event), *where)),
        ("when", (*when, *who)),
        ("message", ((event.message, Role.TEXT),)),
    )


def events_title(key: Key, detail: SetDetail | None) -> tuple[Spans, tuple[Spans, ...]]:
    """Title: set, numbers of events and warnings, and whether they are stale."""
    left: Spans = (("events of ", Role.DIM), (key.name, Role.STRONG), (", its pods and PVCs", Role.DIM))
    if detail is None:
        return left, ()
    stale: Spans = ()
    if detail.events and (why := detail.events_health.reason):
        stale = (("   ", Role.DIM), sign(Health.WARNING), (f" {why}", Role.WARNING))
    warnings = sum(1 for event in detail.events if event.warning)
    total = len(detail.events)
    amount: Spans = ((number(total), Role.BRIGHT), (" events" if total != 1 else " event", Role.DIM))
    if warnings:
        warnings_text = f" {count(warnings, 'warning')}"
        amount = (sign(Health.WARNING), (warnings_text, Role.WARNING), (f" {active().separator} ", Role.DIM), *amount)
    return (*left, *stale), (amount,) if detail.events else ()


def no_events(key: Key, snapshot: Snapshot, filtered: str) -> Placeholder:
    """Why there is no event to show."""
    detail = snapshot.detail
    if detail is not None and detail.key == key:
        if detail.events:
            return no_match(filtered, len(detail.events), "event")
        if why := detail.events_health.reason:
            return Placeholder("events unavailable", (why,), Health.UNKNOWN)
        if detail.events_health.coverage.coverage is Coverage.COMPLETE:
            details = ("API servers keep events for an hour by default",)
            return Placeholder(f"no recent events for {key.name}", details)
    if key not in snapshot.fleet.sets:
        return set_not_found(key, snapshot)
    return Placeholder(f"loading events of {key.name} {active().ellipsis}")

"""What happened around a set, event by event."""

from __future__ import annotations

from datetime import datetime, tzinfo

from stsview.live.snapshot import Snapshot
from stsview.model.cache.coverage import Coverage
from stsview.model.rollout.detail import EventView, SetDetail
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.ages import age, since_when
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.ui.kit.live.empty_states import no_match, set_gone
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Align, Column, Placeholder

COLUMNS = (
    Column("mark", "", min_width=1, priority=190),
    Column("age", "AGE", min_width=3, align=Align.RIGHT, priority=180),
    Column("times", "TIMES", align=Align.RIGHT, priority=110),
    Column("type", "TYPE", priority=50),
    Column("object", "OBJECT", min_width=12, max_width=40, priority=170),
    Column("reason", "REASON", min_width=12, max_width=28, priority=160),
    Column("component", "FROM", max_width=26, priority=60),
    Column("message", "MESSAGE", min_width=44, weight=1, priority=200),
)

_KINDS = {"StatefulSet": "set", "Pod": "pod", "PersistentVolumeClaim": "claim"}


def times_words(event: EventView) -> str:
    return f"{'x' if active().ascii_only else '×'}{number(event.times)}" if event.times > 1 else ""


def about(event: EventView) -> Spans:
    """What it is about, and whether that is still there."""
    former: Span = ("  gone", Role.DIM)
    name: Span = (event.name, Role.DIM if event.former else Role.BRIGHT)
    kind: Span = (f"{_KINDS.get(event.kind, event.kind)} ", Role.DIM)
    return (kind, name, former) if event.former else (kind, name)


def event_row(event: EventView, now: datetime) -> tuple[Spans, ...]:
    warning = event.warning
    return (
        (sign(Health.WARNING if warning else Health.NEUTRAL),),
        ((age(event.last, now), Role.TEXT),),
        ((times_words(event), Role.TEXT if warning else Role.DIM),),
        (("Warning", Role.WARNING) if warning else ("Normal", Role.DIM),),
        about(event),
        ((event.reason, Role.WARNING_STRONG if warning else Role.TEXT),),
        ((event.component, Role.DIM),),
        ((event.message, Role.TEXT if warning else Role.DIM),),
    )


def event_lines(event: EventView, now: datetime, zone: tzinfo | None) -> tuple[tuple[str, Spans], ...]:
    """All there is to one event, line by line with its label."""
    first, last = event.first, event.last
    when: list[Span] = []
    if last is not None:
        when += [(f"{age(last, now)} ago", Role.BRIGHT), (f"  {since_when(last, now, zone)}", Role.DIM)]
    if event.times > 1:
        since = f" since {since_when(first, now, zone)}" if first is not None else ""
        when += [(f"  {count(event.times, 'time')}", Role.TEXT), (since, Role.DIM)]
    where: Spans = ((f"  {event.field_path}", Role.DIM),) if event.field_path else ()
    who: Spans = (("  by ", Role.DIM), (event.component, Role.TEXT)) if event.component else ()
    return (
        ("about", (*about(event), *where)),
        ("when", (*when, *who)),
        ("says", ((event.message, Role.TEXT),)),
    )


def events_title(key: Key, detail: SetDetail | None) -> tuple[Spans, tuple[Spans, ...]]:
    """Whose events, how many, and whether they are kept up to date."""
    left: Spans = (("events of ", Role.DIM), (key.name, Role.STRONG), (", its pods and its claims", Role.DIM))
    if detail is None:
        return left, ()
    behind: Spans = ()
    if detail.events and (why := detail.events_health.reason):
        behind = (("   ", Role.DIM), sign(Health.WARNING), (f" {why}", Role.WARNING))
    warnings = sum(1 for event in detail.events if event.warning)
    known = len(detail.events)
    amount: Spans = ((number(known), Role.BRIGHT), (" events" if known != 1 else " event", Role.DIM))
    if warnings:
        warned = f" {count(warnings, 'warning')}"
        amount = (sign(Health.WARNING), (warned, Role.WARNING), (f" {active().separator} ", Role.DIM), *amount)
    return (*left, *behind), (amount,) if detail.events else ()


def no_events(key: Key, snapshot: Snapshot, filtered: str) -> Placeholder:
    """Why there is no event to be seen."""
    detail = snapshot.detail
    if detail is not None and detail.key == key:
        if detail.events:
            return no_match(filtered, len(detail.events), "event")
        if why := detail.events_health.reason:
            return Placeholder("no events to be seen", (why,), Health.UNKNOWN)
        if detail.events_health.coverage.coverage is Coverage.COMPLETE:
            details = ("servers forget events after an hour, unless they are told otherwise",)
            return Placeholder(f"nothing was said of {key.name} lately", details)
    if key not in snapshot.fleet.sets:
        return set_gone(key, snapshot)
    return Placeholder(f"reading the events of {key.name} {active().ellipsis}")

"""Events at the end of a describe sheet."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.states import Health
from stsview.objects.event import Event
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans


def describe_events(writer: DescribeWriter, description: Description) -> None:
    """The events, newest last, or why there are none."""
    writer.heading("events", styled(number(len(description.events)) if description.events else "", Role.DIM))
    if description.events_problem:
        writer.text((sign(Health.UNKNOWN), (f" {description.events_problem}", Role.TEXT)), 2)
    elif not description.events:
        writer.text((("none in the last hour, which is how long API servers keep events by default", Role.DIM),), 2)
    else:
        writer.table([_row(writer, event) for event in description.events])


def _row(writer: DescribeWriter, event: Event) -> tuple[Spans, ...]:
    times = f"{'x' if active().ascii_only else '×'}{number(event.times)}" if event.times > 1 else ""
    return (
        (sign(Health.WARNING) if event.warning else (active().separator, Role.DIM),),
        writer.age(event.last_seen),
        styled(times, Role.DIM),
        styled(event.reason, Role.WARNING if event.warning else Role.BRIGHT),
        styled(event.component, Role.DIM),
        styled(event.message),
    )

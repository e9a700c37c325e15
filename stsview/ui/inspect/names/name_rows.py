"""Rows of the table of names, and the details of one."""

from __future__ import annotations

from collections.abc import Mapping

from stsview.actions.dns.set_names import PodNames, SetNames
from stsview.model.related.dns_answers import Comparison, Verdict
from stsview.model.states import Health, ServiceStatus
from stsview.text.glyphs import active
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Align, Column

COLUMNS = (
    Column("ordinal", "ORD", min_width=3, align=Align.RIGHT, priority=200),
    Column("name", "NAME", min_width=12, max_width=60, priority=190),
    Column("address", "ADDRESS", min_width=10, max_width=40, priority=150),
    Column("api", "API", min_width=12, priority=180),
    Column("inside", "FROM INSIDE", min_width=16, weight=1, priority=185),
)


def health_of(comparison: Comparison | None) -> Health:
    """The health of what was answered; neutral where nothing was asked."""
    if comparison is None:
        return Health.NEUTRAL
    if comparison.verdict.good:
        return Health.READY
    return Health.UNKNOWN if comparison.verdict is Verdict.UNKNOWN else Health.WARNING


def name_row(pod: PodNames, found: SetNames, comparison: Comparison | None) -> tuple[Spans, ...]:
    published = pod.published
    address: Span = ("?" if found.problem else active().nothing, Role.DIM)
    if published is not None:
        address = (", ".join(published.addresses), Role.TEXT if published.ready else Role.DIM)
    inside: Spans = (("not asked", Role.DIM),)
    if comparison is not None:
        health = health_of(comparison)
        inside = (sign(health), (f" {comparison.verdict.value}", role_of(health)))
    return (
        ((str(pod.ordinal), Role.STRONG),),
        ((pod.names.pod, Role.BRIGHT), (f".{pod.names.service}", Role.DIM)),
        (address,),
        (sign(pod.dns.health), (f" {pod.dns.status.label}", role_of(pod.dns.health))),
        inside,
    )


def name_lines(pod: PodNames, found: SetNames, comparison: Comparison | None) -> tuple[tuple[str, Spans], ...]:
    """All details of one ordinal, as labelled lines; the last one may be long."""
    published = pod.published
    lines: list[tuple[str, Spans]] = [("name", ((pod.names.full, Role.BRIGHT),))]
    if published is not None:
        ready = "ready" if published.ready else "not ready"
        slice_words = ", ".join((*published.addresses, ready, f"hostname {published.hostname or 'none'}"))
        lines.append(("slice", ((slice_words, Role.TEXT),)))
    elif found.problem:
        lines.append(("slice", ((found.problem, Role.WARNING),)))
    else:
        lines.append(("slice", (("no EndpointSlice lists it", Role.TEXT),)))
    if pod.dns.detail:
        lines.append(("api", ((pod.dns.detail, Role.TEXT),)))
    if comparison is None:
        lines.append(("next", (("enter asks for all names from inside this pod", Role.DIM),)))
        return tuple(lines)
    if comparison.addresses:
        lines.append(("answer", ((", ".join(comparison.addresses), Role.BRIGHT),)))
    said = comparison.words or comparison.verdict.value
    advice: Spans = ((f"; next step: {comparison.advice}", Role.TEXT),) if comparison.advice else ()
    lines.append(("inside", ((said, role_of(health_of(comparison))), *advice)))
    return tuple(lines)


def names_title(found: SetNames | None, key_name: str) -> Spans:
    """Which Service, and what it publishes."""
    left: list[Span] = [("names of ", Role.DIM), (key_name, Role.STRONG)]
    if found is None:
        return tuple(left)
    service = found.view.service
    left += [(f"   Service {service.name} ", Role.DIM), (service.status.label, role_of(service.health))]
    if service.publishes_not_ready and service.status is ServiceStatus.HEADLESS:
        left.append((", publishes pods that are not ready too", Role.DIM))
    return tuple(left)


def differences(compared: Mapping[str, Comparison]) -> int:
    """How many names do not agree; not those of which nothing is known."""
    return sum(not one.verdict.good and one.verdict is not Verdict.UNKNOWN for one in compared.values())

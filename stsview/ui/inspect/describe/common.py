"""Parts that the describe sheets of several kinds share."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.ui.inspect.describe.writer import DescribeWriter, Field, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.inspect.yaml_text import LAST_APPLIED
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.phrases import join_spans
from stsview.ui.kit.look.roles import Role, Span, Spans

BAD_WHEN_TRUE = frozenset(
    {
        "DisruptionTarget",
        "PodResizePending",
        "PodResizeInProgress",
        "Resizing",
        "FileSystemResizePending",
        "ControllerResizeError",
        "NodeResizeError",
        "MemoryPressure",
        "DiskPressure",
        "PIDPressure",
        "NetworkUnavailable",
    }
)
"""Conditions whose status True means a problem or a change in progress. For all others True is good."""


def join_text(parts: Iterable[str], between: str = ", ") -> str:
    """The parts joined, without empty ones."""
    return between.join(part for part in parts if part)


def lifecycle_fields(writer: DescribeWriter, tree: JsonValue) -> list[Field]:
    """Fields of every object: creation, deletion, owners, and finalizers."""
    metadata = tree.at("metadata")
    fields: list[Field] = [("created", writer.since(metadata.time("creationTimestamp")))]
    if (deadline := metadata.time("deletionTimestamp")) is not None:
        left = (deadline - writer.now).total_seconds()
        when = f"grace period ends in {int(left)} s" if left > 0 else "grace period exceeded"
        fields.append(("deletion", ((f"{when}  ", Role.WARNING_STRONG), *writer.since(deadline))))
    owners = [
        f"{owner.text('kind')}/{owner.text('name')}{'' if owner.is_true('controller') else ' (not controller)'}"
        for owner in metadata.items("ownerReferences")
    ]
    finalizer_role = Role.WARNING if metadata.exists("deletionTimestamp") else Role.TEXT
    return [
        *fields,
        ("owner", styled(join_text(owners))),
        ("finalizers", styled(join_text(metadata.texts("finalizers")), finalizer_role)),
    ]


def other_section(writer: DescribeWriter, tree: JsonValue, fields: Iterable[Field] = ()) -> None:
    """Last section: `fields`, labels, and annotations but the last applied one."""
    writer.heading("other")
    writer.fields([*fields, ("uid", styled(tree.text("metadata", "uid"), Role.DIM))], 2)
    for label, field in (("labels", "labels"), ("annotations", "annotations")):
        pairs = [
            ((name, Role.TEXT), ("=", Role.DIM), (value.text(), Role.TEXT))
            for name, value in tree.pairs("metadata", field)
            if name != LAST_APPLIED
        ]
        writer.field_lines(label, pairs, 2)


def conditions(writer: DescribeWriter, tree: JsonValue, *, heartbeats: bool = False) -> None:
    items = tree.items("status", "conditions")
    if not items:
        return
    writer.heading("conditions")
    rows = []
    for one in items:
        health = _health(one)
        why = join_spans(
            [
                styled(one.text("reason"), Role.BRIGHT if health is not Health.READY else Role.DIM),
                styled(one.text("message")),
            ],
            ("  ", Role.DIM),
        )
        heartbeat: Spans = ()
        if heartbeats and (beat := one.time("lastHeartbeatTime")) is not None:
            heartbeat = (("heartbeat ", Role.DIM), *writer.age(beat), (" ago", Role.DIM))
        rows.append(
            (
                (_mark(health),),
                styled(one.text("type"), Role.BRIGHT),
                styled(one.text("status"), role_of(health) if health is not Health.READY else Role.TEXT),
                writer.age(one.time("lastTransitionTime")),
                heartbeat,
                why,
            )
        )
    writer.table(rows)


def _health(condition: JsonValue) -> Health:
    status = condition.text("status")
    if status not in ("True", "False"):
        return Health.UNKNOWN
    bad = condition.text("type") in BAD_WHEN_TRUE
    return Health.WARNING if (status == "True") is bad else Health.READY


def _mark(health: Health) -> Span:
    glyph, role = sign(health)
    return (active().check if health is Health.READY else glyph, role)


def selector_text(selector: JsonValue) -> str:
    """Label selector as text: `app=web, tier In (a, b)`."""
    parts = [f"{name}={value.text()}" for name, value in selector.pairs("matchLabels")]
    for one in selector.items("matchExpressions"):
        values = f" ({join_text(one.texts('values'))})" if one.exists("values") else ""
        parts.append(f"{one.text('key')} {one.text('operator')}{values}")
    return join_text(parts)


def resource_spans(resources: JsonValue) -> Spans:
    """Requests and limits: `requests cpu 500m, memory 2Gi · limits memory 2Gi`."""
    parts: list[Spans] = []
    for field in ("requests", "limits"):
        amounts = join_text(f"{name} {value.text()}" for name, value in resources.pairs(field))
        if amounts:
            parts.append(((f"{field} ", Role.DIM), (amounts, Role.TEXT)))
    return join_spans(parts, (f" {active().separator} ", Role.DIM))

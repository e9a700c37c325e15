"""What the descriptions of several kinds have in common."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.ui.inspect.describe.writer import DescribeWriter, Fact, words
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
"""Conditions that say that something is not as it should be, or under way; most say that all is well."""


def joint(parts: Iterable[str], between: str = ", ") -> str:
    return between.join(part for part in parts if part)


def life(writer: DescribeWriter, tree: JsonValue) -> list[Fact]:
    """Of every object: since when it is there, whose it is, and what holds it while it goes."""
    metadata = tree.at("metadata")
    facts: list[Fact] = [("created", writer.since(metadata.time("creationTimestamp")))]
    if (deadline := metadata.time("deletionTimestamp")) is not None:
        left = (deadline - writer.now).total_seconds()
        when = f"to be gone in {int(left)} s" if left > 0 else "should be gone"
        facts.append(("deletion", ((f"{when}  ", Role.WARNING_STRONG), *writer.since(deadline))))
    owners = [
        f"{owner.text('kind')}/{owner.text('name')}{'' if owner.true('controller') else ' (does not control it)'}"
        for owner in metadata.items("ownerReferences")
    ]
    held = Role.WARNING if metadata.there("deletionTimestamp") else Role.TEXT
    return [
        *facts,
        ("owner", words(joint(owners))),
        ("finalizers", words(joint(metadata.texts("finalizers")), held)),
    ]


def rest(writer: DescribeWriter, tree: JsonValue, facts: Iterable[Fact] = ()) -> None:
    """What is seldom looked for: these facts, labels and annotations. What only repeats the object is left out."""
    writer.heading("besides")
    writer.facts([*facts, ("uid", words(tree.text("metadata", "uid"), Role.DIM))], 2)
    for label, field in (("labels", "labels"), ("annotations", "annotations")):
        pairs = [
            ((name, Role.TEXT), ("=", Role.DIM), (value.text(), Role.TEXT))
            for name, value in tree.pairs("metadata", field)
            if name != LAST_APPLIED
        ]
        writer.facts_below(label, pairs, 2)


def conditions(writer: DescribeWriter, tree: JsonValue, *, heartbeats: bool = False) -> None:
    found = tree.items("status", "conditions")
    if not found:
        return
    writer.heading("conditions")
    rows = []
    for one in found:
        health = _health(one)
        why = join_spans(
            [
                words(one.text("reason"), Role.BRIGHT if health is not Health.READY else Role.DIM),
                words(one.text("message")),
            ],
            ("  ", Role.DIM),
        )
        heard: Spans = ()
        if heartbeats and (beat := one.time("lastHeartbeatTime")) is not None:
            heard = (("heard ", Role.DIM), *writer.age(beat), (" ago", Role.DIM))
        rows.append(
            (
                (_mark(health),),
                words(one.text("type"), Role.BRIGHT),
                words(one.text("status"), role_of(health) if health is not Health.READY else Role.TEXT),
                writer.age(one.time("lastTransitionTime")),
                heard,
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


def selector_words(selector: JsonValue) -> str:
    """`app=web, tier in (a, b)`."""
    parts = [f"{name}={value.text()}" for name, value in selector.pairs("matchLabels")]
    for one in selector.items("matchExpressions"):
        values = f" ({joint(one.texts('values'))})" if one.there("values") else ""
        parts.append(f"{one.text('key')} {one.text('operator')}{values}")
    return joint(parts)


def resources_words(resources: JsonValue) -> Spans:
    """`requests cpu 500m, memory 2Gi · limits memory 2Gi`."""
    parts: list[Spans] = []
    for field in ("requests", "limits"):
        amounts = joint(f"{name} {value.text()}" for name, value in resources.pairs(field))
        if amounts:
            parts.append(((f"{field} ", Role.DIM), (amounts, Role.TEXT)))
    return join_spans(parts, (f" {active().separator} ", Role.DIM))

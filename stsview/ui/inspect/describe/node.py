"""A node."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.states import Health
from stsview.ui.inspect.describe.common import conditions, joint, life, rest
from stsview.ui.inspect.describe.writer import DescribeWriter, words
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans

_AMOUNTS = ("cpu", "memory", "ephemeral-storage", "pods")


def describe_node(writer: DescribeWriter, node: JsonValue, description: Description) -> None:
    spec, info = node.at("spec"), node.at("status", "nodeInfo")
    named = node.at("metadata", "labels")
    addresses = joint(f"{one.text('type')} {one.text('address')}" for one in node.items("status", "addresses"))
    writer.facts(
        [
            (
                "scheduling",
                words("cordoned: no new pods", Role.WARNING) if spec.true("unschedulable") else words("open"),
            ),
            ("heard", _lease(writer, description)),
            ("zone", words(named.text("topology.kubernetes.io/zone"), Role.BRIGHT)),
            ("region", words(named.text("topology.kubernetes.io/region"))),
            ("machine", words(named.text("node.kubernetes.io/instance-type"))),
            *life(writer, node),
        ]
    )
    writer.facts_below("taints", [_taint(writer, one) for one in spec.items("taints")])
    conditions(writer, node, heartbeats=True)
    _amounts(writer, node.at("status"))
    attached = node.items("status", "volumesAttached")
    if attached:
        writer.heading("volumes attached", words(str(len(attached)), Role.DIM))
        for one in attached:
            writer.text(words(one.text("name")), 2)
    rest(
        writer,
        node,
        [
            ("kubelet", words(info.text("kubeletVersion"))),
            ("runtime", words(info.text("containerRuntimeVersion"))),
            ("system", words(joint((info.text("osImage"), info.text("kernelVersion"), info.text("architecture"))))),
            ("addresses", words(addresses)),
            ("pod network", words(joint(spec.texts("podCIDRs")) or spec.text("podCIDR"))),
            ("provider", words(spec.text("providerID"))),
        ],
    )


def _lease(writer: DescribeWriter, description: Description) -> Spans:
    """When its kubelet last said that it lives, by its lease."""
    if description.lease is None:
        return tuple(
            span for problem in description.unknown for span in (sign(Health.UNKNOWN), (f" {problem}", Role.TEXT))
        )
    return writer.since(JsonValue(description.lease).time("spec", "renewTime"))


def _taint(writer: DescribeWriter, taint: JsonValue) -> Spans:
    value = f"={taint.text('value')}" if taint.text("value") else ""
    since = writer.age(taint.time("timeAdded"))
    return (
        (f"{taint.text('key')}{value}", Role.WARNING),
        (f"  {taint.text('effect')}", Role.TEXT),
        *((("  since ", Role.DIM), *since) if since else ()),
    )


def _amounts(writer: DescribeWriter, status: JsonValue) -> None:
    names = [name for name, _ in status.pairs("capacity")]
    if not names:
        return
    known = [name for name in _AMOUNTS if name in names]
    writer.heading("amounts")
    writer.table(
        [
            (
                words(name, Role.BRIGHT),
                words(status.text("allocatable", name)),
                (("of ", Role.DIM), (status.text("capacity", name), Role.DIM)),
            )
            for name in [*known, *sorted(set(names) - set(known))]
        ]
    )

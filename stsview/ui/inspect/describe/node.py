"""Describe sheet of a node."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.states import Health
from stsview.ui.inspect.describe.common import conditions, join_text, lifecycle_fields, other_section
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans

_FIRST_RESOURCES = ("cpu", "memory", "ephemeral-storage", "pods")


def describe_node(writer: DescribeWriter, node: JsonValue, description: Description) -> None:
    spec, info = node.at("spec"), node.at("status", "nodeInfo")
    labels = node.at("metadata", "labels")
    addresses = join_text(f"{one.text('type')} {one.text('address')}" for one in node.items("status", "addresses"))
    writer.fields(
        [
            (
                "scheduling",
                styled("cordoned: no new pods", Role.WARNING)
                if spec.is_true("unschedulable")
                else styled("schedulable"),
            ),
            ("heartbeat", _lease(writer, description)),
            ("zone", styled(labels.text("topology.kubernetes.io/zone"), Role.BRIGHT)),
            ("region", styled(labels.text("topology.kubernetes.io/region"))),
            ("instance type", styled(labels.text("node.kubernetes.io/instance-type"))),
            *lifecycle_fields(writer, node),
        ]
    )
    writer.field_lines("taints", [_taint(writer, one) for one in spec.items("taints")])
    conditions(writer, node, heartbeats=True)
    _resources(writer, node.at("status"))
    attached = node.items("status", "volumesAttached")
    if attached:
        writer.heading("volumes attached", styled(str(len(attached)), Role.DIM))
        for one in attached:
            writer.text(styled(one.text("name")), 2)
    other_section(
        writer,
        node,
        [
            ("kubelet", styled(info.text("kubeletVersion"))),
            ("runtime", styled(info.text("containerRuntimeVersion"))),
            (
                "OS",
                styled(join_text((info.text("osImage"), info.text("kernelVersion"), info.text("architecture")))),
            ),
            ("addresses", styled(addresses)),
            ("pod CIDR", styled(join_text(spec.texts("podCIDRs")) or spec.text("podCIDR"))),
            ("provider ID", styled(spec.text("providerID"))),
        ],
    )


def _lease(writer: DescribeWriter, description: Description) -> Spans:
    """When the kubelet last renewed the node lease."""
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


def _resources(writer: DescribeWriter, status: JsonValue) -> None:
    names = [name for name, _ in status.pairs("capacity")]
    if not names:
        return
    known = [name for name in _FIRST_RESOURCES if name in names]
    writer.heading("allocatable")
    writer.table(
        [
            (
                styled(name, Role.BRIGHT),
                styled(status.text("allocatable", name)),
                (("of ", Role.DIM), (status.text("capacity", name), Role.DIM)),
            )
            for name in [*known, *sorted(set(names) - set(known))]
        ]
    )

"""A node."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.model.views import Health
from stsview.ui.inspect.describe.common import conditions, joint, life, rest
from stsview.ui.inspect.describe.sheet import Sheet, words
from stsview.ui.inspect.json_tree import Tree
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans

_AMOUNTS = ("cpu", "memory", "ephemeral-storage", "pods")


def describe_node(sheet: Sheet, node: Tree, description: Description) -> None:
    spec, info = node.at("spec"), node.at("status", "nodeInfo")
    named = node.at("metadata", "labels")
    addresses = joint(f"{one.text('type')} {one.text('address')}" for one in node.items("status", "addresses"))
    sheet.facts(
        [
            (
                "scheduling",
                words("cordoned: no new pods", Role.WARNING) if spec.true("unschedulable") else words("open"),
            ),
            ("heard", _lease(sheet, description)),
            ("zone", words(named.text("topology.kubernetes.io/zone"), Role.BRIGHT)),
            ("region", words(named.text("topology.kubernetes.io/region"))),
            ("machine", words(named.text("node.kubernetes.io/instance-type"))),
            *life(sheet, node),
        ]
    )
    sheet.facts_below("taints", [_taint(sheet, one) for one in spec.items("taints")])
    conditions(sheet, node, heartbeats=True)
    _amounts(sheet, node.at("status"))
    attached = node.items("status", "volumesAttached")
    if attached:
        sheet.heading("volumes attached", words(str(len(attached)), Role.DIM))
        for one in attached:
            sheet.text(words(one.text("name")), 2)
    rest(
        sheet,
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


def _lease(sheet: Sheet, description: Description) -> Spans:
    """When its kubelet last said that it lives, by its lease."""
    if description.lease is None:
        return tuple(
            span for problem in description.unknown for span in (sign(Health.UNKNOWN), (f" {problem}", Role.TEXT))
        )
    return sheet.since(Tree(description.lease).time("spec", "renewTime"))


def _taint(sheet: Sheet, taint: Tree) -> Spans:
    value = f"={taint.text('value')}" if taint.text("value") else ""
    since = sheet.age(taint.time("timeAdded"))
    return (
        (f"{taint.text('key')}{value}", Role.WARNING),
        (f"  {taint.text('effect')}", Role.TEXT),
        *((("  since ", Role.DIM), *since) if since else ()),
    )


def _amounts(sheet: Sheet, status: Tree) -> None:
    names = [name for name, _ in status.pairs("capacity")]
    if not names:
        return
    known = [name for name in _AMOUNTS if name in names]
    sheet.heading("amounts")
    sheet.table(
        [
            (
                words(name, Role.BRIGHT),
                words(status.text("allocatable", name)),
                (("of ", Role.DIM), (status.text("capacity", name), Role.DIM)),
            )
            for name in [*known, *sorted(set(names) - set(known))]
        ]
    )

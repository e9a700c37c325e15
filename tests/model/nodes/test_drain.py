"""What a drain of a node would do to the members on it, and the order of several drains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.nodes.drain import Drained, DrainVerdict, DrainView
from stsview.model.nodes.reports import NodeReports
from stsview.model.settings import ModelSettings
from stsview.objects.budget import BudgetStatus, PodDisruptionBudget
from stsview.objects.kinds import BUDGETS, NODES, PODS, VOLUMES
from stsview.objects.meta import Key, Present
from stsview.objects.node import Node
from stsview.objects.pod import HostPathSource, Pod, Volume
from stsview.objects.volume import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, VolumeNodeAffinity
from tests.support.model.build import (
    around,
    at,
    claim,
    disruption_budget,
    node,
    pod,
    stateful_set,
    terminating,
    view_of,
    volume,
    without,
)

SAFE, WAITS, UNKNOWN, LOSES = (
    DrainVerdict.SAFE,
    DrainVerdict.WAITS,
    DrainVerdict.UNKNOWN,
    DrainVerdict.LOSES,
)
QUORUM = {"stsview.io/quorum": "majority"}


class Held:
    """The objects of one set, and all nodes."""

    settings = ModelSettings()

    def __init__(self, objects: SetObjects, nodes: Mapping[str, Node] | None) -> None:
        self.objects = objects
        self.nodes = nodes

    def objects_of(self, key: Key) -> SetObjects | None:
        return self.objects if key == self.objects.set.metadata.key else None

    def all_nodes(self) -> Mapping[str, Node] | None:
        return self.nodes


def reports(
    places: str = "112", *, ready: str = "111", annotations: Mapping[str, str] | None = None, **parts: Any
) -> NodeReports:
    """The set `web` with a pod on the node of each digit of `places`; node-9 has none."""
    nodes = {name: node(name) for name in ("node-1", "node-2", "node-3", "node-9")}
    listed = parts.pop("listed", True)
    nodes |= parts.pop("nodes", {})
    pods = parts.pop(
        "pods",
        [
            pod(ordinal, node=f"node-{place}", ready="True" if ready[ordinal] == "1" else "False")
            for ordinal, place in enumerate(places)
        ],
    )
    if parts.get("volumes"):
        names = [f"pv-data-{one.metadata.name}" for one in pods]
        parts["volumes"] = {name: volume(name) for name in names} | parts["volumes"]
    stateful = stateful_set(len(places), annotations=dict(annotations or {}))
    objects = around(stateful, pods, nodes=nodes, **parts)
    view = view_of(objects, 900, first_seen=0)
    found = NodeReports()
    found.update(Held(objects, nodes if listed else None), {view.key: view}, None)
    return found


def lines(drain: DrainView) -> dict[str, DrainVerdict]:
    return {line.text: line.verdict for line in drain.lines}


def budget(left: int, healthy: int = 3, **spec: Any) -> tuple[PodDisruptionBudget]:
    made = disruption_budget(left=left, **spec)
    status = BudgetStatus(1, left, current_healthy=healthy, desired_healthy=2, expected_pods=3)
    return (msgspec.structs.replace(made, status=status),)


def keeping(volume: Volume, **parts: Any) -> list[Pod]:
    """The pods, each with that volume too."""
    made = [pod(ordinal, node=f"node-{place}", **parts) for ordinal, place in enumerate("112")]
    return [
        msgspec.structs.replace(one, spec=msgspec.structs.replace(one.spec, volumes=(*one.spec.volumes, volume)))
        for one in made
    ]


def local(name: str, to: str) -> dict[str, Any]:
    held = volume(name)
    wanted = NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=(to,))
    terms = (NodeSelectorTerm(match_expressions=(wanted,)),)
    affinity = VolumeNodeAffinity(required=NodeSelector(node_selector_terms=terms))
    return {name: msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, node_affinity=affinity))}


PV = "pv-data-web-2"


@pytest.mark.parametrize(
    ("drained", "verdict", "text", "parts"),
    [
        ("node-2", SAFE, "2 of 3 members stay up, no budget: as in one step of a rollout", {}),
        ("node-1", UNKNOWN, "1 of 3 members stay up: whether that is enough is unknown, no budget or quorum", {}),
        ("node-1", LOSES, "1 of 3 members stay up, below the quorum of 2", {"annotations": QUORUM}),
        ("node-2", SAFE, "2 of 3 members stay up, quorum 2", {"annotations": QUORUM}),
        ("node-2", SAFE, "2 of 3 members stay up, budget web allows it", {"budgets": budget(1)}),
        (
            "node-1",
            SAFE,
            "budget web allows 1 at a time: web-0 and web-1 move in turn",
            {"budgets": budget(1), "annotations": QUORUM},
        ),
        (
            "node-1",
            LOSES,
            "1 of 3 members stay up, below the quorum of 2",
            {"budgets": budget(2), "annotations": QUORUM},
        ),
        (
            "node-1",
            WAITS,
            "budget web allows 0 (2 of 3 healthy, 2 needed): the drain waits for web-2",
            {"budgets": budget(0, 2), "ready": "110"},
        ),
        (
            "node-2",
            WAITS,
            "budget web allows 0 (3 of 3 healthy, 2 needed): the drain waits until the budget is changed",
            {"budgets": budget(0)},
        ),
        (
            "node-2",
            WAITS,
            "budget web allows 0 (1 of 3 healthy, 2 needed): the drain waits until more are",
            {"budgets": budget(0, 1)},
        ),
        (
            "node-1",
            SAFE,
            "web-0 and web-1: emptyDir tmp is deleted, as in every update",
            {"pods": keeping(Volume(name="tmp", empty_dir=Present()))},
        ),
        (
            "node-1",
            UNKNOWN,
            "web-0 and web-1: emptyDir data is deleted, and there is no PVC: whether that data is needed is unknown",
            {"pods": keeping(Volume(name="data", empty_dir=Present()), claims=())},
        ),
        (
            "node-2",
            UNKNOWN,
            "web-2: hostPath /mnt/ssd stays on the node: whether the replacement needs it is unknown",
            {"pods": keeping(Volume(name="ssd", host_path=HostPathSource(path="/mnt/ssd")))},
        ),
        (
            "node-2",
            WAITS,
            "several budgets select web-2: every eviction fails",
            {"budgets": (*budget(1), disruption_budget("other"))},
        ),
        ("node-2", SAFE, "2 of 3 members stay up: web-2 is down already", {"ready": "110", "budgets": budget(0, 2)}),
        ("node-2", UNKNOWN, "budget unknown: you may not list poddisruptionbudgets", {"coverage": without(BUDGETS)}),
        ("node-1", LOSES, "0 of 3 members stay up: the set is down until a replacement is Ready", {"places": "111"}),
        (
            "node-2",
            LOSES,
            "web-2: local volume, it stays Pending until node-2 is uncordoned",
            {"volumes": local(PV, "node-2")},
        ),
        (
            "node-2",
            LOSES,
            "web-2: its volume is only in zone-c, no other node there, it stays Pending",
            {"volumes": {PV: volume(PV, zone="zone-c")}, "nodes": {"node-2": node("node-2", zone="zone-c")}},
        ),
        (
            "node-2",
            LOSES,
            "web-2: its volume is only in zone-c, no other node there accepts it, it stays Pending",
            {
                "volumes": {PV: volume(PV, zone="zone-c")},
                "nodes": {
                    "node-2": node("node-2", zone="zone-c"),
                    "node-9": node("node-9", zone="zone-c", cordoned=True),
                },
            },
        ),
        (
            "node-2",
            UNKNOWN,
            "web-2: whether another node reaches its volume and accepts it is unknown, nodes cannot be listed",
            {"volumes": {PV: volume(PV, zone="zone-c")}, "listed": False},
        ),
        (
            "node-2",
            LOSES,
            "web-2: no other node accepts it (cordoned, not Ready, tainted, or not selected), it stays Pending",
            {"nodes": {name: node(name, cordoned=True) for name in ("node-1", "node-3", "node-9")}},
        ),
        (
            "node-1",
            WAITS,
            "node node-1 is unreachable: web-0 stays Terminating until the termination is confirmed",
            {"places": "123", "nodes": {"node-1": node("node-1", "Unknown")}},
        ),
        (
            "node-1",
            LOSES,
            "PVC data-web-0 is being deleted: it is removed when web-0 terminates; "
            "its volume pv-data-web-0 is deleted too (reclaim policy Delete)",
            {
                "places": "1",
                "claims": [claim("data-web-0", deletion_timestamp=at(1))],
            },
        ),
        (
            "node-1",
            WAITS,
            "web-0 has no controller: kubectl drain refuses without --force, and no pod replaces it",
            {"pods": [pod(0, owners=()), pod(1, node="node-2"), pod(2, node="node-2")]},
        ),
        (
            "node-1",
            UNKNOWN,
            "whether volume pv-data-web-0 of PVC data-web-0 still exists is unknown: "
            "you may not list persistentvolumes",
            {"places": "123", "volumes": {}, "coverage": without(VOLUMES)},
        ),
    ],
)
def test_each_fact_is_one_line_with_its_verdict(
    drained: str, verdict: DrainVerdict, text: str, parts: dict[str, Any]
) -> None:
    drain = reports(**parts).drain(drained)
    assert lines(drain).get(text) is verdict, [(line.verdict.label, line.text) for line in drain.lines]
    assert drain.verdict.rank >= verdict.rank
    assert [line.verdict.rank for line in drain.lines] == sorted((v.rank for v in lines(drain).values()), reverse=True)


def test_a_pod_that_is_not_ready_needs_no_budget_where_enough_others_are() -> None:
    assert reports(ready="110", budgets=budget(0, 2)).drain("node-2").verdict is SAFE
    assert reports(ready="110", budgets=budget(0, 1)).drain("node-2").verdict is WAITS
    always = budget(0, 1, unhealthy_pod_eviction_policy="AlwaysAllow")
    assert reports(ready="110", budgets=always).drain("node-2").verdict is SAFE
    ending = [pod(0), pod(1), terminating(2, asked=890, node="node-2")]
    assert reports(pods=ending, budgets=budget(0, 2)).drain("node-2").verdict is SAFE


def test_the_command_deletes_empty_dirs_only_where_a_member_has_one() -> None:
    scratch = keeping(Volume(name="tmp", empty_dir=Present()))
    found = reports(pods=[scratch[0], pod(1, node="node-1"), pod(2, node="node-2")])
    assert found.drain("node-1").command == "kubectl drain node-1 --ignore-daemonsets --delete-emptydir-data"
    assert found.drain("node-2").command == "kubectl drain node-2 --ignore-daemonsets"
    finished = msgspec.structs.replace(scratch[2], status=msgspec.structs.replace(scratch[2].status, phase="Failed"))
    found = reports(pods=[pod(0), pod(1), finished])
    assert found.drain("node-2").command == "kubectl drain node-2 --ignore-daemonsets"
    own = keeping(Volume(name="proc", host_path=HostPathSource(path="/proc")))
    assert not any("hostPath" in line for line in lines(reports(pods=own).drain("node-2")))


def test_nodes_without_members_are_last_and_lose_nothing() -> None:
    found = reports()
    assert list(found.rows) == ["node-1", "node-2", "node-3", "node-9"]
    assert found.drain("node-9").verdict is DrainVerdict.NOTHING
    assert [len(row.members) for row in found.rows.values()] == [2, 1, 0, 0]
    unlisted = reports(listed=False, coverage=without(NODES))
    assert list(unlisted.rows) == ["node-1", "node-2"]
    assert unlisted.drain("node-2").verdict is UNKNOWN


def test_pods_that_cannot_be_read_may_be_on_any_node() -> None:
    found = reports(pods=[], coverage=without(PODS))
    drain = found.drain("node-9")
    assert drain.verdict is UNKNOWN
    assert [line.text for line in drain.lines] == ["pods of default/web cannot be read: some may be here"]


def test_no_drain_is_safe_while_namespaces_are_not_watched() -> None:
    found = reports()
    assert found.drain("node-2").verdict is SAFE
    objects = around(stateful_set(1), [])
    found.update(Held(objects, {"node-2": node("node-2")}), {}, None, "data")
    assert found.drain("node-2").verdict is UNKNOWN
    assert lines(found.drain("node-2")) == {"members outside data are not known": UNKNOWN}


def test_a_change_of_a_set_moves_its_members() -> None:
    objects = around(stateful_set(1), [pod(0, node="node-1")])
    view, nodes = view_of(objects, 900, first_seen=0), {name: node(name) for name in ("node-1", "node-2")}
    found = NodeReports()
    found.update(Held(objects, nodes), {view.key: view}, None)
    source = Held(objects, nodes)
    found.update(source, {view.key: view}, None)
    assert found.drain("node-1").verdict is LOSES
    source.objects = around(stateful_set(1), [pod(0, node="node-2", uid="new")])
    moved = view_of(source.objects, 900, first_seen=0)
    found.update(source, {moved.key: moved}, {moved.key})
    assert {name: len(row.members) for name, row in found.rows.items()} == {"node-2": 1, "node-1": 0}
    assert (found.drain("node-1").verdict, found.drain("node-2").verdict) == (DrainVerdict.NOTHING, LOSES)
    found.update(source, {}, {moved.key})
    assert [row.members for row in found.rows.values()] == [(), ()]


def test_the_order_begins_with_what_is_safe_and_names_what_must_be_uncordoned() -> None:
    """Two nodes hold the only places of one volume: the second can be drained once the first is back."""
    nodes = {
        "node-1": node("node-1", zone="zone-b"),
        "node-2": node("node-2", zone="zone-c"),
        "node-3": node("node-3", zone="zone-c"),
    }
    found = reports("123", nodes=nodes, volumes={PV: volume(PV, zone="zone-c")}, annotations=QUORUM)
    order = found.order(["node-3", "node-2", "node-1"])
    assert [(step.drain.node, step.drain.verdict, step.uncordon_first) for step in order] == [
        ("node-2", SAFE, ()),
        ("node-1", SAFE, ()),
        ("node-3", SAFE, ("node-2", "node-1")),
    ]
    assert [step.safe for step in order] == [True, True, False]
    (alone,) = found.order(["node-3"])
    assert alone.safe


def test_members_that_cannot_start_elsewhere_count_as_down_in_later_drains() -> None:
    found = reports("123", volumes=local(PV, "node-3"), annotations=QUORUM)
    order = found.order(["node-3", "node-1"])
    assert [(step.drain.node, step.drain.verdict) for step in order] == [("node-1", SAFE), ("node-3", LOSES)]
    both = reports("123", volumes=local("pv-data-web-0", "node-1") | local(PV, "node-3"), annotations=QUORUM)
    first, second = (step.drain for step in both.order(["node-3", "node-1"]))
    assert (first.verdict, second.verdict) == (LOSES, LOSES)
    after = both.drain("node-1", Drained(("node-3", "node-1"), ((Key("default", "web"), "web-2"),)))
    assert "1 of 3 members stay up, below the quorum of 2" in lines(after)
    guarded = reports("123", volumes=local(PV, "node-3"), budgets=budget(1))
    after = guarded.drain("node-1", Drained(("node-3",), ((Key("default", "web"), "web-2"),)))
    assert lines(after)["budget web allows 0 (2 of 3 healthy, 2 needed): the drain waits for web-2"] is WAITS

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
import pytest

from stsview.model.cache.coverage import Coverage
from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.timing.sightings import Token
from stsview.model.views import NodeView, Severity
from stsview.objects.kinds import NODES
from stsview.objects.node import Node
from tests.support.model.build import around, at, condition, look, node, pod, row, stateful_set, without
from tests.support.triage.judge import judged

ZONE = "topology.kubernetes.io/zone"


def seen(held: Node | None) -> NodeView:
    nodes = {held.metadata.name: held} if held else {}
    return row(look(stateful_set(1), [pod(0)], 90, first_seen=0, nodes=nodes), 0).node_state


@pytest.mark.parametrize(
    ("held", "word", "health", "well"),
    [
        (node(), "Ready", Health.READY, True),
        (node(cordoned=True), "cordoned", Health.NEUTRAL, True),
        (node(ready="False", reason="KubeletNotReady"), "not Ready", Health.WARNING, False),
        (node(ready="Unknown"), "silent", Health.WARNING, False),
        (node(ready="Unknown", cordoned=True), "silent", Health.WARNING, False),
        (node(ready=""), "not Ready", Health.WARNING, False),
        (None, "missing", Health.DEGRADED, False),
    ],
)
def test_the_status_of_a_node(held: Node | None, word: str, health: Health, well: bool) -> None:
    view = seen(held)
    assert (view.name, view.status, view.health, view.well) == ("node-1", word, health, well)


@pytest.mark.parametrize("held", [node(ready="False"), node(ready="Unknown"), node(ready=""), None])
def test_a_pod_on_a_lost_node_is_never_ready_nor_its_set_healthy(held: Node | None) -> None:
    """Although the pod itself and the counters of the controller say Ready."""
    nodes = {"node-1": held} if held else {}
    view = judged(around(stateful_set(1), [pod(0)], nodes=nodes), 90, first_seen=0)
    member = row(view, 0)
    assert member.state.health is Health.WARNING
    assert (member.ready, member.available, view.ready, view.available) == (False, False, 0, 0)
    assert view.severity is Severity.AT_RISK
    assert "node-1" in view.why.headline


def awaited_at(now: float, *, first_seen: float, bound: float = 0, known: bool = False) -> NodeView:
    """The view at `now` of a node that is not held, with a pod bound to it at `bound`."""
    made = pod(0)
    scheduled = condition("PodScheduled", "True", bound)
    conditions = (scheduled, *(c for c in made.status.conditions if c.type != "PodScheduled"))
    made = msgspec.structs.replace(made, status=msgspec.structs.replace(made.status, conditions=conditions))
    settings, stateful = ModelSettings(), stateful_set(1)
    kept: Mapping[Token, datetime] = {}
    if known:
        kept = derive(around(stateful, [made]), {}, at(first_seen), at(first_seen), settings)[1]
    gone = around(stateful, [made], nodes={})
    kept = derive(gone, kept, at(first_seen), at(first_seen), settings)[1]
    return row(derive(gone, kept, at(now), at(now), settings)[0], 0).node_state


def test_a_node_never_seen_may_still_arrive() -> None:
    """Nodes and pods arrive on two streams; the scheduler binds only to existing nodes."""
    waited_for = awaited_at(609, first_seen=600)
    assert (waited_for.status, waited_for.health, waited_for.detail) == ("unknown", Health.UNKNOWN, "not seen yet")
    assert awaited_at(610, first_seen=600).status == "missing"


def test_after_a_recent_binding_the_stream_of_nodes_may_lag_longer() -> None:
    assert awaited_at(674, first_seen=600, bound=600).status == "unknown"
    assert awaited_at(675, first_seen=600, bound=600).status == "missing"


def test_a_deleted_node_is_missing_at_once() -> None:
    assert awaited_at(600, first_seen=600, bound=599, known=True).status == "missing"


def test_the_view_changes_when_the_grace_time_of_a_node_ends() -> None:
    view = look(stateful_set(1), [pod(0)], 600, nodes={})
    assert view.next_change == at(610)
    assert view.severity is Severity.UNKNOWN


def test_a_pod_whose_node_may_be_gone_is_not_drawn_as_healthy() -> None:
    """At the first look too, although the pod says Ready: unknown is shown as unknown."""
    view = look(stateful_set(1), [pod(0)], 600, nodes={})
    assert (row(view, 0).state.label, row(view, 0).state.health) == ("Ready", Health.UNKNOWN)
    assert view.why.headline == "web-0: node node-1 unknown"
    starting = look(stateful_set(1), [pod(0, ready="False")], 600, nodes={})
    assert row(starting, 0).state.health is not Health.UNKNOWN, "its node may have been added with it"


def test_since_when_and_why() -> None:
    view = seen(node(ready="False", reason="KubeletNotReady", since=9))
    assert (view.since, view.detail) == (at(9), "KubeletNotReady")
    assert seen(node(ready="Unknown", taints=["node.kubernetes.io/out-of-service"])).detail == "tainted out-of-service"


def test_the_zone_is_the_nodes_else_the_pods() -> None:
    assert seen(node(zone="zone-a")).zone == "zone-a"
    labelled = pod(0, labels={"app": "web", ZONE: "zone-p"})
    for held, zone in ((node(zone="zone-a"), "zone-a"), (node(zone=""), "zone-p"), (None, "zone-p")):
        nodes = {"node-1": held} if held else {}
        view = row(look(stateful_set(1), [labelled], 90, first_seen=0, nodes=nodes), 0).node_state
        assert view.zone == zone


def test_a_pod_without_a_node_has_none() -> None:
    view = look(stateful_set(2), [pod(0, node="", phase="Pending", containers=())])
    assert row(view, 0).node_state == row(view, 1).node_state == NodeView()


@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.ABSENT, Coverage.LOADING])
def test_only_unreadable_nodes_are_unknown(coverage: Coverage) -> None:
    view = look(stateful_set(1), [pod(0)], nodes={}, coverage=without(NODES, coverage=coverage))
    state = row(view, 0).node_state
    assert (state.status, state.health, state.detail) == ("unknown", Health.UNKNOWN, "you may not list nodes")
    assert view.severity is Severity.HEALTHY
    assert view.unknown == ()


def test_the_age_of_a_missing_node_is_known_only_if_it_was_seen() -> None:
    there = around(stateful_set(1), [pod(0)], nodes={"node-1": node()})
    gone = around(stateful_set(1), [pod(0)], nodes={})
    kept = derive(there, {}, at(1), at(1), ModelSettings())[1]
    first, kept = derive(gone, kept, at(5), at(5), ModelSettings())
    later, _ = derive(gone, kept, at(9), at(9), ModelSettings())
    assert row(first, 0).node_state.since == row(later, 0).node_state.since == at(5)
    assert row(look(stateful_set(1), [pod(0)], 90, first_seen=0, nodes={}), 0).node_state.since is None

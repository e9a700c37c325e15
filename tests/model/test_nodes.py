from __future__ import annotations

import pytest

from stsview.model.coverage import Coverage
from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.views import NodeView, Severity, Tone
from stsview.objects.kinds import NODES
from stsview.objects.node import Node
from tests.model.build import around, at, look, node, pod, row, stateful_set, without

ZONE = "topology.kubernetes.io/zone"


def seen(held: Node | None) -> NodeView:
    return row(look(stateful_set(1), [pod(0)], nodes={held.metadata.name: held} if held else {}), 0).node_state


@pytest.mark.parametrize(
    ("held", "word", "tone", "well"),
    [
        (node(), "Ready", Tone.READY, True),
        (node(cordoned=True), "cordoned", Tone.QUIET, True),
        (node(ready="False", reason="KubeletNotReady"), "not Ready", Tone.WARNING, False),
        (node(ready="Unknown"), "silent", Tone.WARNING, False),
        (node(ready="Unknown", cordoned=True), "silent", Tone.WARNING, False),
        (node(ready=""), "not Ready", Tone.WARNING, False),
        (None, "missing", Tone.BROKEN, False),
    ],
)
def test_the_word_for_a_node(held: Node | None, word: str, tone: Tone, well: bool) -> None:
    view = seen(held)
    assert (view.name, view.word, view.tone, view.well) == ("node-1", word, tone, well)


def test_since_when_and_why() -> None:
    view = seen(node(ready="False", reason="KubeletNotReady", since=9))
    assert (view.since, view.detail) == (at(9), "KubeletNotReady")
    assert (
        seen(node(ready="Unknown", taints=["node.kubernetes.io/out-of-service"])).detail == "marked as out of service"
    )


def test_the_zone_is_the_nodes_else_the_pods() -> None:
    assert seen(node(zone="zone-a")).zone == "zone-a"
    labelled = pod(0, labels={"app": "web", ZONE: "zone-p"})
    for held, zone in ((node(zone="zone-a"), "zone-a"), (node(zone=""), "zone-p"), (None, "zone-p")):
        view = row(look(stateful_set(1), [labelled], nodes={"node-1": held} if held else {}), 0).node_state
        assert view.zone == zone


def test_a_pod_without_a_node_has_none() -> None:
    view = look(stateful_set(2), [pod(0, node="", phase="Pending", containers=())])
    assert row(view, 0).node_state == row(view, 1).node_state == NodeView()


@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.ABSENT, Coverage.LOADING])
def test_nodes_that_cannot_be_read_are_unknown_and_nothing_else_is(coverage: Coverage) -> None:
    view = look(stateful_set(1), [pod(0)], coverage=without(NODES, coverage=coverage))
    state = row(view, 0).node_state
    assert (state.word, state.tone, state.detail) == ("unknown", Tone.UNKNOWN, "you may not list nodes")
    assert view.severity is Severity.HEALTHY
    assert view.unknown == ()


def test_since_when_a_node_is_gone_is_told_only_where_it_was_seen() -> None:
    there = around(stateful_set(1), [pod(0)], nodes={"node-1": node()})
    gone = around(stateful_set(1), [pod(0)])
    kept = derive(there, {}, at(1), at(1), ModelSettings())[1]
    first, kept = derive(gone, kept, at(5), at(5), ModelSettings())
    later, _ = derive(gone, kept, at(9), at(9), ModelSettings())
    assert row(first, 0).node_state.since == row(later, 0).node_state.since == at(5)
    assert row(look(stateful_set(1), [pod(0)]), 0).node_state.since is None

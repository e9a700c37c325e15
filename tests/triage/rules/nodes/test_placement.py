"""Rule about pods that cannot be scheduled to their volumes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Certainty, Danger
from stsview.objects.kinds import VOLUMES
from stsview.objects.pod import Pod
from stsview.objects.volume import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, VolumeNodeAffinity
from stsview.triage.rules.nodes.placement import volume_out_of_reach
from tests.support.model.build import around, at, claim, pod, stateful_set, volume, without
from tests.support.triage.claims import unscheduled
from tests.support.triage.judge import found, judged

OLD_WORDS = "1 Insufficient cpu, 2 node(s) had volume node affinity conflict."
NEW_WORDS = "3 node(s) didn't match PersistentVolume's node affinity. preemption: not helpful."
PV = "pv-data-web-0"


def disk_of(name: str) -> Any:
    wanted = NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=(name,))
    terms = (NodeSelectorTerm(match_expressions=(wanted,)),)
    held = volume(PV)
    affinity = VolumeNodeAffinity(required=NodeSelector(node_selector_terms=terms))
    return replace(held, spec=replace(held.spec, node_affinity=affinity))


@pytest.mark.parametrize("words", [OLD_WORDS, NEW_WORDS])
@pytest.mark.parametrize(
    ("parts", "headline"),
    [
        (
            {"volumes": {PV: volume(PV, zone="zone-c")}},
            "web-0: unschedulable: its volume is only reachable from zone-c, and no node there accepts the pod",
        ),
        (
            {"volumes": {PV: disk_of("node-9")}},
            "web-0: unschedulable: its volume is only reachable from node-9, and no node there accepts the pod",
        ),
        (
            {"volumes": {}, "coverage": without(VOLUMES)},
            "web-0: unschedulable: no node that reaches its volume accepts the pod",
        ),
    ],
)
def test_a_pod_whose_volume_is_out_of_reach(words: str, parts: dict[str, Any], headline: str) -> None:
    objects = around(stateful_set(1), [unscheduled(0, words)], **parts)
    (finding,) = found(volume_out_of_reach, objects)
    assert (finding.headline, finding.certainty, finding.since) == (headline, Certainty.LIKELY, at(0))
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.LOSS]
    assert finding.remedies[-1].command == (
        "kubectl -n default delete pvc data-web-0 --wait=false && kubectl -n default delete pod web-0"
    )
    assert judged(objects).why.headline == headline


@pytest.mark.parametrize("member", [unscheduled(0, "3 Insufficient cpu."), pod(0)])
def test_a_pod_that_is_unschedulable_for_other_reasons(member: Pod) -> None:
    assert found(volume_out_of_reach, around(stateful_set(1), [member])) == ()


def test_a_topology_spread_constraint_that_excludes_the_nodes_of_the_volume() -> None:
    spread = "2 node(s) didn't match pod topology spread constraints"
    words = f"{spread}, 1 Insufficient cpu, 2 node(s) had volume node affinity conflict. preemption: not helpful."
    objects = around(stateful_set(1), [unscheduled(0, words)], volumes={PV: volume(PV, zone="zone-c")})
    (finding,) = found(volume_out_of_reach, objects)
    assert finding.headline.endswith(f"only reachable from zone-c, and no node there accepts the pod: {spread}")
    texts = [one.text for one in finding.remedies]
    assert "relax the topology spread constraints in the template" in texts
    assert "then delete web-0: a template change alone won't replace it" in texts


def test_a_limit_of_volumes_stands_beside_the_zone() -> None:
    limit = "1 node(s) exceed max volume count"
    words = f"{limit}, 2 node(s) had volume node affinity conflict. preemption: not helpful."
    objects = around(stateful_set(1), [unscheduled(0, words)], volumes={PV: volume(PV, zone="zone-c")})
    (finding,) = found(volume_out_of_reach, objects)
    assert finding.headline.endswith(f"only reachable from zone-c, and no node there accepts the pod: {limit}")


def test_a_taint_that_the_scheduler_names_is_named() -> None:
    words = "1 node(s) had untolerated taint {a: b}, 2 node(s) had volume node affinity conflict."
    objects = around(stateful_set(1), [unscheduled(0, words)], volumes={PV: volume(PV, zone="zone-c")})
    (finding,) = found(volume_out_of_reach, objects)
    assert any("some node has taint {a: b}" in one.text for one in finding.remedies)


def test_a_volume_that_does_not_exist_yet_is_not_out_of_reach() -> None:
    claims = [claim("data-web-0", phase="Pending")]
    assert not found(volume_out_of_reach, around(stateful_set(1), [unscheduled(0, OLD_WORDS)], claims=claims))

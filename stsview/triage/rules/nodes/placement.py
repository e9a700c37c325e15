"""Pods that cannot go where their volumes are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.ordinals.rows import Row
from stsview.model.states import Health
from stsview.model.views import ClaimView
from stsview.objects.volume import PersistentVolume
from stsview.triage.rule import Rule, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.pod_groups import condition_evidence, wait_consequence

_AFFINITY = re.compile(r"volume node affinity conflict|PersistentVolume's node affinity", re.IGNORECASE)
"""pkg/scheduler/framework/plugins/volumebinding, ErrReasonNodeConflict; the second wording is the newer one."""


@rule(
    level=Level.ERROR,
    title="No node that reaches the pod's volume can take it",
    meaning="The volume can only be reached from some nodes: those of one zone, or the one node that has the disk. "
    "None of these is there, or has room, and the data does not move elsewhere by itself.",
    remedy="Bring a node back there, or make room on one. A local disk that is gone for good is gone with its data: "
    "then the member is made anew from the others, on a new claim.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity; "
    "pkg/scheduler/framework/plugins/volumebinding",
    reaches=Reaches.ORDINALS,
)
def volume_out_of_reach(case: RuleInput) -> Iterator[Finding]:
    for row in case.down:
        pod = row.slot.pod
        held = pod.condition("PodScheduled") if pod is not None else None
        if (
            pod is None
            or held is None
            or pod.spec.node_name
            or row.terminating
            or row.state.health is not Health.DEGRADED
        ):
            continue
        if held.status != "False" or not _AFFINITY.search(held.message):
            continue
        views = [view for view in case.facts.claims.get(row.name, ()) if view.volume]
        confined = [(view, where) for view in views if (where := _where(case, view))]
        places = sorted({place for _, where in confined for place in where})
        yield volume_out_of_reach.finding(
            row_ref(case, row),
            f"{row.name}: no node takes it in {listed(places)}, where alone its volume can be reached"
            if places
            else f"{row.name}: no node that reaches its volume takes it",
            held.last_transition_time,
            (
                condition_evidence(pod, "PodScheduled"),
                *(
                    Evidence(f"PersistentVolume {view.volume}", "spec.nodeAffinity", listed(where))
                    for view, where in confined
                ),
            ),
            _remedies(case, row, places, [view for view, _ in confined] or views),
            ordinals=(row.ordinal,),
            so=wait_consequence(case, [row]),
            certainty=Certainty.LIKELY,
        )


def _where(case: RuleInput, view: ClaimView) -> tuple[str, ...]:
    """The zones or nodes that a volume is confined to; empty where nothing tells."""
    if view.volume_state.zones:
        return tuple(one_line(zone) for zone in view.volume_state.zones)
    volume = case.facts.objects.volumes.get(view.volume)
    return _nodes(volume) if volume is not None else ()


def _nodes(volume: PersistentVolume) -> tuple[str, ...]:
    terms = volume.spec.node_affinity.required.node_selector_terms
    wanted = (one for term in terms for one in term.match_expressions if one.operator == "In")
    return tuple(sorted({one_line(value) for one in wanted for value in one.values}))


def _remedies(case: RuleInput, row: Row, places: list[str], views: list[ClaimView]) -> Iterator[Remedy]:
    there = listed(places) or "the place of its volume"
    yield Remedy(
        f"see which nodes there are in {there}, and whether one is cordoned or full",
        Danger.READ_ONLY,
        command=kubectl_cluster("get", "nodes", "-L", "topology.kubernetes.io/zone"),
    )
    yield Remedy(f"bring a node back in {there}, or make room on one: the pod starts by itself", Danger.REVERSIBLE)
    claims = list(dict.fromkeys(view.name for view in views))
    if claims:
        yield Remedy(
            f"only if the volume is gone for good and the other members hold all of its data: delete {listed(claims)} "
            f"and then {row.name}, which starts empty",
            Danger.LOSS,
            command=kubectl(case, "delete", "pvc", *claims, "--wait=false"),
        )


RULES: tuple[Rule, ...] = (volume_out_of_reach,)

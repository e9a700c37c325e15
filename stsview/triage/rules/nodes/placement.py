"""Pods that cannot be scheduled to a node that reaches their volume."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.ordinals.rows import Row
from stsview.model.pods.scheduling import without_preemption
from stsview.model.states import Health
from stsview.model.views import ClaimView
from stsview.objects.volume import PersistentVolume
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.pod_groups import condition_evidence, wait_consequence
from stsview.triage.support.template_remedies import template_fixes

_AFFINITY = re.compile(r"volume node affinity conflict|PersistentVolume's node affinity", re.IGNORECASE)
"""pkg/scheduler/framework/plugins/volumebinding, ErrReasonNodeConflict; the second wording is the newer one."""


_AFTER = re.compile(r"topology spread|pod (?:anti-)?affinity|pods anti-affinity|exceed max volume count")
"""Reasons that the scheduler looks for only on nodes that reach the volume: it stops at the first reason of each node,
and these plugins come after VolumeBinding (pkg/scheduler/apis/config/v1, default plugins). The limit of volumes comes
before it, and is named since no other node helps."""

_TAINT = re.compile(r"untolerated (taint \{[^}]+\})")
"""A reason that comes before VolumeBinding: such a node may be one that reaches the volume."""


@rule(
    level=Level.ERROR,
    title="No node that reaches the volume accepts the pod",
    meaning="The volume is only reachable from some nodes: those of one zone, or the one node with the disk. None of "
    "them is available or has room, and the data does not move by itself.",
    remedy="Bring such a node back or free room on one. If a local disk is lost for good, so is its data: delete the "
    "PVC and let the member start empty and resync from the others.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity; "
    "pkg/scheduler/framework/plugins/volumebinding",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def volume_out_of_reach(case: RuleInput) -> Iterator[Finding]:
    for row in case.down:
        pod = row.slot.pod
        scheduled = pod.condition("PodScheduled") if pod is not None else None
        if (
            pod is None
            or scheduled is None
            or pod.spec.node_name
            or row.terminating
            or row.state.health is not Health.DEGRADED
        ):
            continue
        if scheduled.status != "False" or not _AFFINITY.search(scheduled.message):
            continue
        claims = case.facts.claims.get(row.name, ())
        views = [view for view in claims if view.volume]
        if claims and not views:
            continue  # no volume yet: the rules about provisioning explain it
        other = _other_reasons(scheduled.message)
        confined = [(view, reachable) for view in views if (reachable := _reachable_from(case, view))]
        places = sorted({place for _, reachable in confined for place in reachable})
        yield volume_out_of_reach.finding(
            row_ref(case, row),
            f"{row.name}: unschedulable: its volume is only reachable from {listed(places)}, and no node there accepts "
            f"the pod{other}"
            if places
            else f"{row.name}: unschedulable: no node that reaches its volume accepts the pod{other}",
            scheduled.last_transition_time,
            (
                condition_evidence(pod, "PodScheduled"),
                *(
                    Evidence(f"PersistentVolume {view.volume}", "spec.nodeAffinity", listed(reachable))
                    for view, reachable in confined
                ),
            ),
            _remedies(case, row, places, [view for view, _ in confined] or views),
            ordinals=(row.ordinal,),
            so=wait_consequence(case, [row]),
            certainty=Certainty.LIKELY,
        )


def _reachable_from(case: RuleInput, view: ClaimView) -> tuple[str, ...]:
    """The zones or nodes that a volume is confined to; empty if unknown."""
    if view.volume_state.zones:
        return tuple(one_line(zone) for zone in view.volume_state.zones)
    volume = case.facts.objects.volumes.get(view.volume)
    return _nodes(volume) if volume is not None else ()


def _nodes(volume: PersistentVolume) -> tuple[str, ...]:
    terms = volume.spec.node_affinity.required.node_selector_terms
    required = (one for term in terms for one in term.match_expressions if one.operator == "In")
    return tuple(sorted({one_line(value) for one in required for value in one.values}))


def _other_reasons(message: str) -> str:
    """Why the nodes that reach the volume do not accept the pod, where the scheduler's message tells."""
    verdict = without_preemption(message).partition(" nodes are available: ")[2].rstrip(".")
    parts = [part for part in verdict.split(", ") if _AFTER.search(part)]
    return f": {', '.join(parts)}" if parts else ""


def _remedies(case: RuleInput, row: Row, places: list[str], views: list[ClaimView]) -> Iterator[Remedy]:
    there = listed(places) or "reach of its volume"
    yield Remedy(
        f"check which nodes are in {there}, and whether they are cordoned or full",
        Danger.READ_ONLY,
        command=kubectl_cluster("get", "nodes", "-L", "topology.kubernetes.io/zone"),
    )
    scheduled = row.slot.pod.condition("PodScheduled") if row.slot.pod is not None else None
    taints = _TAINT.findall(scheduled.message) if scheduled is not None else []
    hint = f" (some node has {listed(taints)})" if taints else ""
    yield Remedy(
        f"bring back a node in {there} or make one there usable{hint}: {row.name} then starts", Danger.REVERSIBLE
    )
    if scheduled is not None and "topology spread" in scheduled.message:
        yield from template_fixes(case, row, "relax the topology spread constraints in the template")
    claims = list(dict.fromkeys(view.name for view in views))
    if claims:
        yield Remedy(
            f"only if the volume is lost for good and the other members hold all data: delete {listed(claims)}, then "
            f"{row.name}, which starts empty",
            Danger.LOSS,
            # The claim stays, Terminating, as long as the pod uses it.
            command=" && ".join(
                (kubectl(case, "delete", "pvc", *claims, "--wait=false"), kubectl(case, "delete", "pod", row.name))
            ),
        )


RULES: tuple[Rule, ...] = (volume_out_of_reach,)

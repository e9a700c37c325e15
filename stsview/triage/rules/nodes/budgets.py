"""PodDisruptionBudgets that block a drain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.explain.set_facts import Facts
from stsview.model.finding import Danger, Evidence, Finding, Level, Ref, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.related.budgets import guards_of
from stsview.model.states import NodeStatus
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.triage.rule import Situation, kubectl, rule, set_ref

_CORDONED = "node.kubernetes.io/unschedulable"

_DRAIN = "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/"

_EVICTION = "pkg/registry/core/pod/storage/eviction.go"


@rule(
    level=Level.WARNING,
    title="PodDisruptionBudget blocks a drain",
    meaning="The node is cordoned, as before a drain, and the PodDisruptionBudget allows no eviction from it: a drain "
    "waits until it does. Deleting a pod, scaling and rollouts ignore budgets.",
    remedy="Bring the members that are down back. If the budget never allows a disruption, loosen it while the node is "
    "drained.",
    danger=Danger.DISRUPTIVE,
    source=f"{_DRAIN}; {_EVICTION}",
    needs=Situation.CORDONED_NODE,
)
def drain_blocked(case: RuleInput) -> Iterator[Finding]:
    refused: dict[tuple[str, str], list[Row]] = {}
    over: dict[str, PodDisruptionBudget] = {}
    for row, budgets in _guarded(case):
        if len(budgets) == 1 and _refuses(budgets[0], row):
            over[budgets[0].metadata.name] = budgets[0]
            refused.setdefault((row.node.name, budgets[0].metadata.name), []).append(row)
    for (node, name), rows in refused.items():
        since = _refused_since(over[name], node, case.facts)
        if case.facts.overdue(since, case.facts.settings.drain_grace):
            yield _blocked(case, rows, over[name], since)


def _blocked(case: RuleInput, rows: Sequence[Row], budget: PodDisruptionBudget, since: datetime) -> Finding:
    name, status, node = budget.metadata.name, budget.status, rows[0].node.name
    never = _never(budget)
    down = [] if never else [one for one in case.facts.rows.expected if not one.serving]
    why = f"PDB {name} never allows a disruption" if never else f"PDB {name} allows no disruption"
    if down:
        why += f" while {listed([one.name for one in down])} {'is' if len(down) == 1 else 'are'} down"
    about = f"PodDisruptionBudget {name}"
    return drain_blocked.finding(
        Ref("PodDisruptionBudget", budget.metadata.namespace, name, budget.metadata.uid),
        f"{listed([row.name for row in rows])}: cannot be evicted from node {node}: {why}",
        since,
        (
            Evidence(f"Node {node}", "spec.unschedulable", "true"),
            Evidence(about, "status.disruptionsAllowed", str(status.disruptions_allowed)),
            Evidence(about, "status.currentHealthy", str(status.current_healthy)),
            Evidence(about, "status.desiredHealthy", str(status.desired_healthy)),
            Evidence(about, "status.expectedPods", str(status.expected_pods)),
        ),
        _remedies(case, rows[0], budget, down),
        ordinals=[one.ordinal for one in (*rows, *down)],
        so=f"a drain of {node} waits for the PDB",
    )


@rule(
    level=Level.WARNING,
    title="Two PodDisruptionBudgets select the same pod",
    meaning="If more than one PodDisruptionBudget selects a pod, every eviction of it fails with an error, whatever "
    "the budgets allow: a drain of its node never finishes.",
    remedy="Keep only one budget that selects the pods.",
    danger=Danger.REVERSIBLE,
    source=_EVICTION,
    needs=Situation.CORDONED_NODE,
)
def drain_impossible(case: RuleInput) -> Iterator[Finding]:
    found: dict[tuple[str, ...], list[Row]] = {}
    for row, budgets in _guarded(case):
        if len(budgets) > 1:
            found.setdefault(tuple(one.metadata.name for one in budgets), []).append(row)
    for names, rows in found.items():
        pods = [row.name for row in rows]
        show = kubectl(case, "get", "poddisruptionbudgets", *names, "-o", "yaml")
        yield drain_impossible.finding(
            set_ref(case),
            f"{listed(pods)}: cannot be evicted from a cordoned node: PDBs {listed(names)} select the same "
            f"{'pod' if len(pods) == 1 else 'pods'}",
            None,
            (
                *(Evidence(f"Node {row.node.name}", "spec.unschedulable", "true") for row in rows),
                *(Evidence(f"PodDisruptionBudget {name}", "spec.selector", f"selects {pods[0]}") for name in names),
            ),
            (
                Remedy(f"check what PDBs {listed(names)} are for", Danger.READ_ONLY, command=show),
                Remedy(f"keep only one PDB that selects {listed(pods)}", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so="every eviction fails, whatever the PDBs allow",
        )


def _guarded(case: RuleInput) -> Iterator[tuple[Row, Sequence[PodDisruptionBudget]]]:
    """The pods on cordoned nodes, each with the budgets that select it.

    Terminating pods are left out.
    """
    rows = case.facts.rows.owned
    there = [
        row
        for row in rows
        if row.node.status is NodeStatus.CORDONED and row.slot.pod is not None and not row.terminating
    ]
    if not there or not case.facts.objects.complete(BUDGETS):
        return
    guards = guards_of((row.slot.pod for row in there if row.slot.pod is not None), case.facts.objects)
    for row in there:
        yield row, guards[row.name]


def _refuses(budget: PodDisruptionBudget, row: Row) -> bool:
    """Whether the eviction API rejects the row's pod now.

    Pods that do not run are never protected. Pods that are not Ready may be evicted if the budget is met without them
    or its unhealthyPodEvictionPolicy is AlwaysAllow (KEP-3017).
    """
    status = budget.status
    counted = status.observed_generation >= budget.metadata.generation and status.expected_pods > 0
    if not counted or status.disruptions_allowed > 0 or row.slot.pod is None or row.slot.pod.status.phase != "Running":
        return False
    if row.ready:
        return True
    met = status.current_healthy >= status.desired_healthy > 0
    return budget.spec.unhealthy_pod_eviction_policy != "AlwaysAllow" and not met


def _refused_since(budget: PodDisruptionBudget, node: str, facts: Facts) -> datetime:
    """When the node was cordoned and the budget exhausted, both.

    While pods are evicted one after the other the budget is exhausted most of the time, but never for long.
    """
    found = facts.objects.nodes.get(node)
    taints = found.spec.taints if found is not None else ()
    cordoned = next((one.time_added for one in taints if one.key == _CORDONED), None)
    conditions = (one for one in budget.status.conditions if one.type == "DisruptionAllowed" and one.status == "False")
    used_up = next((one.last_transition_time for one in conditions), None)
    seen = facts.sightings.since("refused", node, budget.metadata.name)
    if cordoned is not None and _never(budget):
        return cordoned
    return seen if cordoned is None or used_up is None else max(cordoned, used_up)


def _never(budget: PodDisruptionBudget) -> bool:
    """Whether it allows no disruption even when all its pods are healthy."""
    return budget.status.desired_healthy >= budget.status.expected_pods


def _remedies(case: RuleInput, row: Row, budget: PodDisruptionBudget, down: Sequence[Row]) -> Iterator[Remedy]:
    name = budget.metadata.name
    if down:
        names = listed([one.name for one in down])
        yield Remedy(f"bring {names} back: the drain then continues", Danger.READ_ONLY)
        if not row.ready:
            patch = '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}'
            allow = kubectl(case, "patch", "poddisruptionbudget", name, "--type=merge", "-p", patch)
            yield Remedy(
                f"let PDB {name} allow the eviction of pods that are not Ready", Danger.REVERSIBLE, command=allow
            )
    else:
        command = kubectl(case, "describe", "poddisruptionbudget", name)
        yield Remedy(f"check what PDB {name} counts", Danger.READ_ONLY, command=command)
        yield Remedy(f"loosen PDB {name} while the node is drained", Danger.REVERSIBLE)
    yield Remedy(
        f"delete {row.name} if the other members can do without it: a deletion ignores PDBs",
        Danger.DISRUPTIVE,
        ActionId.DELETE_POD,
        kubectl(case, "delete", "pod", row.name),
        row.name,
    )


RULES = (drain_blocked, drain_impossible)

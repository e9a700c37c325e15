"""Checks before an ordered restart, one function each."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.intents import OrderedRestart, RemovalMethod
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.actions.operations.ordered_restart.preconditions import (
    below_quorum,
    others_unavailable,
    rollout_in_progress,
)
from stsview.actions.operations.ordered_restart.sequence import Sequence, has_label
from stsview.actions.plan import Check, PodStep, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.names import listed, short_revision
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, Place
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS, PODS


def seen(fresh: FreshState, intent: OrderedRestart) -> Check:
    update, name = fresh.view.rollout.update, fresh.view.name
    if not update:
        return Check("seen", Result.UNKNOWN, "the controller has not reported an update revision yet", required=True)
    if update == intent.seen_revision:
        return Check("seen", Result.PASS, f"update revision unchanged: {short_revision(update, name)}")
    shown = short_revision(intent.seen_revision, name) or "none"
    what = "the earlier restart used" if intent.continues else "you saw"
    return Check("seen", Result.FAIL, f"the update revision is {short_revision(update, name)} now; {what} {shown}")


def ordinals(fresh: FreshState, intent: OrderedRestart, chosen: Sequence) -> Check:
    if why := fresh.unread(PODS):
        return Check("ordinals", Result.UNKNOWN, f"cannot read the pods: {why}", required=True)
    if chosen.fault:
        return Check("ordinals", Result.FAIL, chosen.fault)
    words = f"restarts {len(chosen.pod_steps)} of {fresh.view.replicas} {'pod' if fresh.view.replicas == 1 else 'pods'}"
    if intent.last and not any(has_label(fresh, pod_step.pod, intent.last) for pod_step in chosen.pod_steps):
        return Check("ordinals", Result.WARN, f"{words}; none has the label {intent.last}")
    return Check("ordinals", Result.PASS, words)


def rollout(fresh: FreshState) -> Check:
    """A rollout in progress would remove a second pod at the same time."""
    if why := rollout_in_progress(fresh.view):
        return Check("rollout", Result.FAIL, f"{why}: wait until it is complete")
    return Check("rollout", Result.PASS, "no rollout in progress")


def others(fresh: FreshState, pod_steps: tuple[PodStep, ...]) -> Check:
    if why := fresh.unread(PODS):
        return Check("others", Result.UNKNOWN, f"cannot tell which members are available: {why}", required=True)
    if not pod_steps:
        # Another check refuses this, and says why there is no pod.
        return Check("others", Result.UNKNOWN, "there is no pod to restart")
    if why := others_unavailable(fresh, pod_steps[0].pod):
        return Check("others", Result.FAIL, f"{why}: all other members must be available")
    if fresh.view.replicas == 1:
        return Check("others", Result.WARN, "there is no other member: the service is down until it is available again")
    return Check("others", Result.PASS, "all other members are available")


def quorum(fresh: FreshState, pod_steps: tuple[PodStep, ...], settings: ModelSettings) -> Check:
    needed = checks.quorum_of(fresh, settings)
    if needed is None:
        return Check("quorum", Result.PASS, "no quorum configured")
    if why := below_quorum(fresh, pod_steps[0].pod if pod_steps else "", settings):
        return Check("quorum", Result.FAIL, why)
    return Check("quorum", Result.PASS, f"one member less still meets the quorum of {needed}")


def revision(fresh: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Check:
    """Whether the restart would also update pods, or roll them back."""
    rows = _rows(fresh)
    name = fresh.view.name
    taken = [(pod_step, rows[pod_step.pod].revision) for pod_step in pod_steps if not pod_step.gone]
    unknown = [pod_step.pod for pod_step, runs in taken if not runs or not pod_step.revision]
    other = [(pod_step, runs) for pod_step, runs in taken if runs and pod_step.revision and runs != pod_step.revision]
    if other:
        pods = listed([pod_step.pod for pod_step, _ in other])
        pod_step, runs = other[0]
        back, now = short_revision(pod_step.revision, name), short_revision(runs, name)
        words = f"{pods} will be recreated on {back}, not on the present {now}"
        if intent.other_revision:
            return Check("revision", Result.WARN, words)
        return Check("revision", Result.FAIL, f"{words}: this would also change the revision")
    if unknown:
        words = f"cannot tell on which revision {listed(unknown)} will be recreated"
        return Check("revision", Result.UNKNOWN, words, required=not intent.other_revision)
    return Check("revision", Result.PASS, "each pod is recreated on the revision that it runs")


def budget(fresh: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Check:
    """PodDisruptionBudgets: evictions honour them, deletions do not (documentation: "Disruptions")."""
    rows = _rows(fresh)
    if why := fresh.unread(BUDGETS):
        return Check("budget", Result.UNKNOWN, f"PodDisruptionBudget unknown: {why}")
    names = sorted({name for pod_step in pod_steps for name in _budgets(rows, pod_step)})
    if intent.means is RemovalMethod.DELETION:
        words = f"deletions do not honour {_pdb(names)}" if names else "no PodDisruptionBudget"
        return Check("budget", Result.WARN if names else Result.PASS, words)
    if conflicting := [pod_step.pod for pod_step in pod_steps if len(_budgets(rows, pod_step)) > 1]:
        what = "its eviction fails" if len(conflicting) == 1 else "their evictions fail"
        return Check("budget", Result.FAIL, f"more than one PodDisruptionBudget selects {listed(conflicting)}: {what}")
    selecting = [one for one in fresh.objects.budgets if one.metadata.name in names]
    if never := next((one for one in selecting if _never_allows(one) and _is_honoured(one, rows, pod_steps)), None):
        return Check(
            "budget", Result.FAIL, f"{_pdb([never.metadata.name])} never allows a disruption: {_counts(never)}"
        )
    to_evict = [pod_step for pod_step in pod_steps if not pod_step.gone]
    if uncovered := [pod_step.pod for pod_step in to_evict if not _budgets(rows, pod_step)]:
        return Check("budget", Result.WARN, f"no PodDisruptionBudget selects {listed(uncovered)}")
    for one in selecting:
        if one.status.observed_generation < one.metadata.generation:
            return Check(
                "budget", Result.WARN, f"{_pdb([one.metadata.name])} is not up to date: evictions may have to wait"
            )
        if one.status.disruptions_allowed <= 0:
            return Check(
                "budget", Result.WARN, f"{_pdb([one.metadata.name])} allows no disruption now: evictions wait for it"
            )
    words = f"evictions honour {_pdb(names)}" if names else "there is no pod left to evict"
    return Check("budget", Result.PASS, words)


def unfinished_restart(intent: OrderedRestart, begun: Unfinished | None) -> Check:
    """Whether an earlier restart of the set is unfinished."""
    if begun is None:
        if intent.continues:
            return Check("unfinished", Result.FAIL, "there is no unfinished restart to resume")
        return Check("unfinished", Result.PASS, "no unfinished restart")
    if begun.running:
        return Check("unfinished", Result.FAIL, f"another stsview is restarting it: {begun.words}")
    if intent.continues:
        if begun.journal is not None and begun.journal.id == intent.continues:
            return Check("unfinished", Result.PASS, f"resumes {begun.words}")
        return Check("unfinished", Result.FAIL, f"this is not the restart to resume: {begun.words}")
    return Check("unfinished", Result.WARN, f"{begun.words}; this one starts over")


def budgets_that_count(fresh: FreshState, pod_steps: tuple[PodStep, ...]) -> Iterator[str]:
    """The budgets as a precondition.

    Their names, not how many disruptions they allow at present.
    """
    rows = _rows(fresh)
    names = {name for pod_step in pod_steps for name in _budgets(rows, pod_step)}
    for one in sorted(fresh.objects.budgets, key=lambda one: one.metadata.name):
        if one.metadata.name in names:
            yield f"{one.metadata.name}, which never allows a disruption" if _never_allows(one) else one.metadata.name


def _rows(fresh: FreshState) -> dict[str, OrdinalView]:
    return {row.name: row for row in fresh.view.ordinals if row.place is Place.EXPECTED}


def _budgets(rows: dict[str, OrdinalView], pod_step: PodStep) -> tuple[str, ...]:
    return rows[pod_step.pod].budgets if not pod_step.gone else ()


def _never_allows(one: PodDisruptionBudget) -> bool:
    """Whether the budget never allows a disruption.

    That is so where it requires all pods to be healthy (pkg/controller/disruption).
    """
    status = one.status
    return status.expected_pods > 0 and status.desired_healthy >= status.expected_pods


def _is_honoured(one: PodDisruptionBudget, rows: dict[str, OrdinalView], pod_steps: tuple[PodStep, ...]) -> bool:
    """Whether it limits the eviction of any of these pods.

    With AlwaysAllow not those that are not Ready (KEP-3017).
    """
    always = one.spec.unhealthy_pod_eviction_policy == "AlwaysAllow"
    return any(
        one.metadata.name in _budgets(rows, pod_step) and (rows[pod_step.pod].ready or not always)
        for pod_step in pod_steps
    )


def _pdb(names: list[str]) -> str:
    return f"{'PodDisruptionBudget' if len(names) == 1 else 'PodDisruptionBudgets'} {listed(names)}"


def _counts(one: PodDisruptionBudget) -> str:
    return f"it requires {one.status.desired_healthy} of {one.status.expected_pods} healthy"

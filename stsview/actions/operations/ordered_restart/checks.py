"""What is looked at before an ordered restart, a function each."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.intents import OrderedRestart, RemovalMethod
from stsview.actions.operations.ordered_restart.journal import Unfinished
from stsview.actions.operations.ordered_restart.preconditions import below_floor, moving, not_up
from stsview.actions.operations.ordered_restart.sequence import Sequence, goes_last
from stsview.actions.plan import Check, PodStep, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.names import listed, short_revision
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, Place
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS, PODS


def seen(found: FreshState, intent: OrderedRestart) -> Check:
    update, name = found.view.rollout.update, found.view.name
    if not update:
        return Check("seen", Result.UNKNOWN, "the controller has told no update revision yet", required=True)
    if update == intent.seen_revision:
        return Check("seen", Result.PASS, f"its template is {short_revision(update, name)}, as you see it")
    shown = short_revision(intent.seen_revision, name) or "none"
    what = "the restart before was on" if intent.continues else "you saw"
    return Check("seen", Result.FAIL, f"its template is {short_revision(update, name)} by now; {what} {shown}")


def ordinals(found: FreshState, intent: OrderedRestart, asked: Sequence) -> Check:
    if why := found.unread(PODS):
        return Check("ordinals", Result.UNKNOWN, f"its pods cannot be read: {why}", required=True)
    if asked.wrong:
        return Check("ordinals", Result.FAIL, asked.wrong)
    what = "pod is" if len(asked.pod_steps) == 1 else "pods are"
    number = f"{len(asked.pod_steps)} of {found.view.replicas}"
    if intent.last and not any(goes_last(found, pod_step.pod, intent.last) for pod_step in asked.pod_steps):
        return Check("ordinals", Result.WARN, f"{number} {what} restarted; none has the label {intent.last}")
    return Check("ordinals", Result.PASS, f"{number} {what} restarted")


def rollout(found: FreshState) -> Check:
    """Two who take pods away would take two at a time."""
    if why := moving(found.view):
        return Check("rollout", Result.FAIL, f"{why}: not begun before that is over")
    return Check("rollout", Result.PASS, "no rollout is under way")


def others(found: FreshState, pod_steps: tuple[PodStep, ...]) -> Check:
    if why := found.unread(PODS):
        return Check("others", Result.UNKNOWN, f"which members are up is unknown: {why}", required=True)
    if not pod_steps:
        # Why none goes is said by another check, which refuses.
        return Check("others", Result.UNKNOWN, "which pod would go first is not known")
    if why := not_up(found, pod_steps[0].pod):
        return Check("others", Result.FAIL, f"{why}: not begun while another is down")
    if found.view.replicas == 1:
        return Check("others", Result.WARN, "there is no other member: the service stops until it is back")
    return Check("others", Result.PASS, "every other member is available")


def quorum(found: FreshState, pod_steps: tuple[PodStep, ...], settings: ModelSettings) -> Check:
    needed = checks.quorum_of(found, settings)
    if needed is None:
        return Check("quorum", Result.PASS, "nobody says how many members are needed")
    if why := below_floor(found, pod_steps[0].pod if pod_steps else "", settings):
        return Check("quorum", Result.FAIL, why)
    return Check("quorum", Result.PASS, f"one less still reaches the quorum of {needed}")


def revision(found: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Check:
    """Whether a restart hides an update or the way back."""
    rows = _rows(found)
    name = found.view.name
    taken = [(pod_step, rows[pod_step.pod].revision) for pod_step in pod_steps if not pod_step.gone]
    unknown = [pod_step.pod for pod_step, runs in taken if not runs or not pod_step.revision]
    other = [(pod_step, runs) for pod_step, runs in taken if runs and pod_step.revision and runs != pod_step.revision]
    if other:
        pods = listed([pod_step.pod for pod_step, _ in other])
        pod_step, runs = other[0]
        back, now = short_revision(pod_step.revision, name), short_revision(runs, name)
        words = f"{pods} {'comes' if len(other) == 1 else 'come'} back on {back}, not on {now} as now"
        if intent.other_revision:
            return Check("revision", Result.WARN, words)
        return Check("revision", Result.FAIL, f"{words}: that is more than a restart, and was not asked for")
    if unknown:
        words = f"on which revision {listed(unknown)} {'comes' if len(unknown) == 1 else 'come'} back is unknown"
        return Check("revision", Result.UNKNOWN, words, required=not intent.other_revision)
    return Check("revision", Result.PASS, "each comes back on the revision that it runs")


def budget(found: FreshState, intent: OrderedRestart, pod_steps: tuple[PodStep, ...]) -> Check:
    """What evictions have to heed, and deletions do not (documentation: "Disruptions")."""
    rows = _rows(found)
    if why := found.unread(BUDGETS):
        return Check("budget", Result.UNKNOWN, f"its disruption budget is unknown: {why}")
    names = sorted({name for pod_step in pod_steps for name in _budgets(rows, pod_step)})
    if intent.means is RemovalMethod.DELETION:
        words = f"a deletion does not ask the budget {listed(names)}" if names else "there is no disruption budget"
        return Check("budget", Result.WARN if names else Result.PASS, words)
    if torn := [pod_step.pod for pod_step in pod_steps if len(_budgets(rows, pod_step)) > 1]:
        what = "its eviction fails" if len(torn) == 1 else "their evictions fail"
        return Check("budget", Result.FAIL, f"more than one budget is over {listed(torn)}: {what}")
    over = [one for one in found.objects.budgets if one.metadata.name in names]
    if never := next((one for one in over if _never(one) and _asked(one, rows, pod_steps)), None):
        return Check("budget", Result.FAIL, f"budget {never.metadata.name} never lets a pod go: {_counts(never)}")
    if free := [pod_step.pod for pod_step in pod_steps if not _budgets(rows, pod_step)]:
        return Check("budget", Result.WARN, f"no disruption budget guards {listed(free)}")
    for one in over:
        if one.status.observed_generation < one.metadata.generation:
            return Check("budget", Result.WARN, f"budget {one.metadata.name} is not counted yet: it may have to wait")
        if one.status.disruptions_allowed <= 0:
            return Check("budget", Result.WARN, f"budget {one.metadata.name} lets no pod go now: it waits for that")
    words = f"budget {listed(names)} is asked before each" if names else "there is nothing left to take away"
    return Check("budget", Result.PASS, words)


def before(intent: OrderedRestart, begun: Unfinished | None) -> Check:
    """What is written down of a restart of this set that has no end yet."""
    if begun is None:
        if intent.continues:
            return Check("unfinished", Result.FAIL, "there is no restart to go on with any more")
        return Check("unfinished", Result.PASS, "no restart of it is left unfinished")
    if begun.running:
        return Check("unfinished", Result.FAIL, f"another stsview is at it: {begun.words}")
    if intent.continues:
        if begun.journal is not None and begun.journal.id == intent.continues:
            return Check("unfinished", Result.PASS, f"goes on with {begun.words}")
        return Check("unfinished", Result.FAIL, f"it is not the restart that was to go on: {begun.words}")
    return Check("unfinished", Result.WARN, f"{begun.words}; this one begins anew")


def budgets_that_count(found: FreshState, pod_steps: tuple[PodStep, ...]) -> Iterator[str]:
    """What of them a plan rests on: not how many may go just now."""
    rows = _rows(found)
    names = {name for pod_step in pod_steps for name in _budgets(rows, pod_step)}
    for one in sorted(found.objects.budgets, key=lambda one: one.metadata.name):
        if one.metadata.name in names:
            yield f"{one.metadata.name}, which never lets a pod go" if _never(one) else one.metadata.name


def _rows(found: FreshState) -> dict[str, OrdinalView]:
    return {row.name: row for row in found.view.ordinals if row.place is Place.EXPECTED}


def _budgets(rows: dict[str, OrdinalView], pod_step: PodStep) -> tuple[str, ...]:
    return rows[pod_step.pod].budgets if not pod_step.gone else ()


def _never(one: PodDisruptionBudget) -> bool:
    """Whether as many have to be up as there are, so that none may ever go (pkg/controller/disruption)."""
    status = one.status
    return status.expected_pods > 0 and status.desired_healthy >= status.expected_pods


def _asked(one: PodDisruptionBudget, rows: dict[str, OrdinalView], pod_steps: tuple[PodStep, ...]) -> bool:
    """Whether it counts for any of them: it does not for what is not Ready, where it says so (KEP-3017)."""
    always = one.spec.unhealthy_pod_eviction_policy == "AlwaysAllow"
    return any(
        one.metadata.name in _budgets(rows, pod_step) and (rows[pod_step.pod].ready or not always)
        for pod_step in pod_steps
    )


def _counts(one: PodDisruptionBudget) -> str:
    return f"it wants {one.status.desired_healthy} of {one.status.expected_pods} up"

"""Checks before a set is deleted and created again, one function each."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.operations.recreate.changes import Field, FieldChange, present_value
from stsview.actions.operations.recreate.facts import RecreationFacts
from stsview.actions.operations.recreate.manifest import canonical
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.hazard_checks import losing
from stsview.model.names import listed, short_revision
from stsview.model.states import PodKind
from stsview.model.views import OrdinalView, Place, WriterView
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS, CLAIMS, PODS
from stsview.objects.quantity import parse_bytes

_RECONCILERS = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
    "fleet-agent": "Fleet",
    "fleetagent": "Fleet",
    "sveltos-applier": "Sveltos",
}
"""Field managers of GitOps tools, by their sources: some write without a label of their own."""

_NO_RECONCILER = frozenset({"Helm"})
"""Writers that do nothing until they are run."""


def changes(facts: RecreationFacts) -> Iterator[Check]:
    """Whether there is something to change, and what is unusual about the values."""
    if facts.fault:
        yield Check("changes", Result.FAIL, facts.fault)
        return
    made = facts.recreation.changes
    same = [one.name for one in made if present_value(facts.old, one) == one.value]
    if len(same) == len(made):
        what = f"{listed(same)} {'has' if len(same) == 1 else 'have'} that value already" if same else "no change given"
        yield Check("changes", Result.FAIL, what)
        return
    yield Check("changes", Result.PASS, f"changes {listed([one.name for one in made if one.name not in same])}")
    for one in made:
        if one.field is Field.SIZE and _shrinks(facts, one):
            words = f"claim template {one.template} asks for less than before: PVCs of new ordinals are smaller"
            yield Check("size", Result.WARN, words)


def _shrinks(facts: RecreationFacts, change: FieldChange) -> bool:
    before, after = parse_bytes(present_value(facts.old, change) or ""), parse_bytes(change.value)
    return before is not None and after is not None and after < before


def rollout(facts: RecreationFacts) -> Check:
    """Whether all pods run the newest revision.

    The new set takes the newest revision for its current one, and would update the others at once.
    """
    fresh = facts.fresh
    status, metadata = fresh.set.status, fresh.set.metadata
    if why := fresh.unread(PODS):
        return Check("rollout", Result.UNKNOWN, f"cannot read the pods: {why}", required=True)
    if status.observed_generation < metadata.generation:
        return Check("rollout", Result.FAIL, "the controller has not observed the latest change: wait for it")
    if not status.update_revision:
        return Check("rollout", Result.UNKNOWN, "the controller reports no update revision", required=True)
    others = [row.name for row in _expected(facts) if row.uid is not None and row.revision != status.update_revision]
    if others:
        verb = "runs" if len(others) == 1 else "run"
        return Check("rollout", Result.FAIL, f"{listed(others)} {verb} another revision: complete the rollout first")
    if surplus := [row.name for row in fresh.view.ordinals if row.surplus]:
        return Check("rollout", Result.FAIL, f"{listed(surplus)} {_be(surplus)} still to be removed: wait for it")
    short = short_revision(status.update_revision, fresh.view.name)
    return Check("rollout", Result.PASS, f"rollout complete: every pod runs {short}")


def template(facts: RecreationFacts) -> Check:
    """Whether the pod template is, byte for byte, that of the newest revision.

    Else the controller makes a new revision for the new set, and restarts every pod.
    """
    if why := facts.revisions_unread:
        words = f"cannot tell whether the pods would restart: {why}"
        return Check("same-template", Result.UNKNOWN, words, required=True)
    update = facts.fresh.set.status.update_revision
    found = next((one for one in facts.revisions if one.metadata.name == update), None)
    if found is None:
        words = f"ControllerRevision {update or 'of the set'} does not exist: the pods would restart"
        return Check("same-template", Result.FAIL, words)
    recorded = {name: value for name, value in found.template.items() if name != "$patch"}
    if canonical(recorded) != canonical((facts.new.get("spec") or {}).get("template") or {}):
        return Check("same-template", Result.FAIL, f"the pod template differs from {update}: the pods would restart")
    if facts.revisions[-1] is not found:
        return Check("same-template", Result.FAIL, f"{update} is not the newest revision: wait for the controller")
    return Check("same-template", Result.PASS, "pod template unchanged, byte for byte: no pod restarts")


def terminating(facts: RecreationFacts) -> Check:
    """A pod that terminates is not adopted."""
    ending = [pod.metadata.name for pod in facts.pods if pod.metadata.deletion_timestamp is not None]
    if ending:
        return Check("terminating", Result.FAIL, f"{listed(ending)} {_be(ending)} terminating: wait until it is over")
    return Check("terminating", Result.PASS, "no pod is terminating")


def available(facts: RecreationFacts) -> Check:
    """Whether all pods are available.

    The creation of a missing pod, or a change of the policy, may be just what an unavailable pod needs: a written
    reason overrides it.
    """
    rows = _expected(facts)
    down = [row.name for row in rows if not row.available]
    if not down:
        return Check("available", Result.PASS, f"all {len(rows)} pods are available" if rows else "the set has no pods")
    return Check("available", Result.FAIL, f"{listed(down)} {_be(down)} not available", overridable=True)


def adoption(facts: RecreationFacts) -> Check:
    """Whether the new set adopts every pod: by its labels, and by nothing else that has its name."""
    fresh = facts.fresh
    selector = fresh.set.spec.selector
    strange = [pod.metadata.name for pod in facts.pods if not selector.matches(pod.metadata.labels)]
    if strange:
        words = f"the selector does not match {listed(strange)}: the new set would not adopt it"
        return Check("adoption", Result.FAIL, words)
    owned = {pod.metadata.name for pod in facts.pods}
    taken = [row.name for row in _expected(facts) if row.state.kind is not PodKind.MISSING and row.name not in owned]
    taken += [row.name for row in fresh.view.ordinals if row.place is Place.FOREIGN]
    if taken:
        return Check("adoption", Result.FAIL, f"{listed(sorted(set(taken)))} {_be(taken)} not owned by the set")
    return Check("adoption", Result.PASS, "the new set adopts every pod: names and labels match")


def writers(facts: RecreationFacts) -> Iterator[Check]:
    """Others that write the set: while it is gone they may create it, and afterwards they may change it back."""
    view = facts.fresh.view
    if view.writers_unknown:
        yield Check("writers", Result.UNKNOWN, f"cannot tell whether it is autoscaled: {view.writers_unknown}")
    active = [one for one in view.writers if one.kind not in _NO_RECONCILER]
    known = {one.kind for one in view.writers}
    managers = {entry.manager for entry in facts.fresh.set.metadata.managed_fields}
    tools = sorted({_RECONCILERS[name] for name in managers if name in _RECONCILERS} - known)
    active += [WriterView(tool, "") for tool in tools]
    for one in view.writers:
        if one.kind in _NO_RECONCILER:
            words = f"{one.kind} {one.name} installed it: its next upgrade fails until its values have the change too"
            yield Check("writers", Result.WARN, words)
    if active:
        named = listed([" ".join(part for part in (one.kind, one.name) if part) for one in active])
        words = f"{named} also writes this set, and may create it meanwhile or revert the change: pause it first"
        yield Check("writers", Result.FAIL, words, overridable=True)
    elif not active and not view.writers and not view.writers_unknown:
        yield Check("writers", Result.PASS, "no other writer detected (HPA, GitOps, operator)")


def retention(facts: RecreationFacts) -> Check:
    if facts.fresh.unread(CLAIMS):
        return Check("retention", Result.UNKNOWN, f"cannot read the PVCs: {facts.fresh.unread(CLAIMS)}", required=True)
    if not facts.detaches:
        return Check("retention", Result.PASS, "no PVC is deleted with the set (whenDeleted Retain)")
    owned = facts.owned_claims
    belong = f"{listed(owned)} {'belongs' if len(owned) == 1 else 'belong'} to the set"
    which = belong if owned else "whenDeleted is Delete"
    return Check("retention", Result.WARN, f"{which}: whenDeleted is set to Retain first, so that no PVC is deleted")


def claims(facts: RecreationFacts) -> Check:
    """Claims that are being deleted or Lost: a pod that ends meanwhile would not come back with its data."""
    fresh = facts.fresh
    if why := fresh.unread(CLAIMS):
        return Check("claims", Result.UNKNOWN, f"cannot read the PVCs: {why}", required=True)
    if found := [why for pod in facts.pods if (why := losing(fresh, pod.metadata.name))]:
        return Check("claims", Result.FAIL, "; ".join(found[:3]), overridable=True)
    return Check("claims", Result.PASS, "no PVC of a pod is being deleted, Lost or missing")


def budgets(facts: RecreationFacts) -> Check:
    """Whether a PodDisruptionBudget prevents evictions while the set is away.

    The disruption controller does not count pods without a controller: a budget by maxUnavailable or by percentage
    then allows nothing; one by a number of minAvailable counts as before (pkg/controller/disruption,
    getExpectedPodCount).
    """
    fresh = facts.fresh
    if why := fresh.unread(BUDGETS):
        return Check("budget", Result.UNKNOWN, f"PodDisruptionBudget unknown: {why}")
    over = {one.metadata.name: one for one in fresh.objects.budgets if _selects_all(one, facts)}
    closed = [name for name, one in over.items() if fails_closed(one)]
    if closed:
        words = f"PodDisruptionBudget {listed(closed)} allows no eviction while the set is away"
        return Check("budget", Result.PASS, words)
    if over:
        words = f"PodDisruptionBudget {listed(list(over))} (minAvailable) allows evictions while the set is away"
    else:
        words = "no PodDisruptionBudget selects all pods: evictions are allowed while the set is away"
    return Check("budget", Result.WARN, f"{words}; an evicted pod is missing until it is back")


def fails_closed(budget: PodDisruptionBudget) -> bool:
    """Whether a budget allows no eviction of pods without a controller."""
    minimum = budget.spec.min_available
    return not isinstance(minimum, int)


def finalizers(facts: RecreationFacts) -> Iterator[Check]:
    if found := facts.fresh.set.metadata.finalizers:
        words = f"the set has the finalizer {listed(list(found))}: it stays until that is removed"
        yield Check("finalizers", Result.FAIL, words, overridable=True)


def unfinished(facts: RecreationFacts) -> Check:
    begun = facts.begun
    if begun is None:
        return Check("unfinished", Result.PASS, "no unfinished recreation")
    if begun.running:
        return Check("unfinished", Result.FAIL, f"another stsview is recreating it: {begun.words}")
    return Check("unfinished", Result.WARN, f"{begun.words} left it as it was; this one starts over")


def _expected(facts: RecreationFacts) -> list[OrdinalView]:
    return [row for row in facts.fresh.view.ordinals if row.place is Place.EXPECTED]


def _selects_all(budget: PodDisruptionBudget, facts: RecreationFacts) -> bool:
    return all(budget.spec.selector.matches(pod.metadata.labels) for pod in facts.pods)


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"

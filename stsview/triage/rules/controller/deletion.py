"""Sets that are being deleted, and do not go."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.states import Health
from stsview.objects.kinds import CLAIMS, PODS
from stsview.objects.meta import OwnerReference
from stsview.triage.rule import kubectl, rule, set_ref
from stsview.triage.support.events import timestamp

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@rule(
    level=Level.ERROR,
    title="A set is being deleted, and does not go",
    meaning="Its finalizers keep it. `foregroundDeletion` is taken off by the garbage collector when everything that "
    "it owns is gone, `orphan` when everything is released, any other by whoever set it. Until then the set does "
    "nothing for its pods, and its name is taken.",
    remedy="Find out what the garbage collector waits for, or who sets the finalizer. Only as the last resort take it "
    "off by hand.",
    danger=Danger.LOSS,
    source="https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion",
    reaches=Reaches.SET,
)
def set_not_deleted(case: RuleInput) -> Iterator[Finding]:
    facts, meta = case.facts, case.facts.set.metadata
    if meta.deletion_timestamp is None or not facts.overdue(meta.deletion_timestamp, facts.settings.delete_grace):
        return
    about, finalizers = set_ref(case), meta.finalizers
    pods, claims = _owned_pods(case), _owned_claims(case)
    left = [*pods, *claims] if FOREGROUND in finalizers or ORPHAN in finalizers else []
    own = [one for one in finalizers if one not in (FOREGROUND, ORPHAN)]
    if own:
        held = f"{'finalizer' if len(own) == 1 else 'finalizers'} {listed(own)} not removed"
    elif left:
        held = f"{finalizers[0]} waits for {listed(left)}"
    else:
        held = f"finalizer {finalizers[0]} not removed" if finalizers else "nothing to be seen here holds it"
    stuck = [row.ordinal for row in facts.rows.all if row.terminating and row.state.health is Health.DEGRADED]
    look = kubectl(case, "get", "statefulset", case.view.name, "-o", "jsonpath={.metadata.finalizers}")
    steps = [Remedy("see who has to take its finalizers off", Danger.READ_ONLY, command=look)]
    if left and stuck:
        steps.insert(0, Remedy("see to the pods that do not end: the set goes after them", Danger.READ_ONLY))
    if (FOREGROUND in finalizers or ORPHAN in finalizers) and not stuck:
        lease = "kubectl -n kube-system get lease kube-controller-manager -o yaml"
        collects = "see whether kube-controller-manager runs: the garbage collector is part of it"
        steps.append(Remedy(collects, Danger.READ_ONLY, command=lease))
    steps += [_take_off(case, index, one) for index, one in enumerate(finalizers)]
    yield set_not_deleted.finding(
        about,
        f"being deleted and not gone: {held}",
        meta.deletion_timestamp,
        (
            Evidence(str(about), "metadata.deletionTimestamp", timestamp(meta.deletion_timestamp)),
            Evidence(str(about), "metadata.finalizers", ", ".join(finalizers) or "absent"),
            *(Evidence(one, "metadata.ownerReferences[].uid", meta.uid) for one in left),
        ),
        steps,
        ordinals=stuck,
        so=f"no other set of the name {case.view.name} can be made, and nothing replaces its pods",
    )


def _owned_pods(case: RuleInput) -> list[str]:
    if not case.facts.objects.complete(PODS):
        return []
    rows = case.facts.rows.owned
    return [f"Pod {row.name}" for row in rows if row.slot.pod is not None]


def _owned_claims(case: RuleInput) -> list[str]:
    """Those that go with the set because of its retention policy."""
    if not case.facts.objects.complete(CLAIMS):
        return []
    uid = case.facts.set.metadata.uid

    def ours(owner: OwnerReference) -> bool:
        return owner.uid == uid

    claims = sorted(case.facts.objects.claims.items())
    return [
        f"PersistentVolumeClaim {name}" for name, claim in claims if any(map(ours, claim.metadata.owner_references))
    ]


def _take_off(case: RuleInput, index: int, finalizer: str) -> Remedy:
    path = f"/metadata/finalizers/{index}"
    patch = json.dumps([{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}])
    lost = "what it owns is left behind" if finalizer in (FOREGROUND, ORPHAN) else "what it guards is skipped"
    return Remedy(
        f"as the last resort take finalizer {finalizer} off: {lost}",
        Danger.LOSS,
        command=kubectl(case, "patch", "statefulset", case.view.name, "--type=json", "-p", patch),
    )


RULES = (set_not_deleted,)

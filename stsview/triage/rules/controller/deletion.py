"""StatefulSets whose deletion does not finish."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.states import Health
from stsview.objects.kinds import CLAIMS, PODS
from stsview.objects.meta import OwnerReference
from stsview.triage.rule import kubectl, rule, set_ref
from stsview.triage.support.events import timestamp
from stsview.triage.support.node_remedies import check_controller_manager

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@rule(
    level=Level.ERROR,
    title="StatefulSet is stuck deleting",
    meaning="Finalizers keep the StatefulSet. The garbage collector removes `foregroundDeletion` once all owned "
    "objects are gone, and `orphan` once all of them are released; any other finalizer is removed by the controller "
    "that set it. Meanwhile the controller does not manage the pods, and the name cannot be reused.",
    remedy="Find out what the garbage collector waits for, or which controller owns the finalizer. Remove a finalizer "
    "by hand only as a last resort.",
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
        blocker = f"{'finalizer' if len(own) == 1 else 'finalizers'} {listed(own)} not removed"
    elif left:
        blocker = f"{finalizers[0]} waits for {listed(left)}"
    else:
        blocker = f"finalizer {finalizers[0]} not removed" if finalizers else "no finalizer or owned object blocks it"
    stuck = [row.ordinal for row in facts.rows.all if row.terminating and row.state.health is Health.DEGRADED]
    yield set_not_deleted.finding(
        about,
        f"StatefulSet stuck deleting: {blocker}",
        meta.deletion_timestamp,
        (
            Evidence(str(about), "metadata.deletionTimestamp", timestamp(meta.deletion_timestamp)),
            Evidence(str(about), "metadata.finalizers", ", ".join(finalizers) or "absent"),
            *(Evidence(one, "metadata.ownerReferences[].uid", meta.uid) for one in left),
        ),
        _steps(case, finalizers, waits_for_pods=bool(left and stuck), pods_stuck=bool(stuck)),
        ordinals=stuck,
        so=f"no StatefulSet named {case.view.name} can be created, and pods that fail are not replaced",
    )


def _steps(case: RuleInput, finalizers: Sequence[str], *, waits_for_pods: bool, pods_stuck: bool) -> Iterator[Remedy]:
    if waits_for_pods:
        yield Remedy("fix the pods that are stuck Terminating: the StatefulSet is deleted after them", Danger.READ_ONLY)
    command = kubectl(case, "get", "statefulset", case.view.name, "-o", "jsonpath={.metadata.finalizers}")
    yield Remedy("find which controllers own the finalizers", Danger.READ_ONLY, command=command)
    if (FOREGROUND in finalizers or ORPHAN in finalizers) and not pods_stuck:
        yield check_controller_manager("it runs the garbage collector")
    for index, finalizer in enumerate(finalizers):
        yield _remove_finalizer(case, index, finalizer)


def _owned_pods(case: RuleInput) -> list[str]:
    if not case.facts.objects.complete(PODS):
        return []
    rows = case.facts.rows.owned
    return [f"Pod {row.name}" for row in rows if row.slot.pod is not None]


def _owned_claims(case: RuleInput) -> list[str]:
    """The PVCs that are deleted with the set because of its retention policy."""
    if not case.facts.objects.complete(CLAIMS):
        return []
    uid = case.facts.set.metadata.uid

    def owned(owner: OwnerReference) -> bool:
        return owner.uid == uid

    claims = sorted(case.facts.objects.claims.items())
    return [
        f"PersistentVolumeClaim {name}" for name, claim in claims if any(map(owned, claim.metadata.owner_references))
    ]


def _remove_finalizer(case: RuleInput, index: int, finalizer: str) -> Remedy:
    path = f"/metadata/finalizers/{index}"
    patch = json.dumps([{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}])
    risk = "leaves its objects behind" if finalizer in (FOREGROUND, ORPHAN) else "skips the cleanup it protects"
    return Remedy(
        f"last resort: remove finalizer {finalizer} ({risk})",
        Danger.LOSS,
        command=kubectl(case, "patch", "statefulset", case.view.name, "--type=json", "-p", patch),
    )


RULES = (set_not_deleted,)

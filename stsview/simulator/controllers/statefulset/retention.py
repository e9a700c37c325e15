"""persistentVolumeClaimRetentionPolicy, as owner references of PVCs.

The garbage collector does the rest. Source: kubernetes/pkg/controller/statefulset/stateful_set_utils.go
(claimOwnerMatchesSetAndPod, updateClaimOwnerRefForSetAndPod, hasStaleOwnerRef, hasUnexpectedController); KEP-1847.
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import ordinal_of

_SET = ("apps/v1", "StatefulSet")
_POD = ("v1", "Pod")


def policy_of(stateful_set: Object) -> tuple[str, str]:
    """The policy as (whenScaled, whenDeleted)."""
    policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return policy.get("whenScaled", "Retain"), policy.get("whenDeleted", "Retain")


def in_range(stateful_set: Object, pod: Object) -> bool:
    """Whether the pod is one of the expected replicas."""
    start = (stateful_set["spec"].get("ordinals") or {}).get("start", 0)
    return bool(start <= ordinal_of(pod) < start + stateful_set["spec"]["replicas"])


def claim_is_stale(claim: Object, pod: Object) -> bool:
    """Whether the PVC is owned by a previous pod of the same name.

    It will be garbage-collected with that pod.
    """
    return _has_stale(claim, pod, _POD)


def unexpected_controller(claim: Object, stateful_set: Object, pod: Object) -> bool:
    """Whether another controller owns the PVC; the policy is then ignored."""
    ours = {_identity(stateful_set, _SET), _identity(pod, _POD)}
    return any(
        reference.get("controller") and _of(reference) not in ours and not _stale_twin(reference, stateful_set, pod)
        for reference in claim["metadata"].get("ownerReferences") or ()
    )


def owners_match(claim: Object, stateful_set: Object, pod: Object) -> bool:
    """Whether the PVC's owners are those that the policy requires for this pod."""
    if not claim["metadata"].get("ownerReferences"):
        return _wanted(stateful_set, pod) == (False, False)
    if _has_stale(claim, stateful_set, _SET) or _has_stale(claim, pod, _POD):
        # owned by a previous object of the same name: the garbage collector handles it
        return True
    has_set, has_pod = _has(claim, stateful_set, _SET), _has(claim, pod, _POD)
    if unexpected_controller(claim, stateful_set, pod):
        return not has_set and not has_pod
    want_set, want_pod = _wanted(stateful_set, pod)
    return has_set == want_set and has_pod == want_pod


def set_owners(claim: Object, stateful_set: Object, pod: Object) -> None:
    """Set the owners of a PVC, in place, as the policy requires for this pod."""
    want_set, want_pod = _wanted(stateful_set, pod)
    if unexpected_controller(claim, stateful_set, pod):
        want_set = want_pod = False
    ours = {_identity(stateful_set, _SET), _identity(pod, _POD)}
    owners = [one for one in claim["metadata"].get("ownerReferences") or () if _of(one) not in ours]
    if want_set:
        owners.append(_reference(stateful_set, _SET))
    if want_pod:
        owners.append(_reference(pod, _POD))
    if owners:
        claim["metadata"]["ownerReferences"] = owners
    else:
        claim["metadata"].pop("ownerReferences", None)


def _wanted(stateful_set: Object, pod: Object) -> tuple[bool, bool]:
    """Whether the set and the pod own the PVC, by the table of KEP-1847."""
    when_scaled, when_deleted = policy_of(stateful_set)
    surplus = not in_range(stateful_set, pod)
    owned_by_pod = when_scaled == "Delete" and surplus
    return when_deleted == "Delete" and not owned_by_pod, owned_by_pod


def _has(claim: Object, owner: Object, kind: tuple[str, str]) -> bool:
    return any(_of(one) == _identity(owner, kind) for one in claim["metadata"].get("ownerReferences") or ())


def _has_stale(claim: Object, owner: Object, kind: tuple[str, str]) -> bool:
    uid = owner["metadata"].get("uid", "")
    return any(
        one.get("kind") == kind[1] and one.get("name") == owner["metadata"]["name"] and one.get("uid") != uid
        for one in claim["metadata"].get("ownerReferences") or ()
    )


def _stale_twin(reference: Object, stateful_set: Object, pod: Object) -> bool:
    named = (reference.get("kind"), reference.get("name"))
    return named in (("StatefulSet", stateful_set["metadata"]["name"]), ("Pod", pod["metadata"]["name"]))


def _identity(owner: Object, kind: tuple[str, str]) -> tuple[str, str]:
    return kind[1], owner["metadata"].get("uid", "")


def _of(reference: Object) -> tuple[str, str]:
    return reference.get("kind", ""), reference.get("uid", "")


def _reference(owner: Object, kind: tuple[str, str]) -> Object:
    return {
        "apiVersion": kind[0],
        "kind": kind[1],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }

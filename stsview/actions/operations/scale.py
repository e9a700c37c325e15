"""Scale a set, with what happens to the claims of its ordinals."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import ScaledTo
from stsview.actions.intents import Scale
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.hazard_checks import losing
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.json_patch import patch_set, tests
from stsview.cluster.http.session import Session
from stsview.model.explain.hazards import unusable_leftover
from stsview.model.finding import Danger, Ref
from stsview.model.names import claim_name, in_order, listed
from stsview.model.settings import ModelSettings
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS, VOLUMES
from stsview.objects.statefulset import StatefulSet


class ScaleFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    access_checks: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: Scale, plan_context: PlanContext) -> ScaleFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    access_checks = await rights(session, intent.action, intent.set.namespace)
    tried = () if session.gate.closed else (await dry_run(session, request(intent)),)
    return ScaleFacts(fresh, (*access_checks, *tried), plan_context.settings)


def request(intent: Scale) -> Request:
    """A patch of /scale, which operators often may write though not the set itself.

    A Scale omits its replicas if they are 0 (k8s.io/api/autoscaling/v1, ScaleSpec), and has no other field.
    """
    return patch_set(
        intent,
        f"set the replicas of {intent.set} to {intent.replicas}",
        tests("/spec/replicas", intent.seen) if intent.seen else tests("/spec", {}),
        {"op": "add", "path": "/spec/replicas", "value": intent.replicas},
        subresource="scale",
    )


def plan(facts: ScaleFacts, intent: Scale, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    added, removed = ordinals(fresh, intent)
    removed_pods = [f"{intent.set.name}-{ordinal}" for ordinal in removed]
    deleted = tuple(_deleted_claims(fresh, removed))
    down = [row.name for row in checks.down(fresh, removed_pods)]
    members = checks.members(fresh, removed_pods, facts.settings)
    quorum = checks.quorum_of(fresh, facts.settings)
    needs_name = bool(removed) and (
        len(removed) > 1 or _few_remain(fresh, removed_pods, quorum) or _deletes_claims(fresh)
    )
    name, namespace = intent.set.name, intent.set.namespace
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Scale {intent.set} from {intent.seen} to {intent.replicas}",
        made_at=fresh.at,
        steps=tuple(_steps(fresh, intent, added, removed)),
        checks=(
            checks.same_set(fresh, intent),
            _seen(fresh, intent),
            checks.not_deleted(fresh),
            *facts.access_checks,
            checks.other_writers(fresh),
            members,
            *([_majority_check(fresh, removed_pods)] if removed and quorum is None else []),
            checks.budgets(fresh),
            _claims_check(fresh, removed),
        ),
        risks=tuple(_risks(fresh, intent, added, removed)),
        safer=_safer(fresh, intent, removed),
        same_as=kubectl(namespace, "scale", "statefulset", name, f"--replicas={intent.replicas}"),
        confirmation=Confirmation(name=name if needs_name else "", context=policy.protected),
        requests=(request(intent),),
        goal=ScaledTo(intent.replicas, intent.seen),
        ends=tuple(removed_pods),
        creates=tuple(added),
        danger=Danger.LOSS if deleted else Danger.DISRUPTIVE if removed else Danger.REVERSIBLE,
        preconditions=(
            Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid),
            Precondition("replicas", "replicas", str(fresh.set.spec.replicas)),
            Precondition("first-ordinal", "the first ordinal", str(fresh.set.first_ordinal)),
            Precondition("when-scaled", "whenScaled", fresh.view.when_scaled),
            Precondition("members-down", "members down", in_order(down) or "none"),
            Precondition("deleted-claims", "deleted PVCs", in_order(list(deleted)) or "none"),
            Precondition(
                "other-writers",
                "other writers",
                listed([f"{who.kind} {who.name}" for who in fresh.view.writers]) or "none",
            ),
        ),
    )


async def was_done(session: Session, plan: Plan) -> bool:
    """Raises `ClusterError`."""
    intent = plan.set_intent
    stateful = await session.get(STATEFULSETS, intent.set.namespace, intent.set.name)
    return (
        isinstance(intent, Scale)
        and isinstance(stateful, StatefulSet)
        and stateful.metadata.uid == intent.set_uid
        and stateful.spec.replicas == intent.replicas
    )


def ordinals(fresh: FreshState, intent: Scale) -> tuple[list[int], list[int]]:
    """The ordinals that are added, lowest first, or removed, highest first.

    That is the controller's order (documentation: "StatefulSets", Deployment and Scaling Guarantees).
    """
    start, have = fresh.set.first_ordinal, fresh.set.spec.replicas
    added = list(range(start + have, start + intent.replicas))
    removed = list(range(start + have - 1, start + intent.replicas - 1, -1))
    return added, removed


def _seen(fresh: FreshState, intent: Scale) -> Check:
    have = fresh.set.spec.replicas
    if have == intent.replicas:
        return Check("seen", Result.FAIL, f"already has {have} {'replica' if have == 1 else 'replicas'}")
    if have != intent.seen:
        return Check("seen", Result.FAIL, f"the replicas were set to {have}, you saw {intent.seen}")
    return Check("seen", Result.PASS, f"replicas unchanged: {have}")


def _steps(fresh: FreshState, intent: Scale, added: list[int], removed: list[int]) -> Iterator[str]:
    name = intent.set.name
    ordered = fresh.view.policy != "Parallel"
    yield f"set replicas to {intent.replicas}"
    if added:
        names = listed([f"{name}-{ordinal}" for ordinal in added])
        yield f"create {names}{', one at a time' if ordered and len(added) > 1 else ''}"
        reused = [claim.metadata.name for claim in _usable(fresh, added)]
        if reused:
            yield f"reuse {'PVCs' if len(reused) > 1 else 'PVC'} {listed(reused)} with existing data"
    if removed:
        names = listed([f"{name}-{ordinal}" for ordinal in removed])
        yield f"terminate {names}{', one at a time' if ordered and len(removed) > 1 else ''}"
        claims = [claim.metadata.name for claim in _claims(fresh, removed)]
        if claims and _deletes_claims(fresh):
            yield f"delete {'PVCs' if len(claims) > 1 else 'PVC'} {listed(claims)} with the pods (whenScaled: Delete)"
        elif claims := [claim.metadata.name for claim in _claims(fresh, _losing_nothing(fresh, removed))]:
            kept = "PVCs are kept" if len(claims) > 1 else "PVC is kept"
            yield f"{kept} (whenScaled: Retain): {listed(claims)}"


def _losing_nothing(fresh: FreshState, removed: list[int]) -> list[int]:
    """The ordinals whose data stays, whatever becomes of the others: a PVC may be being deleted already."""
    return [ordinal for ordinal in removed if not losing(fresh, f"{fresh.view.name}-{ordinal}")]


def _they(pods: list[str]) -> str:
    return "they hold" if len(pods) > 1 else "it holds"


def _few_remain(fresh: FreshState, removed: list[str], quorum: int | None) -> bool:
    """Whether too few members remain.

    Fewer than the quorum, or than a majority of the available members where none is configured.
    """
    return checks.members_up(fresh, removed) < (_majority(fresh) if quorum is None else quorum)


def _majority(fresh: FreshState) -> int:
    return checks.members_up(fresh, ()) // 2 + 1


def _majority_check(fresh: FreshState, removed: list[str]) -> Check:
    """A majority stands for the quorum that is not configured."""
    if why := fresh.unread(PODS):
        return Check("majority", Result.UNKNOWN, f"available members unknown: {why}")
    up, left, needed = checks.members_up(fresh, ()), checks.members_up(fresh, removed), _majority(fresh)
    if left < needed:
        words = f"{left} of {up} available members remain, fewer than the assumed quorum of {needed} (a majority)"
        return Check("majority", Result.WARN, words)
    words = f"{left} of {up} available members remain, at least the assumed quorum of {needed} (a majority)"
    return Check("majority", Result.PASS, words)


def _risks(fresh: FreshState, intent: Scale, added: list[int], removed: list[int]) -> Iterator[str]:
    if removed and not intent.replicas:
        yield "No replica is left: the service stops."
    elif removed:
        pods = [f"{intent.set.name}-{ordinal}" for ordinal in removed]
        leave = "leave" if len(pods) > 1 else "leaves"
        lost = any(_deleted_claims(fresh, removed)) or len(_losing_nothing(fresh, removed)) < len(removed)
        fate = "is lost" if lost else "goes offline"
        yield f"{listed(pods)} {leave} without being decommissioned: data that only {_they(pods)} {fate}."
    if removed and _deletes_claims(fresh):
        if deleted := list(_deleted_claims(fresh, removed)):
            yield f"The data on {listed(deleted)} is lost with the PVCs."
        if why := fresh.unread(VOLUMES) or fresh.unread(CLAIMS):
            yield f"Volumes unknown, assumed deleted: {why}."
    for claim in _usable(fresh, added):
        created = claim.metadata.creation_timestamp
        since = f", created on {created:%Y-%m-%d}," if created is not None else ""
        yield f"{claim.metadata.name}{since} is reused: the new pod starts with its old data."


def _safer(fresh: FreshState, intent: Scale, removed: list[int]) -> tuple[Alternative, ...]:
    if not removed:
        return ()
    name, namespace = intent.set.name, intent.set.namespace
    ways = []
    if _deletes_claims(fresh):
        keep = '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Retain"}}}'
        ways.append(
            Alternative(
                "keep the PVCs: set whenScaled to Retain first",
                kubectl(namespace, "patch", "statefulset", name, "--type=merge", "-p", keep),
            )
        )
    if len(removed) > 1:
        one = intent.seen - 1
        ways.append(
            Alternative(
                "scale down by one first", kubectl(namespace, "scale", "statefulset", name, f"--replicas={one}")
            )
        )
    return tuple(ways)


def _deletes_claims(fresh: FreshState) -> bool:
    """Whether the claims of surplus pods are deleted with them.

    KEP-1847: they are unless whenScaled is Retain.
    """
    return bool(fresh.set.spec.volume_claim_templates) and fresh.view.when_scaled != "Retain"


def _claims(fresh: FreshState, numbers: list[int]) -> Iterator[PersistentVolumeClaim]:
    for ordinal in numbers:
        for template in fresh.set.spec.volume_claim_templates:
            claim = fresh.objects.claims.get(claim_name(template.metadata.name, fresh.view.name, ordinal))
            if claim is not None:
                yield claim


def _usable(fresh: FreshState, added: list[int]) -> Iterator[PersistentVolumeClaim]:
    """The leftover claims that the new pods can use."""
    for claim in _claims(fresh, added):
        if unusable_leftover(claim, fresh.objects, fresh.nodes) is None:
            yield claim


def _deleted_claims(fresh: FreshState, removed: list[int]) -> Iterator[str]:
    """Names of claims whose data is deleted with them.

    Those whose volume is not known to be retained.
    """
    if not _deletes_claims(fresh):
        return
    for claim in _claims(fresh, removed):
        volume = fresh.objects.volumes.get(claim.spec.volume_name)
        if volume is None or volume.spec.persistent_volume_reclaim_policy != "Retain":
            yield claim.metadata.name


def _claims_check(fresh: FreshState, removed: list[int]) -> Check:
    if not removed or not fresh.set.spec.volume_claim_templates:
        return Check("claims", Result.PASS, "no PVC is affected")
    if why := fresh.unread(CLAIMS):
        return Check("claims", Result.UNKNOWN, f"PVCs unknown: {why}")
    if not _deletes_claims(fresh):
        return Check("claims", Result.PASS, "PVCs are kept (whenScaled: Retain)")
    return Check("claims", Result.WARN, "PVCs of removed pods are deleted (whenScaled: Delete)")

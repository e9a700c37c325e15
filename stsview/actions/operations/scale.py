"""Scale a set: which ordinals come or go, and what becomes of their claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions.context import PlanContext
from stsview.actions.goals import ScaledTo
from stsview.actions.intents import Scale
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.json_patch import patch_set, tests
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import claim_name, listed
from stsview.model.settings import ModelSettings
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, STATEFULSETS, VOLUMES
from stsview.objects.statefulset import StatefulSet


@dataclass(frozen=True, slots=True)
class ScaleFacts:
    fresh: FreshState
    asked: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: Scale, plan_context: PlanContext) -> ScaleFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await read_fresh_state(session, intent.set, plan_context.settings)
    asked = await rights(session, [Right("patch", STATEFULSETS, intent.set.namespace, "scale")])
    tried = () if session.gate.closed else (await dry_run(session, request(intent)),)
    return ScaleFacts(found, (*asked, *tried), plan_context.settings)


def request(intent: Scale) -> Request:
    """Through /scale, for which operators often have the right though they may not change the set itself.

    A Scale leaves its replicas out where they are 0 (k8s.io/api/autoscaling/v1, ScaleSpec), and has no other field.
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
    found = facts.fresh
    coming, going = ordinals(found, intent)
    leaving = [f"{intent.set.name}-{ordinal}" for ordinal in going]
    deleted = tuple(_deleted_claims(found, going))
    members = checks.members(found, leaving, facts.settings)
    quorum = checks.quorum_of(found, facts.settings)
    below = quorum is not None and intent.replicas < quorum
    grave = bool(going) and (not intent.replicas or below or _deletes_claims(found))
    name, namespace = intent.set.name, intent.set.namespace
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Scale {intent.set} from {intent.seen} to {intent.replicas}",
        made_at=found.at,
        steps=tuple(_steps(found, intent, coming, going)),
        checks=(
            checks.same_set(found, intent),
            _seen(found, intent),
            checks.not_deleted(found),
            *facts.asked,
            checks.other_writers(found),
            members,
            checks.budgets(found),
            _claims_check(found, going),
        ),
        risks=tuple(_risks(found, intent, coming, going)),
        safer=_safer(found, intent, going),
        same_as=kubectl(namespace, "scale", "statefulset", name, f"--replicas={intent.replicas}"),
        confirmation=Confirmation(name=name if grave else "", context=policy.protected),
        requests=(request(intent),),
        goal=ScaledTo(intent.replicas, intent.seen),
        danger=Danger.LOSS if deleted else Danger.DISRUPTIVE if going else Danger.REVERSIBLE,
        preconditions=(
            Precondition("set-uid", "the uid of the set", found.set.metadata.uid),
            Precondition("replicas", "replicas", str(found.set.spec.replicas)),
            Precondition("first-ordinal", "the first ordinal", str(found.set.first_ordinal)),
            Precondition("when-scaled", "whenScaled", found.view.when_scaled),
            Precondition(
                "members-down", "members down", listed([row.name for row in checks.down(found, leaving)]) or "none"
            ),
            Precondition("deleted-claims", "claims that go", listed(list(deleted)) or "none"),
            Precondition(
                "other-writers",
                "who else writes it",
                listed([f"{who.kind} {who.name}" for who in found.view.writers]) or "nobody",
            ),
        ),
    )


async def was_done(session: Session, made: Plan) -> bool:
    """Raises `ClusterError`."""
    intent = made.intent
    stateful = await session.get(STATEFULSETS, intent.set.namespace, intent.set.name)
    return (
        isinstance(intent, Scale)
        and isinstance(stateful, StatefulSet)
        and stateful.metadata.uid == intent.set_uid
        and stateful.spec.replicas == intent.replicas
    )


def ordinals(found: FreshState, intent: Scale) -> tuple[list[int], list[int]]:
    """Those that come, in their order, and those that go, in theirs: the controller creates from the lowest up, and
    removes from the highest down (documentation: "StatefulSets", Deployment and Scaling Guarantees)."""
    start, have = found.set.first_ordinal, found.set.spec.replicas
    coming = list(range(start + have, start + intent.replicas))
    going = list(range(start + have - 1, start + intent.replicas - 1, -1))
    return coming, going


def _seen(found: FreshState, intent: Scale) -> Check:
    have = found.set.spec.replicas
    if have == intent.replicas:
        return Check("seen", Result.FAIL, f"it already has {have} replicas")
    if have != intent.seen:
        return Check("seen", Result.FAIL, f"somebody has set its replicas to {have}; you saw {intent.seen}")
    return Check("seen", Result.PASS, f"it has {have} replicas, as you see it")


def _steps(found: FreshState, intent: Scale, coming: list[int], going: list[int]) -> Iterator[str]:
    name = intent.set.name
    ordered = found.view.policy != "Parallel"
    yield f"the set is told to have {intent.replicas} replicas"
    if coming:
        names = listed([f"{name}-{ordinal}" for ordinal in coming])
        order = ", each when the one before is available" if ordered and len(coming) > 1 else ""
        yield f"{names} {'are' if len(coming) > 1 else 'is'} created{order}"
        again = [claim.metadata.name for claim in _claims(found, coming)]
        if again:
            yield f"{listed(again)} {'are' if len(again) > 1 else 'is'} attached again, with what is on it"
    if going:
        names = listed([f"{name}-{ordinal}" for ordinal in going])
        order = ", each when the one before is gone" if ordered and len(going) > 1 else ""
        yield f"{names} {'end' if len(going) > 1 else 'ends'}{order}"
        claims = [claim.metadata.name for claim in _claims(found, going)]
        if claims and _deletes_claims(found):
            yield f"{listed(claims)} {'are' if len(claims) > 1 else 'is'} deleted with their pods"
        elif claims:
            yield f"{listed(claims)} {'stay' if len(claims) > 1 else 'stays'}: whenScaled is Retain"


def _risks(found: FreshState, intent: Scale, coming: list[int], going: list[int]) -> Iterator[str]:
    if going and not intent.replicas:
        yield "No member is left: the service stops."
    if going and _deletes_claims(found):
        lost = list(_deleted_claims(found, going))
        if lost:
            yield f"The data on {listed(lost)} is lost with the claims."
        if why := found.unread(VOLUMES) or found.unread(CLAIMS):
            yield f"What becomes of the volumes is unknown, and counts as deleted: {why}."
    for claim in _claims(found, coming):
        made = claim.metadata.creation_timestamp
        since = f", made on {made:%Y-%m-%d}" if made is not None else ""
        yield f"{claim.metadata.name}{since} is used as it is: the new member starts with that old data."


def _safer(found: FreshState, intent: Scale, going: list[int]) -> tuple[Alternative, ...]:
    if not going:
        return ()
    name, namespace = intent.set.name, intent.set.namespace
    ways = []
    if _deletes_claims(found):
        keep = '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Retain"}}}'
        ways.append(
            Alternative(
                "keep the claims: set whenScaled to Retain first",
                kubectl(namespace, "patch", "statefulset", name, "--type=merge", "-p", keep),
            )
        )
    if len(going) > 1:
        one = intent.seen - 1
        ways.append(Alternative("one at a time", kubectl(namespace, "scale", "statefulset", name, f"--replicas={one}")))
    return tuple(ways)


def _deletes_claims(found: FreshState) -> bool:
    """KEP-1847: the claims of condemned pods go with them unless whenScaled is Retain."""
    return bool(found.set.spec.volume_claim_templates) and found.view.when_scaled != "Retain"


def _claims(found: FreshState, wanted: list[int]) -> Iterator[PersistentVolumeClaim]:
    for ordinal in wanted:
        for template in found.set.spec.volume_claim_templates:
            claim = found.objects.claims.get(claim_name(template.metadata.name, found.view.name, ordinal))
            if claim is not None:
                yield claim


def _deleted_claims(found: FreshState, going: list[int]) -> Iterator[str]:
    """Names of claims whose data goes with them: unless their volume is known to be retained."""
    if not _deletes_claims(found):
        return
    for claim in _claims(found, going):
        volume = found.objects.volumes.get(claim.spec.volume_name)
        if volume is None or volume.spec.persistent_volume_reclaim_policy != "Retain":
            yield claim.metadata.name


def _claims_check(found: FreshState, going: list[int]) -> Check:
    if not going or not found.set.spec.volume_claim_templates:
        return Check("claims", Result.PASS, "no claim is touched")
    if why := found.unread(CLAIMS):
        return Check("claims", Result.UNKNOWN, f"its claims are unknown: {why}")
    if not _deletes_claims(found):
        return Check("claims", Result.PASS, "its claims stay: whenScaled is Retain")
    return Check("claims", Result.WARN, "the claims of what goes are deleted: whenScaled is Delete")

"""Delete one pod gracefully; the controller recreates it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import Replaced
from stsview.actions.intents import DeletePod
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.hazard_checks import SAME_CLAIMS
from stsview.actions.preflight.permissions import rights
from stsview.actions.preflight.pod_checks import of_set, pod_of, row_of, same_pod
from stsview.actions.requests.command_line import kubectl, raw_path
from stsview.actions.requests.pod_gone import is_gone_or_terminating, read_pod
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.model.finding import Danger, Ref
from stsview.model.names import in_order, short_revision
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import PODS


class DeleteFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    access_checks: tuple[Check, ...]
    settings: ModelSettings


async def gather(session: Session, intent: DeletePod, plan_context: PlanContext) -> DeleteFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    access_checks = await rights(session, intent.action, intent.set.namespace)
    tried = () if session.gate.closed else (await dry_run(session, request(intent)),)
    return DeleteFacts(fresh, (*access_checks, *tried), plan_context.settings)


def request(intent: DeletePod) -> Request:
    """A deletion with the pod's own grace period, and its uid as a precondition."""
    namespace = intent.set.namespace
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": intent.pod_uid}}
    return Request(
        PODS.path(namespace, intent.pod),
        Message("DELETE", body),
        Ref("Pod", namespace, intent.pod, intent.pod_uid),
        f"delete {intent.pod}",
    )


def plan(facts: DeleteFacts, intent: DeletePod, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set.namespace, intent.pod
    down = checks.down(fresh, [name])
    quorum = checks.quorum_of(fresh, facts.settings)
    few = quorum is not None and checks.members_up(fresh, [name]) < quorum
    unknown = bool(fresh.unread(PODS))
    return Plan(
        intent=intent,
        about=Ref("Pod", namespace, name, intent.pod_uid),
        title=f"Delete {namespace}/{name}",
        made_at=fresh.at,
        steps=tuple(_steps(fresh, name)),
        checks=(
            checks.same_set(fresh, intent),
            same_pod(fresh, intent),
            of_set(fresh, name),
            _not_terminating(fresh, name),
            *facts.access_checks,
            checks.members(fresh, [name], facts.settings),
            _revision(fresh, name),
            checks.budgets(fresh),
            checks.other_writers(fresh),
        ),
        risks=tuple(_risks(fresh, name, few)),
        safer=tuple(_safer(fresh, intent)),
        same_as=kubectl(namespace, "delete", "pod", name),
        confirmation=Confirmation(name=name if down or few or unknown else "", context=policy.protected),
        requests=(request(intent),),
        goal=Replaced(name, intent.pod_uid),
        danger=Danger.DISRUPTIVE,
        ends=(name,),
        preconditions=(
            Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid),
            Precondition("pod-uid", "the uid of the pod", _uid(fresh, name)),
            Precondition("replicas", "replicas", str(fresh.set.spec.replicas)),
            Precondition("revision-after", "the revision after recreation", _revision_after(fresh, name)),
            Precondition("members-down", "members down", in_order([row.name for row in down]) or "none"),
            Precondition("deletion", "its deletion", "requested" if _is_terminating(fresh, name) else "not requested"),
        ),
    )


async def was_done(session: Session, plan: Plan) -> bool:
    """Raises `ClusterError`."""
    return is_gone_or_terminating(await read_pod(session, plan.about), plan.about.uid)


def _steps(fresh: FreshState, name: str) -> Iterator[str]:
    pod, row = pod_of(fresh, name), row_of(fresh, name)
    grace = pod.spec.termination_grace_period_seconds if pod is not None else 30
    yield f"delete {name} ({grace} s grace)"
    if row is not None and row.surplus:
        yield f"{name} will not be recreated (beyond replica count)"
        return
    back = _revision_after(fresh, name)
    revision = f" on {short_revision(back, fresh.view.name)}" if back else ""
    yield f"the controller recreates {name}{revision}, with the same name{SAME_CLAIMS}"
    rollout = fresh.view.rollout
    if fresh.view.policy != "Parallel" and rollout.rolling and rollout.active and not rollout.held:
        yield f"the rollout waits until {name} is available"


def _risks(fresh: FreshState, name: str, few: bool) -> Iterator[str]:
    row = row_of(fresh, name)
    if row is not None and row.surplus:
        return
    if fresh.view.replicas == 1:
        yield risks.ONLY_MEMBER
    if few:
        yield "Without it fewer members are available than the quorum."
    if row is not None and row.role:
        yield risks.new_leader(name, row.role)
    yield from risks.other_revision(row, fresh.view.name)


def _safer(fresh: FreshState, intent: DeletePod) -> Iterator[Alternative]:
    """Eviction, for which kubectl has no command.

    Documentation: "API-initiated Eviction".
    """
    if fresh.view.budget.name:
        namespace, name = intent.set.namespace, intent.pod
        body = (
            f'{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{name}","namespace":"{namespace}"}}}}'
        )
        path = raw_path(PODS.path(namespace, name, "eviction"), fresh.below_path)
        yield Alternative(
            f"evict it: honours PDB {fresh.view.budget.name}, unlike a deletion",
            f"echo {shlex.quote(body)} | kubectl create --raw {path} -f -",
        )


def _not_terminating(fresh: FreshState, name: str) -> Check:
    if _is_terminating(fresh, name):
        return Check("not-ending", Result.FAIL, f"{name} is already terminating")
    return Check("not-ending", Result.PASS, "not already terminating")


def _is_terminating(fresh: FreshState, name: str) -> bool:
    pod = pod_of(fresh, name)
    return pod is not None and pod.metadata.deletion_timestamp is not None


def _revision(fresh: FreshState, name: str) -> Check:
    row, back = row_of(fresh, name), _revision_after(fresh, name)
    if row is not None and row.surplus:
        return Check("revision", Result.PASS, "will not be recreated (beyond replica count)")
    if row is None or not back or not row.revision:
        return Check("revision", Result.UNKNOWN, "revision after recreation unknown")
    short = short_revision(back, fresh.view.name)
    if back == row.revision:
        return Check("revision", Result.PASS, f"revision does not change: {short}")
    return Check(
        "revision", Result.WARN, f"runs {short_revision(row.revision, fresh.view.name)}, will be recreated on {short}"
    )


def _revision_after(fresh: FreshState, name: str) -> str:
    row = row_of(fresh, name)
    return row.comes_back_on if row is not None else ""


def _uid(fresh: FreshState, name: str) -> str:
    row = row_of(fresh, name)
    return row.uid if row is not None and row.uid is not None else "none"

"""Delete one pod gracefully: its containers are asked to end, and the controller makes its successor."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions.context import PlanContext
from stsview.actions.goals import Replaced
from stsview.actions.intents import DeletePod
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.preflight.pod_checks import of_set, pod_of, row_of, same_pod
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.pod_gone import is_gone_or_terminating, read_pod
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed, short_revision
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import PODS


@dataclass(frozen=True, slots=True)
class DeleteFacts:
    fresh: FreshState
    asked: tuple[Check, ...]
    settings: ModelSettings


async def gather(session: Session, intent: DeletePod, plan_context: PlanContext) -> DeleteFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await read_fresh_state(session, intent.set, plan_context.settings)
    asked = await rights(session, [Right("delete", PODS, intent.set.namespace)])
    tried = () if session.gate.closed else (await dry_run(session, request(intent)),)
    return DeleteFacts(found, (*asked, *tried), plan_context.settings)


def request(intent: DeletePod) -> Request:
    """With the grace period that the pod has, and for no other pod of its name."""
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
    found = facts.fresh
    namespace, name = intent.set.namespace, intent.pod
    down = checks.down(found, [name])
    quorum = checks.quorum_of(found, facts.settings)
    few = quorum is not None and checks.members_up(found, [name]) < quorum
    unknown = bool(found.unread(PODS))
    return Plan(
        intent=intent,
        about=Ref("Pod", namespace, name, intent.pod_uid),
        title=f"Delete {namespace}/{name}",
        made_at=found.at,
        steps=tuple(_steps(found, name)),
        checks=(
            checks.same_set(found, intent),
            same_pod(found, intent),
            of_set(found, name),
            _not_ending(found, name),
            *facts.asked,
            checks.members(found, [name], facts.settings),
            _revision(found, name),
            checks.budgets(found),
            checks.other_writers(found),
        ),
        risks=tuple(_risks(found, name, few)),
        safer=tuple(_safer(found, intent)),
        same_as=kubectl(namespace, "delete", "pod", name),
        confirmation=Confirmation(name=name if down or few or unknown else "", context=policy.protected),
        requests=(request(intent),),
        goal=Replaced(name, intent.pod_uid),
        danger=Danger.DISRUPTIVE,
        preconditions=(
            Precondition("set-uid", "the uid of the set", found.set.metadata.uid),
            Precondition("pod-uid", "the uid of the pod", _uid(found, name)),
            Precondition("replicas", "replicas", str(found.set.spec.replicas)),
            Precondition("revision-after", "the revision that it comes back on", _comes_back_on(found, name)),
            Precondition("members-down", "members down", listed([row.name for row in down]) or "none"),
            Precondition("deletion", "its deletion", "asked for" if _ends(found, name) else "not asked for"),
        ),
    )


async def was_done(session: Session, made: Plan) -> bool:
    """Raises `ClusterError`."""
    return is_gone_or_terminating(await read_pod(session, made.about), made.about.uid)


def _steps(found: FreshState, name: str) -> Iterator[str]:
    pod, row = pod_of(found, name), row_of(found, name)
    grace = pod.spec.termination_grace_period_seconds if pod is not None else 30
    yield f"{name} is asked to end, and has {grace}s for it"
    if row is not None and row.surplus:
        yield f"{name} does not come back: the set is scaled below it"
        return
    back = _comes_back_on(found, name)
    revision = f" on {short_revision(back, found.view.name)}" if back else ""
    yield f"the controller creates a new {name}{revision}, with the same name and the same claims"
    if found.view.policy != "Parallel":
        yield "nothing else of the set moves until it is available"


def _risks(found: FreshState, name: str, few: bool) -> Iterator[str]:
    row = row_of(found, name)
    if row is not None and row.surplus:
        return
    if found.view.replicas == 1:
        yield risks.ONLY_MEMBER
    if few:
        yield "Without it the members that are up are fewer than the quorum."
    if row is not None and row.role:
        yield risks.new_leader(name, row.role)
    yield from risks.other_revision(row, found.view.name)


def _safer(found: FreshState, intent: DeletePod) -> Iterator[Alternative]:
    """kubectl has no command that evicts one pod; the API itself has (documentation: "API-initiated Eviction")."""
    if found.view.budget.name:
        namespace, name = intent.set.namespace, intent.pod
        body = (
            f'{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{name}","namespace":"{namespace}"}}}}'
        )
        yield Alternative(
            f"evict it: that asks the budget {found.view.budget.name} first, a deletion does not",
            f"echo {shlex.quote(body)} | kubectl create --raw {PODS.path(namespace, name, 'eviction')} -f -",
        )


def _not_ending(found: FreshState, name: str) -> Check:
    if _ends(found, name):
        return Check("not-ending", Result.FAIL, f"the end of {name} was asked for already")
    return Check("not-ending", Result.PASS, f"{name} is not ending yet")


def _ends(found: FreshState, name: str) -> bool:
    pod = pod_of(found, name)
    return pod is not None and pod.metadata.deletion_timestamp is not None


def _revision(found: FreshState, name: str) -> Check:
    row, back = row_of(found, name), _comes_back_on(found, name)
    if row is not None and row.surplus:
        return Check("revision", Result.PASS, "it does not come back")
    if row is None or not back or not row.revision:
        return Check("revision", Result.UNKNOWN, "on which revision it comes back is unknown")
    short = short_revision(back, found.view.name)
    if back == row.revision:
        return Check("revision", Result.PASS, f"it comes back on {short}, as it is now")
    return Check(
        "revision", Result.WARN, f"it comes back on {short}, and runs {short_revision(row.revision, found.view.name)}"
    )


def _comes_back_on(found: FreshState, name: str) -> str:
    row = row_of(found, name)
    return row.comes_back_on if row is not None else ""


def _uid(found: FreshState, name: str) -> str:
    row = row_of(found, name)
    return row.uid if row is not None and row.uid is not None else "none"

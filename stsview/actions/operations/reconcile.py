"""Trigger a reconcile by annotating the set, which changes no pod.

For a controller that has silently stopped.

A sync that ends without an error is not repeated until something about the set changes, or until the next resync, which
may be hours away (pkg/controller/statefulset/stateful_set.go).
"""

from __future__ import annotations

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import Reconciled
from stsview.actions.intents import Reconcile
from stsview.actions.plan import Check, Confirmation, Plan, Precondition, Request
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import MERGE_PATCH, Message
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed
from stsview.model.views import Place
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.statefulset import StatefulSet

ANNOTATION = "stsview.io/nudge"


class ReconcileFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    access_checks: tuple[Check, ...]


async def gather(session: Session, intent: Reconcile, plan_context: PlanContext) -> ReconcileFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    access_checks = await rights(session, intent.action, intent.set.namespace)
    tried = () if session.gate.closed else (await dry_run(session, request(intent, fresh)),)
    return ReconcileFacts(fresh, (*access_checks, *tried))


def request(intent: Reconcile, fresh: FreshState) -> Request:
    """A merge patch, since a JSON patch cannot add to annotations that may be absent.

    With a uid in its metadata, the server answers 409 for any other object of the name.
    """
    body = {"metadata": {"uid": intent.set_uid, "annotations": {ANNOTATION: _timestamp(fresh)}}}
    namespace, name = intent.set
    return Request(
        STATEFULSETS.path(namespace, name),
        Message("PATCH", body, MERGE_PATCH),
        Ref("StatefulSet", namespace, name, intent.set_uid),
        f"write the annotation {ANNOTATION} to {intent.set}",
    )


def _timestamp(fresh: FreshState) -> str:
    return fresh.at.isoformat(timespec="seconds")


async def was_done(session: Session, plan: Plan) -> bool:
    """Raises `ClusterError`."""
    key = plan.set_intent.set
    stateful = await session.get(STATEFULSETS, key.namespace, key.name)
    (sent,) = plan.requests
    body = sent.message.body
    return (
        isinstance(body, dict)
        and isinstance(stateful, StatefulSet)
        and stateful.metadata.annotations.get(ANNOTATION) == body["metadata"]["annotations"][ANNOTATION]
    )


def plan(facts: ReconcileFacts, intent: Reconcile, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    missing = [row for row in fresh.view.ordinals if row.place is Place.EXPECTED and row.uid is None]
    names = listed([row.name for row in missing])
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Trigger a reconcile of {intent.set}",
        made_at=fresh.at,
        steps=(
            f"set the annotation {ANNOTATION}; no pod, revision or PVC changes",
            f"the controller reconciles the set{f' and creates {names} if possible' if missing else ''}",
        ),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            *facts.access_checks,
            checks.other_writers(fresh),
        ),
        risks=("GitOps tools may report the annotation as drift.",),
        safer=(),
        same_as=kubectl(
            namespace,
            "annotate",
            "--overwrite",
            "statefulset",
            name,
            f"{ANNOTATION}={fresh.at.isoformat(timespec='seconds')}",
        ),
        confirmation=Confirmation(context=policy.protected),
        requests=(request(intent, fresh),),
        goal=Reconciled(tuple(row.ordinal for row in missing)),
        danger=Danger.REVERSIBLE,
        ends=(),
        preconditions=(
            Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid),
            Precondition("missing-pods", "missing pods", names or "none"),
        ),
    )

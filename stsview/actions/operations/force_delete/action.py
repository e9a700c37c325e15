"""Force-delete one pod that is stuck Terminating.

Its containers may still run on its node.
"""

from __future__ import annotations

from stsview.actions.context import PlanContext
from stsview.actions.goals import Replaced
from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete import facts as force_facts
from stsview.actions.operations.force_delete import texts
from stsview.actions.operations.force_delete.checks import checks_of, modes_of
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import changes
from stsview.actions.operations.force_delete.node_liveness import preconditions as node_preconditions
from stsview.actions.plan import Confirmation, Plan, Precondition, Request
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.pod_checks import row_of
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.pod_gone import is_gone, read_pod
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import Message
from stsview.model.finding import Danger, Ref
from stsview.objects.kinds import ATTACHMENTS, PODS
from stsview.triage.support.events import timestamp

FOLLOW_SECONDS = 900.0
"""A volume is detached by force from an unresponsive node after six minutes; then the replacement has to start."""


async def gather(session: Session, intent: ForceDelete, plan_context: PlanContext) -> ForceFacts:
    """Read the facts; takes `READINGS_APART_SECONDS`, except for a preview.

    Raises `Refused` where the set or the pod is gone, and `ClusterError`.
    """
    return await force_facts.gather(session, intent, request(intent), plan_context)


def request(intent: ForceDelete) -> Request:
    """The deletion, for no other pod of that name.

    A grace period of 0 removes the object immediately unless it has finalizers (registry/generic/registry/store.go);
    kubectl, without --force, changes it to 1 and waits.
    """
    namespace = intent.set.namespace
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Background",
        "preconditions": {"uid": intent.pod_uid},
    }
    return Request(
        PODS.path(namespace, intent.pod),
        Message("DELETE", body),
        Ref("Pod", namespace, intent.pod, intent.pod_uid),
        f"force-delete {intent.pod}",
    )


def plan(facts: ForceFacts, intent: ForceDelete, policy: Policy) -> Plan:
    """Pure."""
    namespace, name = intent.set.namespace, intent.pod
    checks_made = checks_of(facts, intent)
    overridable = any(check.refuses and check.overridable for check in checks_made)
    return Plan(
        intent=intent,
        about=Ref("Pod", namespace, name, intent.pod_uid),
        title=f"Force-delete {namespace}/{name}",
        made_at=facts.at,
        steps=tuple(texts.steps(facts, intent)),
        checks=checks_made,
        risks=tuple(texts.risks(facts, intent)),
        safer=tuple(texts.safer(facts, intent)),
        # No command before the kubelet is known to be silent.
        same_as="" if facts.is_preview else kubectl(namespace, "delete", "pod", name, "--grace-period=0", "--force"),
        confirmation=Confirmation(
            name=name,
            attestations=texts.attestations(facts, intent),
            context=policy.protected,
            reason=overridable,
        ),
        requests=(request(intent),),
        goal=Replaced(name, intent.pod_uid, facts.claims),
        danger=Danger.LOSS,
        ends=(name,),
        preconditions=_preconditions(facts, intent),
        manual_only=tuple(texts.manual_only(facts, intent)),
    )


async def recheck(session: Session, plan: Plan) -> str:
    """Why it must not be sent after all.

    The kubelet came back after the plan was made; empty where it may be.

    Where the kubelet was alive, or counted as alive, the operator has overridden that, and nothing is checked again.
    Raises nothing.
    """
    if any(check.refuses and check.overridable for check in plan.checks):
        return ""
    return await changes(session, plan.preconditions)


async def was_done(session: Session, plan: Plan) -> bool:
    """Whether the pod is gone. Raises `ClusterError`."""
    # Terminating is not enough: without finalizers, and none can be added any more, it would be gone
    # (registry/generic/registry/store.go).
    return is_gone(await read_pod(session, plan.about), plan.about.uid)


def _preconditions(facts: ForceFacts, intent: ForceDelete) -> tuple[Precondition, ...]:
    fresh, meta = facts.fresh, facts.pod.metadata
    row = row_of(fresh, intent.pod)
    deadline = meta.deletion_timestamp
    down = checks.down(fresh, [intent.pod])
    attached = fresh.unread(ATTACHMENTS) and "unknown"
    return (
        Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid),
        Precondition("pod-uid", "the uid of the pod", meta.uid),
        Precondition(
            "deletion-deadline", "the end of its grace period", timestamp(deadline) if deadline is not None else "never"
        ),
        Precondition("finalizers", "its finalizers", ", ".join(meta.finalizers) or "none"),
        *(node_preconditions(facts.kubelet) if facts.kubelet is not None else ()),
        Precondition("claims", "its claims", ", ".join(facts.claims) or "none"),
        Precondition(
            "access-modes", "their access modes", modes_of(facts, list(facts.claims)) if facts.claims else "none"
        ),
        Precondition(
            "attached-volumes",
            "the attached volumes",
            attached or ", ".join(sorted(name for name, _ in facts.attached)) or "nothing",
        ),
        Precondition("replicas", "replicas", str(fresh.set.spec.replicas)),
        Precondition("revision-after", "the revision after recreation", row.comes_back_on if row is not None else ""),
        Precondition("members-down", "members down", ", ".join(sorted(one.name for one in down)) or "none"),
    )

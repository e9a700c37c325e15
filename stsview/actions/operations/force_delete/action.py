"""Force-delete one pod that is stuck Terminating: take its object out of the cluster, whatever runs on its machine."""

from __future__ import annotations

from stsview.actions.context import PlanContext
from stsview.actions.goals import Replaced
from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete import facts as force_facts
from stsview.actions.operations.force_delete import texts as force_words
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
"""A volume is taken from a node that does not let go of it after six minutes; then the successor still has to start."""


async def gather(session: Session, intent: ForceDelete, plan_context: PlanContext) -> ForceFacts:
    """Takes `stsview.actions.kubelet.APART_SECONDS`. Raises `Refused` where set or pod is gone, and `ClusterError`."""
    return await force_facts.gather(session, intent, request(intent), plan_context.settings)


def request(intent: ForceDelete) -> Request:
    """For no other pod of its name. A grace period of 0 removes the object at once unless it has finalizers
    (registry/generic/registry/store.go); kubectl, without --force, makes it 1 and waits."""
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
    made = checks_of(facts, intent)
    overruled = any(check.refuses and check.overridable for check in made)
    return Plan(
        intent=intent,
        about=Ref("Pod", namespace, name, intent.pod_uid),
        title=f"Force-delete {namespace}/{name}",
        made_at=facts.at,
        steps=tuple(force_words.steps(facts, intent)),
        checks=made,
        risks=tuple(force_words.risks(facts, intent)),
        safer=tuple(force_words.safer(facts, intent)),
        same_as=kubectl(namespace, "delete", "pod", name, "--grace-period=0", "--force"),
        confirmation=Confirmation(
            name=name,
            attestations=force_words.attestations(facts, intent),
            context=policy.protected,
            reason=overruled,
        ),
        requests=(request(intent),),
        goal=Replaced(name, intent.pod_uid, facts.claims),
        danger=Danger.LOSS,
        preconditions=_preconditions(facts, intent),
        manual_only=tuple(force_words.manual_only(facts, intent)),
    )


async def recheck(session: Session, made: Plan) -> str:
    """Why it is not sent after all: the kubelet came back after everything was read. Of one that was known, or had to
    be taken, to live nothing is asked: somebody has written why it is to be done all the same. Raises nothing."""
    if any(check.refuses and check.overridable for check in made.checks):
        return ""
    return await changes(session, made.preconditions)


async def was_done(session: Session, made: Plan) -> bool:
    """Raises `ClusterError`."""
    # Terminating is not enough: without finalizers, and none can be added any more, it would be gone
    # (registry/generic/registry/store.go).
    return is_gone(await read_pod(session, made.about), made.about.uid)


def _preconditions(facts: ForceFacts, intent: ForceDelete) -> tuple[Precondition, ...]:
    found, meta = facts.fresh, facts.pod.metadata
    row = row_of(found, intent.pod)
    deadline = meta.deletion_timestamp
    down = checks.down(found, [intent.pod])
    attached = found.unread(ATTACHMENTS) and "unknown"
    return (
        Precondition("set-uid", "the uid of the set", found.set.metadata.uid),
        Precondition("pod-uid", "the uid of the pod", meta.uid),
        Precondition(
            "deletion-deadline", "when its end was due", timestamp(deadline) if deadline is not None else "never"
        ),
        Precondition("finalizers", "its finalizers", ", ".join(meta.finalizers) or "none"),
        *(node_preconditions(facts.kubelet) if facts.kubelet is not None else ()),
        Precondition("claims", "its claims", ", ".join(facts.claims) or "none"),
        Precondition(
            "access-modes", "their access modes", modes_of(facts, list(facts.claims)) if facts.claims else "none"
        ),
        Precondition(
            "attached-volumes",
            "what is attached",
            attached or ", ".join(sorted(name for name, _ in facts.attached)) or "nothing",
        ),
        Precondition("replicas", "replicas", str(found.set.spec.replicas)),
        Precondition(
            "revision-after", "the revision that it comes back on", row.comes_back_on if row is not None else ""
        ),
        Precondition("members-down", "members down", ", ".join(sorted(one.name for one in down)) or "none"),
    )

"""Cordon and uncordon a node: close it to new pods, or open it again.

`spec.unschedulable` alone decides; pods that run there stay (documentation: "Nodes", Manual Node administration).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.goals import Accepted
from stsview.actions.intents import Cordon, NodeIntent, Uncordon
from stsview.actions.plan import Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.changed_meanwhile import no_longer_exists, recreated
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.json_patch import tests
from stsview.actions.requests.patch_outcome import was_done
from stsview.cluster.errors import NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import JSON_PATCH, Message
from stsview.model.finding import Danger, Ref
from stsview.model.names import counted, listed
from stsview.model.nodes.drain import DrainView
from stsview.model.nodes.members import NodeRow
from stsview.objects.kinds import NODES
from stsview.objects.node import Node


class NodeFacts(msgspec.Struct, frozen=True):
    node: Node
    at: datetime
    """The server's time."""
    access_checks: tuple[Check, ...]
    row: NodeRow | None
    """The node in the live picture; None where it is not there."""
    drain: DrainView | None
    pending: tuple[str, ...]
    """`namespace/name` of members that wait for a node and could be placed on this one if it were open."""
    unread: tuple[str, ...]
    """Why it may have more members than are known, one sentence each."""
    fresh: None = None


async def gather(session: Session, intent: NodeIntent, plan_context: PlanContext) -> NodeFacts:
    """Raises `Refused` if the node no longer exists, and `ClusterError`."""
    try:
        node = await session.get(NODES, "", intent.node)
    except NotFound as error:
        raise Refused(no_longer_exists(f"node {intent.node}")) from error
    if not isinstance(node, Node):
        raise Refused(f"the server returned another object than node {intent.node}")
    access_checks = await rights(session, intent.action)
    tried = () if session.gate.closed else (await dry_run(session, request(intent)),)
    reports = plan_context.nodes()
    known = intent.node in reports.rows
    return NodeFacts(
        node,
        session.server_now(),
        (*access_checks, *tried),
        reports.rows[intent.node] if known else None,
        reports.drain(intent.node) if known else None,
        tuple(reports.pending_for(node)),
        reports.unread,
    )


def request(intent: NodeIntent) -> Request:
    """A patch of the node with that uid, and of no other of that name."""
    closing = isinstance(intent, Cordon)
    body = [
        tests("/metadata/uid", intent.node_uid),
        {"op": "add", "path": "/spec/unschedulable", "value": True}
        if closing
        else {"op": "remove", "path": "/spec/unschedulable"},
    ]
    return Request(
        NODES.path("", intent.node),
        Message("PATCH", body, JSON_PATCH),
        Ref("Node", "", intent.node, intent.node_uid),
        f"{'cordon' if closing else 'uncordon'} {intent.node}",
    )


async def execute(execution: Execution, intent: NodeIntent) -> None:
    """Send the patch; the node is closed or open with the answer."""
    plan = execution.plan
    for one in plan.requests:
        await execution.send(one, partial(was_done, execution.session, plan))


def plan_cordon(facts: NodeFacts, intent: Cordon, policy: Policy) -> Plan:
    """Pure."""
    number = len(facts.row.members) if facts.row is not None else 0
    known = "known " if facts.unread else ""
    running = f", {counted(number, f'{known}member')} of StatefulSets among them" if number else ""
    steps = (f"{intent.node} accepts no new pods", f"pods that run there stay{running}")
    return _plan(facts, intent, policy, "Cordon", steps, tuple(_bound_here(facts)))


def plan_uncordon(facts: NodeFacts, intent: Uncordon, policy: Policy) -> Plan:
    """Pure."""
    waiting = f": {listed(list(facts.pending))} can be scheduled there, room aside" if facts.pending else ""
    steps = (f"{intent.node} accepts new pods again{waiting}",)
    return _plan(facts, intent, policy, "Uncordon", steps, tuple(_not_well(facts)))


def _plan(
    facts: NodeFacts, intent: NodeIntent, policy: Policy, verb: str, steps: tuple[str, ...], more: tuple[Check, ...]
) -> Plan:
    name = intent.node
    return Plan(
        intent=intent,
        about=Ref("Node", "", name, intent.node_uid),
        title=f"{verb} {name}",
        made_at=facts.at,
        steps=steps,
        checks=(_same_node(facts, intent), _not_yet(facts, intent), *facts.access_checks, *more),
        risks=("A cluster autoscaler may add a node for pods that find no room.",) if verb == "Cordon" else (),
        safer=(),
        same_as=kubectl("", verb.lower(), name),
        confirmation=Confirmation(context=policy.protected),
        requests=(request(intent),),
        goal=Accepted(),
        danger=Danger.REVERSIBLE,
        ends=(),
        preconditions=(
            Precondition("node-uid", "the uid of the node", facts.node.metadata.uid),
            Precondition("unschedulable", "whether it is cordoned", str(facts.node.spec.unschedulable).lower()),
        ),
    )


def _same_node(facts: NodeFacts, intent: NodeIntent) -> Check:
    if facts.node.metadata.uid == intent.node_uid:
        return Check("same-node", Result.PASS, "same node (uid unchanged)")
    return Check("same-node", Result.FAIL, recreated(intent.node))


def _not_yet(facts: NodeFacts, intent: NodeIntent) -> Check:
    cordoned = facts.node.spec.unschedulable
    if cordoned is isinstance(intent, Cordon):
        return Check("cordoned", Result.FAIL, f"{intent.node} is {'already' if cordoned else 'not'} cordoned")
    return Check("cordoned", Result.PASS, f"{intent.node} is {'cordoned' if cordoned else 'not cordoned'}")


def _bound_here(facts: NodeFacts) -> Iterator[Check]:
    """Members that could not come back anywhere if they ended while the node is closed."""
    for sentence in facts.unread:
        yield Check("members", Result.UNKNOWN, sentence)
    drain = facts.drain
    if drain is None:
        yield Check("members", Result.UNKNOWN, "cannot tell which members are on it: it is not in the live data")
        return
    if drain.stuck:
        names = listed([f"{key.namespace}/{pod}" for key, pod in drain.stuck])
        words = f"no other node can run {names}: a replacement stays Pending until {drain.node} is uncordoned"
        yield Check("place", Result.WARN, words)
    elif drain.place_unknown:
        yield Check("place", Result.UNKNOWN, "cannot tell whether its members could start on another node")
    elif facts.row is not None and facts.row.members:
        yield Check("place", Result.PASS, "each member on it could start on another node, room aside")


def _not_well(facts: NodeFacts) -> Iterator[Check]:
    ready = facts.node.ready
    if ready is None or ready.status != "True":
        yield Check("ready", Result.WARN, "the node is not Ready: pods start there only once it is")

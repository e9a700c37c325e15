"""Checks before a pod is force-deleted (documentation: "Force Delete StatefulSet Pods").

The name of the object alone guarantees that no two pods have the same identity. Removing the object while its
containers may still run gives that guarantee up.
"""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete import clock_skew
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import Kubelet, LeaseState, NodeState
from stsview.actions.plan import Check, Result
from stsview.actions.preflight import checks
from stsview.actions.requests.changed_meanwhile import no_longer_exists, recreated
from stsview.actions.requests.pod_gone import is_gone
from stsview.model.names import listed, one_line
from stsview.model.ordinals.identity import of_former_set
from stsview.model.timing.durations import short
from stsview.model.timing.moment import later
from stsview.objects.kinds import ATTACHMENTS, CLAIMS

_UNREACHABLE_TAINT = "node.kubernetes.io/unreachable"

SHARED_MODES = frozenset({"ReadWriteMany"})


def checks_of(facts: ForceFacts, intent: ForceDelete) -> tuple[Check, ...]:
    fresh = facts.fresh
    checks_made = [
        checks.same_set(fresh, intent),
        _same_pod(facts, intent),
        _owner(facts, intent),
        _overdue(facts),
        clock_skew.check_clocks(facts.clocks),
        _finalizers(facts),
        *_kubelet(facts),
        _volumes(facts),
        *((facts.place,) if facts.place is not None else ()),
        *facts.access_checks,
        checks.members(fresh, [intent.pod], facts.settings),
        checks.budgets(fresh),
        checks.other_writers(fresh),
    ]
    if facts.node and not _node_was_read(facts) and not any(check.refuses for check in checks_made):
        # The pod became stuck only while the cluster was read.
        checks_made.append(
            Check("node", Result.UNKNOWN, f"node {facts.node} was not checked: try again", required=True)
        )
    return tuple(checks_made)


def _same_pod(facts: ForceFacts, intent: ForceDelete) -> Check:
    if is_gone(facts.pod, intent.pod_uid):
        return Check("same-pod", Result.FAIL, recreated(intent.pod))
    return Check("same-pod", Result.PASS, "same pod (uid unchanged)")


def _owner(facts: ForceFacts, intent: ForceDelete) -> Check:
    controller = facts.pod.metadata.controller
    if of_former_set(facts.pod, facts.fresh.set):
        return Check("owner", Result.PASS, f"owned by a former {intent.set.name}, which is deleted")
    if controller is None or controller.uid != facts.fresh.set.metadata.uid:
        return Check("owner", Result.FAIL, f"not owned by {intent.set.name}")
    return Check("owner", Result.PASS, f"owned by {intent.set.name}")


def _overdue(facts: ForceFacts) -> Check:
    meta = facts.pod.metadata
    deadline = meta.deletion_timestamp
    if deadline is None:
        return Check("overdue", Result.FAIL, "not terminating: use a normal delete")
    late = (facts.at - deadline).total_seconds()
    if late < 0:
        return Check("overdue", Result.FAIL, f"still within its grace period: {short(1 - late)} left")
    if facts.at < later(deadline, facts.settings.termination_slack):
        slack = short(facts.settings.termination_slack)
        return Check("overdue", Result.FAIL, f"grace period exceeded by only {short(late)}: wait until it is {slack}")
    grace = meta.deletion_grace_period_seconds
    given = f" (grace {grace}s)" if grace is not None else ""
    return Check("overdue", Result.PASS, f"grace period exceeded by {short(late)}{given}")


def _finalizers(facts: ForceFacts) -> Check:
    finalizers = [one_line(one) for one in facts.pod.metadata.finalizers]
    if not finalizers:
        return Check("finalizers", Result.PASS, "no finalizers")
    one = len(finalizers) == 1
    words = f"{'finalizer' if one else 'finalizers'} {listed(finalizers)} {'blocks' if one else 'block'} the removal"
    return Check("finalizers", Result.FAIL, f"{words}: force-delete has no effect")


def _node_was_read(facts: ForceFacts) -> bool:
    return facts.kubelet is not None and facts.kubelet.name == facts.node


def _kubelet(facts: ForceFacts) -> Iterator[Check]:
    if not facts.node:
        yield Check("node", Result.PASS, "not bound to a node: none of its containers runs")
    elif facts.kubelet is not None and _node_was_read(facts):
        yield _node(facts.kubelet)
        yield _pending_lease(facts.kubelet) if facts.is_preview else _lease(facts.kubelet)
        yield from _taints(facts.kubelet)


def _node(kubelet: Kubelet) -> Check:
    name = kubelet.name
    since = f" for {short((kubelet.at - kubelet.since).total_seconds())}" if kubelet.since is not None else ""
    verb = "has been" if since else "is"
    match kubelet.node:
        case NodeState.READY:
            words = f"node {name} is Ready: its kubelet can terminate the pod"
            return Check("node", Result.FAIL, words, overridable=True)
        case NodeState.UNKNOWN:
            words = f"node {name} is unknown and counts as Ready: {kubelet.node_unread}"
            return Check("node", Result.UNKNOWN, words, overridable=True, required=True)
        case NodeState.GONE:
            return Check("node", Result.WARN, no_longer_exists(f"node {name}"))
        case NodeState.UNREACHABLE:
            return Check("node", Result.WARN, f"node {name} {verb} unreachable{since}")
    reason = one_line(kubelet.second.ready.reason) if kubelet.second.ready is not None else "no status yet"
    return Check("node", Result.WARN, f"node {name} {verb} NotReady{since}{f' ({reason})' if reason else ''}")


def _pending_lease(kubelet: Kubelet) -> Check:
    return Check("lease", Result.UNKNOWN, f"not known yet whether the lease of {kubelet.name} is being renewed")


def _lease(kubelet: Kubelet) -> Check:
    name = kubelet.name
    ago = (kubelet.at - kubelet.renewed).total_seconds() if kubelet.renewed is not None else 0.0
    match kubelet.lease:
        case LeaseState.RENEWED:
            return Check(
                "lease", Result.FAIL, f"the lease of {name} is being renewed: its kubelet is alive", overridable=True
            )
        case LeaseState.VALID:
            when = f"was renewed {short(ago)} ago" if ago >= 0 else f"is dated {short(-ago)} in the future"
            words = f"the lease of {name} {when}: its kubelet may be alive"
            return Check("lease", Result.FAIL, words, overridable=True)
        case LeaseState.UNKNOWN:
            words = f"the lease of {name} is unknown and counts as renewed: {kubelet.lease_unread}"
            return Check("lease", Result.UNKNOWN, words, overridable=True, required=True)
        case LeaseState.EXPIRED:
            return Check("lease", Result.WARN, f"the lease of {name} has not been renewed for {short(ago)}")
    if kubelet.node is NodeState.NOT_READY:
        # Then nothing tells when the kubelet was last alive.
        words = f"{name} has no lease: cannot tell whether its kubelet is alive"
        return Check("lease", Result.UNKNOWN, words, overridable=True, required=True)
    return Check("lease", Result.WARN, f"{name} has no lease")


def _taints(kubelet: Kubelet) -> Iterator[Check]:
    """Taints that the node controller or an operator set on the node."""
    if kubelet.out_of_service:
        yield Check("taints", Result.WARN, f"{kubelet.name} is tainted out-of-service: pod GC will remove the pod")
    elif _UNREACHABLE_TAINT in kubelet.taints:
        yield Check("taints", Result.PASS, f"{kubelet.name} has the unreachable taint")
    elif kubelet.node is NodeState.UNREACHABLE:
        yield Check("taints", Result.WARN, f"{kubelet.name} does not have the unreachable taint")


def _volumes(facts: ForceFacts) -> Check:
    if not facts.claims:
        return Check("volumes", Result.PASS, "no PVCs")
    if why := facts.fresh.unread(CLAIMS) or facts.fresh.unread(ATTACHMENTS):
        return Check("volumes", Result.UNKNOWN, f"cannot tell where its volumes are attached: {why}")
    attached = list(dict.fromkeys(name for name, _ in facts.attached))
    if attached:
        words = f"{'is' if len(attached) == 1 else 'are'} still attached to {facts.node}"
        return Check("volumes", Result.WARN, f"{listed(attached)} {words} ({modes_of(facts, attached)})")
    if shared := [name for name in facts.claims if SHARED_MODES.intersection(facts.modes(name))]:
        return Check(
            "volumes",
            Result.WARN,
            f"{listed(shared)} {'is' if len(shared) == 1 else 'are'} writable from any node (ReadWriteMany)",
        )
    words = f"none of its volumes is attached to {facts.node or 'any node'}"
    return Check("volumes", Result.PASS, f"{words} ({modes_of(facts, list(facts.claims))})")


def modes_of(facts: ForceFacts, claims: list[str]) -> str:
    """The access modes of these claims, each once."""
    return ", ".join(dict.fromkeys(mode for name in claims for mode in facts.modes(name))) or "access modes unknown"

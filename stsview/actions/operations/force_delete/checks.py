"""What has to hold before a pod is force-deleted (documentation: "Force Delete StatefulSet Pods").

That no two pods have one identity rests on nothing but the name of the object: whoever removes it while its containers
may still run gives the identity away twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete import clock_skew
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import Kubelet, LeaseState, NodeState
from stsview.actions.plan import Check, Result
from stsview.actions.preflight import checks
from stsview.actions.requests.changed_meanwhile import recreated
from stsview.actions.requests.pod_gone import is_gone
from stsview.model.names import listed, one_line
from stsview.model.timing.durations import short
from stsview.model.timing.moment import later
from stsview.objects.kinds import ATTACHMENTS, CLAIMS

UNREACHABLE = "node.kubernetes.io/unreachable"

SHARED = frozenset({"ReadWriteMany"})


def checks_of(facts: ForceFacts, intent: ForceDelete) -> tuple[Check, ...]:
    found = facts.fresh
    made = [
        checks.same_set(found, intent),
        _same_pod(facts, intent),
        _owner(facts, intent),
        _overdue(facts),
        clock_skew.agree(facts.clocks),
        _finalizers(facts),
        *_kubelet(facts),
        _volumes(facts),
        *((facts.place,) if facts.place is not None else ()),
        *facts.asked,
        checks.members(found, [intent.pod], facts.settings),
        checks.budgets(found),
        checks.other_writers(found),
    ]
    if facts.node and not _looked(facts) and not any(check.refuses for check in made):
        # It came to be stuck only while all this was read.
        made.append(Check("node", Result.UNKNOWN, f"node {facts.node} was not looked at: ask again", required=True))
    return tuple(made)


def _same_pod(facts: ForceFacts, intent: ForceDelete) -> Check:
    if is_gone(facts.pod, intent.pod_uid):
        return Check("same-pod", Result.FAIL, recreated(intent.pod))
    return Check("same-pod", Result.PASS, "same pod (uid unchanged)")


def _owner(facts: ForceFacts, intent: ForceDelete) -> Check:
    controller = facts.pod.metadata.controller
    if controller is None or controller.uid != facts.fresh.set.metadata.uid:
        return Check("owner", Result.FAIL, f"not owned by {intent.set.name}")
    return Check("owner", Result.PASS, f"owned by {intent.set.name}")


def _overdue(facts: ForceFacts) -> Check:
    meta = facts.pod.metadata
    deadline = meta.deletion_timestamp
    if deadline is None:
        return Check("overdue", Result.FAIL, "nobody has asked for its end: delete it gracefully")
    late = (facts.at - deadline).total_seconds()
    if late < 0:
        return Check("overdue", Result.FAIL, f"it still has {short(1 - late)} to end")
    if facts.at < later(deadline, facts.settings.termination_slack):
        slack = short(facts.settings.termination_slack)
        return Check("overdue", Result.FAIL, f"its end was due only {short(late)} ago: wait until that is {slack}")
    grace = meta.deletion_grace_period_seconds
    given = f" (grace {grace}s)" if grace is not None else ""
    return Check("overdue", Result.PASS, f"overdue: its end was due {short(late)} ago{given}")


def _finalizers(facts: ForceFacts) -> Check:
    finalizers = [one_line(one) for one in facts.pod.metadata.finalizers]
    if not finalizers:
        return Check("finalizers", Result.PASS, "no finalizers hold it")
    one = len(finalizers) == 1
    words = f"{'finalizer' if one else 'finalizers'} {listed(finalizers)} {'holds' if one else 'hold'} it"
    return Check("finalizers", Result.FAIL, f"{words}: force does not help")


def _looked(facts: ForceFacts) -> bool:
    return facts.kubelet is not None and facts.kubelet.name == facts.node


def _kubelet(facts: ForceFacts) -> Iterator[Check]:
    if not facts.node:
        yield Check("node", Result.PASS, "it is on no node: nothing of it runs")
    elif facts.kubelet is not None and _looked(facts):
        yield _node(facts.kubelet)
        yield _lease(facts.kubelet)
        yield from _taints(facts.kubelet)


def _node(kubelet: Kubelet) -> Check:
    name = kubelet.name
    since = f" for {short((kubelet.at - kubelet.since).total_seconds())}" if kubelet.since is not None else ""
    match kubelet.node:
        case NodeState.READY:
            words = f"node {name} is Ready: its kubelet can finish"
            return Check("node", Result.FAIL, words, overridable=True)
        case NodeState.UNKNOWN:
            words = f"node {name} is unknown, and counts as Ready: {kubelet.node_unread}"
            return Check("node", Result.UNKNOWN, words, overridable=True, required=True)
        case NodeState.GONE:
            return Check("node", Result.WARN, f"there is no node {name} any more")
        case NodeState.SILENT:
            return Check("node", Result.WARN, f"node {name} silent{since}")
    reason = one_line(kubelet.second.ready.reason) if kubelet.second.ready is not None else "no status yet"
    return Check("node", Result.WARN, f"node {name} not Ready{since}{f' ({reason})' if reason else ''}")


def _lease(kubelet: Kubelet) -> Check:
    name = kubelet.name
    ago = (kubelet.at - kubelet.renewed).total_seconds() if kubelet.renewed is not None else 0.0
    match kubelet.lease:
        case LeaseState.RENEWED:
            return Check("lease", Result.FAIL, f"the lease of {name} is renewed: its kubelet lives", overridable=True)
        case LeaseState.HOLDS:
            when = f"was renewed {short(ago)} ago" if ago >= 0 else f"is dated {short(-ago)} ahead"
            words = f"the lease of {name} {when}: its kubelet may live"
            return Check("lease", Result.FAIL, words, overridable=True)
        case LeaseState.UNKNOWN:
            words = f"the lease of {name} is unknown, and counts as renewed: {kubelet.lease_unread}"
            return Check("lease", Result.UNKNOWN, words, overridable=True, required=True)
        case LeaseState.STANDS:
            return Check("lease", Result.WARN, f"its lease has not been renewed for {short(ago)}")
    if kubelet.node is NodeState.NOT_READY:
        # Then nothing tells how old its last word is.
        words = f"{name} has no lease: whether its kubelet lives is unknown"
        return Check("lease", Result.UNKNOWN, words, overridable=True, required=True)
    return Check("lease", Result.WARN, f"{name} has no lease")


def _taints(kubelet: Kubelet) -> Iterator[Check]:
    """What the node controller, or somebody, makes of the node."""
    if kubelet.out_of_service:
        yield Check("taints", Result.WARN, f"{kubelet.name} is marked out of service: pod GC is to remove it")
    elif UNREACHABLE in kubelet.taints:
        yield Check("taints", Result.PASS, f"{kubelet.name} is tainted as unreachable")
    elif kubelet.node is NodeState.SILENT:
        yield Check("taints", Result.WARN, f"{kubelet.name} is not tainted as unreachable")


def _volumes(facts: ForceFacts) -> Check:
    if not facts.claims:
        return Check("volumes", Result.PASS, "it has no claims")
    if why := facts.fresh.unread(CLAIMS) or facts.fresh.unread(ATTACHMENTS):
        return Check("volumes", Result.UNKNOWN, f"where its volumes are attached is unknown: {why}")
    attached = list(dict.fromkeys(name for name, _ in facts.attached))
    if attached:
        words = f"{'is' if len(attached) == 1 else 'are'} still attached to {facts.node}"
        return Check("volumes", Result.WARN, f"{listed(attached)} {words} ({modes_of(facts, attached)})")
    if shared := [name for name in facts.claims if SHARED.intersection(facts.modes(name))]:
        return Check("volumes", Result.WARN, f"{listed(shared)} can be written from any node (ReadWriteMany)")
    words = f"no volume of it is attached to {facts.node or 'any node'}"
    return Check("volumes", Result.PASS, f"{words} ({modes_of(facts, list(facts.claims))})")


def modes_of(facts: ForceFacts, claims: list[str]) -> str:
    """Their access modes, each once."""
    return ", ".join(dict.fromkeys(mode for name in claims for mode in facts.modes(name))) or "access modes unknown"

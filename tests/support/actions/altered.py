"""Facts about a stuck pod, changed in one respect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import Kubelet, NodeReading
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.lease import Lease
from stsview.objects.meta import BasicMeta
from stsview.objects.node import NodeCondition, Taint

Change = Callable[[ForceFacts], ForceFacts]


def changed(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)


def pod(**changes: Any) -> Change:
    """With other metadata."""
    return lambda facts: replace(facts, pod=changed(facts.pod, metadata=changed(facts.pod.metadata, **changes)))


def due(seconds: float) -> Change:
    """Its grace period ended so many seconds ago."""
    return lambda facts: pod(deletion_timestamp=facts.at - timedelta(seconds=seconds))(facts)


def seen(facts: ForceFacts) -> Kubelet:
    assert facts.kubelet is not None
    return facts.kubelet


def both(**changes: Any) -> Change:
    """The same change at both readings."""
    return lambda facts: replace(
        facts,
        kubelet=replace(
            seen(facts), first=replace(seen(facts).first, **changes), second=replace(seen(facts).second, **changes)
        ),
    )


def second(make: Callable[[NodeReading, datetime], NodeReading]) -> Change:
    """A change at the second reading; it gets the time of that."""
    return lambda facts: replace(facts, kubelet=replace(seen(facts), second=make(seen(facts).second, seen(facts).at)))


def ready(status: str, reason: str = "") -> Change:
    def change(facts: ForceFacts) -> ForceFacts:
        node = seen(facts).second.node
        assert node is not None
        told = NodeCondition(type="Ready", status=status, reason=reason, last_transition_time=facts.at)
        return both(node=changed(node, status=changed(node.status, conditions=(told,))))(facts)

    return change


def tainted(*keys: str) -> Change:
    def change(facts: ForceFacts) -> ForceFacts:
        node = seen(facts).second.node
        assert node is not None
        taints = tuple(Taint(key=key, effect="NoExecute") for key in keys)
        return both(node=changed(node, spec=changed(node.spec, taints=taints)))(facts)

    return change


def lease(ago: float, seconds: int = 40) -> Callable[[datetime], Lease]:
    def make(now: datetime) -> Lease:
        spec = {"renew_time": now - timedelta(seconds=ago), "lease_duration_seconds": seconds}
        return Lease(metadata=BasicMeta(name="node"), spec=changed(Lease(metadata=BasicMeta()).spec, **spec))

    return make


def stands(ago: float, seconds: int = 40) -> Change:
    """A lease that was last renewed so long ago, at both readings."""
    return lambda facts: both(lease=lease(ago, seconds)(seen(facts).at))(facts)


def then(*changes: Change) -> Change:
    def change(facts: ForceFacts) -> ForceFacts:
        for one in changes:
            facts = one(facts)
        return facts

    return change


def unread(*kinds: Any) -> Change:
    def change(facts: ForceFacts) -> ForceFacts:
        hidden = {kind.name: KindCoverage(Coverage.FORBIDDEN, f"you may not list {kind.resource}") for kind in kinds}
        objects = facts.fresh.objects
        covered = replace(objects, coverage={**objects.coverage, **hidden})
        return replace(facts, fresh=replace(facts.fresh, objects=covered))

    return change


def without_attachments(facts: ForceFacts) -> ForceFacts:
    fresh = facts.fresh
    return replace(facts, fresh=replace(fresh, objects=replace(fresh.objects, attachments=())))


def modes(*words: str) -> Change:
    def change(facts: ForceFacts) -> ForceFacts:
        fresh = facts.fresh
        claims = {
            name: changed(claim, status=changed(claim.status, access_modes=words))
            for name, claim in fresh.objects.claims.items()
        }
        return replace(facts, fresh=replace(fresh, objects=replace(fresh.objects, claims=claims)))

    return change


def without_volumes(facts: ForceFacts) -> ForceFacts:
    return replace(facts, pod=changed(facts.pod, spec=changed(facts.pod.spec, volumes=())))


def on_no_node(facts: ForceFacts) -> ForceFacts:
    return replace(facts, kubelet=None, pod=changed(facts.pod, spec=changed(facts.pod.spec, node_name="")))


def clock(**changes: Any) -> Change:
    return lambda facts: replace(facts, clocks=replace(facts.clocks, **changes))


def hour_apart(renewed: float | None) -> Change:
    """The server is an hour ahead of this machine; a node renewed its lease so long ago by the server's time."""
    return lambda facts: clock(
        offset=timedelta(hours=1),
        renewed=None if renewed is None else facts.at - timedelta(seconds=renewed),
    )(facts)


def nothing(facts: ForceFacts) -> ForceFacts:
    return facts

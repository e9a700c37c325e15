"""Faults and changes of a cluster between any two requests of an action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from stsview.cluster.http.write_gate import WriteGate
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import LEASES, NODES, PODS, STATEFUL_SETS
from stsview.simulator.nodes.node_specs import LEASE_NAMESPACE, NodeFault
from tests.actions.conftest import Doorway
from tests.support.actions.stuck import renew

Event = Callable[[Doorway, str], None]
"""`pod`: the one that is acted on, or another."""

AWAY_SECONDS = 8.0
"""How long a server is away: long enough for the picture to be old."""


def pod_is_replaced(doorway: Doorway, pod: str) -> None:
    doorway.cluster.storage.delete(PODS, "default", pod, grace_seconds=0)


def pod_is_deleted(doorway: Doorway, pod: str) -> None:
    doorway.cluster.storage.delete(PODS, "default", pod)


def set_is_replaced(doorway: Doorway, pod: str) -> None:
    """Its pods stay, and the new one adopts them."""
    cluster = doorway.cluster
    spec = cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]
    cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper", propagation="Orphan")
    # The garbage collector lets the pods go before the set is gone; its name is taken until then.
    cluster.engine.run_due()
    cluster.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "zookeeper"}, "spec": spec})


def somebody_scales(doorway: Doorway, pod: str) -> None:
    """To as many as the pod's number, which is sometimes one less than there are."""
    doorway.cluster.scale("default", "zookeeper", 2 + int(pod[-1]))


def machine_dies(doorway: Doorway, pod: str) -> None:
    doorway.cluster.fail_node(_node(doorway, pod))


def kubelet_dies(doorway: Doorway, pod: str) -> None:
    doorway.cluster.fail_node(_node(doorway, pod), NodeFault.KUBELET)


def node_is_back(doorway: Doorway, pod: str) -> None:
    doorway.cluster.recover_node(_node(doorway, pod))


def kubelet_is_heard(doorway: Doorway, pod: str) -> None:
    """Its lease is renewed, and nothing else has happened yet."""
    renew(doorway, _node(doorway, pod))


def node_is_deleted(doorway: Doorway, pod: str) -> None:
    node = _node(doorway, pod)
    doorway.cluster.storage.delete(NODES, "", node)
    doorway.cluster.storage.delete(LEASES, LEASE_NAMESPACE, node)


def connection_breaks(doorway: Doorway, pod: str) -> None:
    """With the next write, before it is carried out."""
    _hang_up(doorway, False)


def answer_is_lost(doorway: Doorway, pod: str) -> None:
    """Of the next write."""
    _hang_up(doorway, True)


def server_restarts(doorway: Doorway, pod: str) -> None:
    _later(doorway.cluster.server.restart(0.5))


def server_is_away(doorway: Doorway, pod: str) -> None:
    """So the picture goes stale, and comes back."""
    _later(doorway.cluster.server.restart(AWAY_SECONDS))


def picture_goes_stale(doorway: Doorway, pod: str) -> None:
    """Although the server answers requests for single objects."""
    doorway.cluster.server.faults.refusals.append(Refusal(500, "", ("list", "watch")))
    doorway.cluster.server.cut_connections()


def goes_read_only(doorway: Doorway, pod: str) -> None:
    session = doorway.live.session
    if session is not None:
        session.gate = WriteGate("--read-only")


def right_is_taken(doorway: Doorway, pod: str) -> None:
    doorway.cluster.server.users["admin"].denied.append(Rule(("delete", "patch"), ("*",), ("*",)))


def leases_are_hidden(doorway: Doorway, pod: str) -> None:
    doorway.cluster.server.faults.refusals.append(Refusal(403, "leases"))


def server_is_busy(doorway: Doorway, pod: str) -> None:
    doorway.cluster.server.faults.refusals.append(Refusal(429, "pods", ("delete",), times=2))


EVENTS: tuple[Event, ...] = (
    pod_is_replaced,
    pod_is_deleted,
    set_is_replaced,
    somebody_scales,
    machine_dies,
    kubelet_dies,
    node_is_back,
    kubelet_is_heard,
    node_is_deleted,
    connection_breaks,
    answer_is_lost,
    server_restarts,
    server_is_away,
    picture_goes_stale,
    goes_read_only,
    right_is_taken,
    leases_are_hidden,
    server_is_busy,
)


def happen(event: Event, doorway: Doorway, pod: str) -> None:
    """What cannot happen, as what it is about is not there, does not."""
    try:
        event(doorway, pod)
    except ApiError as error:
        if error.reason not in ("NotFound", "AlreadyExists"):
            raise


def _node(doorway: Doorway, pod: str) -> str:
    stored = doorway.cluster.storage.get(PODS, "default", pod)
    node: str = stored["spec"].get("nodeName") or doorway.cluster.nodes.names[0]
    return node


def _hang_up(doorway: Doorway, done: bool) -> None:
    for verb, plural in (("delete", "pods"), ("patch", "statefulsets")):
        doorway.cluster.server.faults.dropped_responses.append(DroppedResponse(verb, plural, done))


_RESTARTS: set[asyncio.Task[None]] = set()


def _later(restart: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(restart)
    _RESTARTS.add(task)
    task.add_done_callback(_RESTARTS.discard)

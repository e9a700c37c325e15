"""Faults and changes of a cluster between any two requests of an action."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from stsview.cluster.http.write_gate import WriteGate
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import CLAIMS, CONTROLLER_REVISIONS, LEASES, NODES, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.nodes.node_specs import LEASE_NAMESPACE, NodeFault
from tests.actions.conftest import ActionHarness
from tests.support.actions.stuck import renew

Event = Callable[[ActionHarness, str], None]
"""`pod`: the one that is acted on, or another."""

AWAY_SECONDS = 8.0
"""How long a server is away: long enough for the picture to be old."""


def pod_is_replaced(harness: ActionHarness, pod: str) -> None:
    harness.cluster.storage.delete(PODS, "default", pod, grace_seconds=0)


def pod_is_deleted(harness: ActionHarness, pod: str) -> None:
    harness.cluster.storage.delete(PODS, "default", pod)


def set_is_replaced(harness: ActionHarness, pod: str) -> None:
    """Its pods stay, and the new one adopts them."""
    cluster = harness.cluster
    spec = cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]
    # The garbage collector would do this a moment later, and no time passes here.
    for resource in (PODS, CONTROLLER_REVISIONS):
        for one in cluster.storage.list(resource, "default"):
            cluster.storage.modify(resource, "default", one["metadata"]["name"], _release, manager="test")
    cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper")
    cluster.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "zookeeper"}, "spec": spec})


def _release(dependent: Object) -> None:
    dependent["metadata"].pop("ownerReferences", None)


def somebody_scales(harness: ActionHarness, pod: str) -> None:
    """To as many as the pod's number, which is sometimes one less than there are."""
    harness.cluster.scale("default", "zookeeper", 2 + int(pod[-1]))


def machine_dies(harness: ActionHarness, pod: str) -> None:
    harness.cluster.fail_node(_node(harness, pod))


def kubelet_dies(harness: ActionHarness, pod: str) -> None:
    harness.cluster.fail_node(_node(harness, pod), NodeFault.KUBELET)


def node_is_back(harness: ActionHarness, pod: str) -> None:
    harness.cluster.recover_node(_node(harness, pod))


def kubelet_is_heard(harness: ActionHarness, pod: str) -> None:
    """Its lease is renewed, and nothing else has happened yet."""
    renew(harness, _node(harness, pod))


def node_is_deleted(harness: ActionHarness, pod: str) -> None:
    node = _node(harness, pod)
    harness.cluster.storage.delete(NODES, "", node)
    harness.cluster.storage.delete(LEASES, LEASE_NAMESPACE, node)


def connection_breaks(harness: ActionHarness, pod: str) -> None:
    """With the next write, before it is carried out."""
    _hang_up(harness, False)


def answer_is_lost(harness: ActionHarness, pod: str) -> None:
    """Of the next write."""
    _hang_up(harness, True)


def server_restarts(harness: ActionHarness, pod: str) -> None:
    _later(harness.cluster.server.restart(0.5))


def server_is_away(harness: ActionHarness, pod: str) -> None:
    """So the picture goes stale, and comes back."""
    _later(harness.cluster.server.restart(AWAY_SECONDS))


def picture_goes_stale(harness: ActionHarness, pod: str) -> None:
    """Although the server answers requests for single objects."""
    harness.cluster.server.faults.refusals.append(Refusal(500, "", ("list", "watch")))
    harness.cluster.server.cut_connections()


def goes_read_only(harness: ActionHarness, pod: str) -> None:
    session = harness.live.session
    if session is not None:
        session.gate = WriteGate("--read-only")


def right_is_taken(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.users["admin"].denied.append(Rule(("delete", "patch"), ("*",), ("*",)))


def leases_are_hidden(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(403, "leases"))


def server_is_busy(harness: ActionHarness, pod: str) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(429, "pods", ("delete",), times=2))


def claim_is_deleted(harness: ActionHarness, pod: str) -> None:
    """It exists as long as the pod uses it."""
    for name in claims_of(harness.cluster.storage.get(PODS, "default", pod)):
        harness.cluster.storage.delete(CLAIMS, "default", name)


def claim_is_lost(harness: ActionHarness, pod: str) -> None:
    storage = harness.cluster.storage
    for name in claims_of(storage.get(PODS, "default", pod)):
        storage.modify(CLAIMS, "default", name, _lose_volume, subresource="status", manager="test")


def _lose_volume(claim: Object) -> None:
    claim["status"]["phase"] = "Lost"


def claim_gets_an_owner(harness: ActionHarness, pod: str) -> None:
    """The pod, so that the garbage collector deletes it with the pod."""
    storage = harness.cluster.storage
    stored = storage.get(PODS, "default", pod)
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod, "uid": stored["metadata"]["uid"]}
    for name in claims_of(stored):
        storage.modify(CLAIMS, "default", name, lambda one: _own(one, owner), manager="test")


def _own(claim: Object, owner: Object) -> None:
    claim["metadata"]["ownerReferences"] = [owner]


def name_is_taken(harness: ActionHarness, pod: str) -> None:
    """By a pod of a former set of the same name; the pod of this one is gone."""
    storage = harness.cluster.storage
    stored = storage.get(PODS, "default", pod)
    storage.delete(PODS, "default", pod, grace_seconds=0)
    owner = {**stored["metadata"]["ownerReferences"][0], "uid": "former-set"}
    _create_pod(harness, pod, stored, labels=stored["metadata"]["labels"], ownerReferences=[owner])


def name_above_is_taken(harness: ActionHarness, pod: str) -> None:
    """The first one that a scale-up needs."""
    stored = harness.cluster.storage.get(PODS, "default", pod)
    free = len(harness.cluster.storage.list(PODS, "default"))
    _create_pod(harness, f"zookeeper-{free}", stored, labels={"app": "debug"})


def _create_pod(harness: ActionHarness, name: str, like: Object, **metadata: object) -> None:
    meta = {"name": name, "namespace": "default", **metadata}
    spec = {one: value for one, value in like["spec"].items() if one != "nodeName"}
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    harness.cluster.storage.create(PODS, made, manager="test")


def node_is_cordoned(harness: ActionHarness, pod: str) -> None:
    harness.cluster.edit(NODES, "", _node(harness, pod), lambda one: one["spec"].update(unschedulable=True))


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
    claim_is_deleted,
    claim_is_lost,
    claim_gets_an_owner,
    name_is_taken,
    name_above_is_taken,
    node_is_cordoned,
)


def happen(event: Event, harness: ActionHarness, pod: str) -> None:
    """What cannot happen, as what it is about is not there, does not."""
    try:
        event(harness, pod)
    except ApiError as error:
        if error.reason not in ("NotFound", "AlreadyExists"):
            raise


def claims_of(pod: Object) -> list[str]:
    """Names of the PVCs that a pod uses."""
    volumes = pod["spec"].get("volumes") or []
    return [one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one]


def _node(harness: ActionHarness, pod: str) -> str:
    stored = harness.cluster.storage.get(PODS, "default", pod)
    node: str = stored["spec"].get("nodeName") or harness.cluster.nodes.names[0]
    return node


def _hang_up(harness: ActionHarness, done: bool) -> None:
    for verb, plural in (("delete", "pods"), ("patch", "statefulsets")):
        harness.cluster.server.faults.dropped_responses.append(DroppedResponse(verb, plural, done))


_RESTARTS: set[asyncio.Task[None]] = set()


def _later(restart: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(restart)
    _RESTARTS.add(task)
    task.add_done_callback(_RESTARTS.discard)

"""Faults of the cluster itself, switched by POST /debug/NAME.

The body is a JSON object:

| name | body |
| --- | --- |
| `node` | `{"node": "node-2", "fault": "powered-off"}`; also `kubelet`, `heartbeat`, or `none` to recover |
| `provisioner` | `{"refuses": true}` or `{"silent": true}`; an empty object makes it work again |
| `max-unavailable` | `{"rules": "1.37"}`: how rolling updates read the field; also `1.35`, or `off`, which drops it |
| `webhook` | `{"name": "policy.example.com", "message": "not today"}`: a validating webhook that refuses |
| `metrics` | `{"state": "absent"}`: without metrics-server; also `stale`, or `present` |
| `images` | `{"missing": ["redis:7.4.2"]}`: images that cannot be pulled; replaces the previous list |
| `logs` | `{"namespace": "mq", "set": "kafka", "linesPerSecond": 1000}`: what each container writes; 0: as before |

`/debug/faults` switches faults between the API server and its clients.
"""

from __future__ import annotations

from typing import Protocol

from stsview.simulator.apiserver.admission.webhooks import OPERATIONS, Webhook
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.stats_provider import MetricsState
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.nodes.simulated_nodes import SimulatedNodes
from stsview.simulator.nodes.stats.cluster_stats import ClusterStats
from stsview.simulator.settings import Settings

_MOST_LINES = 10_000
"""A second, of one container."""


class FaultyCluster(Protocol):
    """The part of `SimulatedCluster` that the endpoints control."""

    server: ApiServer
    nodes: SimulatedNodes
    images: Images
    stats: ClusterStats
    settings: Settings
    storage: Storage

    def fail_node(self, node: str, fault: NodeFault) -> None:
        """Make a node fail, or recover with `NodeFault.NONE`."""

    def set_provisioner(self, *, refuses: bool, silent: bool) -> None:
        """Make the volume provisioner refuse new volumes or never respond."""

    def set_log_rate(self, namespace: str, set_name: str, lines_per_second: float) -> None:
        """Set how many lines a second the containers of a set write; 0: as before."""

    def set_max_unavailable(self, rules: MaxUnavailable) -> None:
        """Set how `maxUnavailable` is interpreted."""


def register(cluster: FaultyCluster) -> None:
    """Register the endpoints with the API server of `cluster`."""

    async def node(given: Object) -> Object | None:
        try:
            fault = NodeFault(given.get("fault", NodeFault.POWERED_OFF.value))
        except ValueError as error:
            known = ", ".join(one.value for one in NodeFault)
            raise ApiError.bad_request(f"unknown fault {given.get('fault')!r}; available: {known}") from error
        name = given.get("node", "")
        if name not in cluster.nodes.names:
            raise ApiError.bad_request(f"unknown node {name!r}; available: {', '.join(cluster.nodes.names)}")
        cluster.fail_node(name, fault)
        return {"node": name, "fault": fault.value}

    async def provisioner(given: Object) -> Object | None:
        cluster.set_provisioner(refuses=bool(given.get("refuses")), silent=bool(given.get("silent")))
        return {"refuses": cluster.settings.volumes.refuses, "silent": cluster.settings.volumes.silent}

    async def images(given: Object) -> Object | None:
        missing = given.get("missing")
        if not isinstance(missing, list) or not all(isinstance(one, str) for one in missing):
            raise ApiError.bad_request("missing must be a list of images")
        cluster.images.missing = set(missing)
        return {"missing": missing}

    async def metrics(given: Object) -> Object | None:
        try:
            state = MetricsState(given.get("state"))
        except ValueError as error:
            known = ", ".join(one.value for one in MetricsState)
            raise ApiError.bad_request(f"unknown state {given.get('state')!r}; available: {known}") from error
        cluster.stats.set_state(state)
        return {"state": state.value}

    async def logs(given: Object) -> Object | None:
        namespace, name, rate = given.get("namespace"), given.get("set"), given.get("linesPerSecond", 0)
        if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
            raise ApiError.bad_request("namespace and set must be those of a StatefulSet")
        if not isinstance(rate, int | float) or not 0 <= rate <= _MOST_LINES:
            raise ApiError.bad_request(f"linesPerSecond must be a number from 0 to {_MOST_LINES}")
        cluster.set_log_rate(namespace, name, rate)
        return {"namespace": namespace, "set": name, "linesPerSecond": rate}

    async def max_unavailable(given: Object) -> Object | None:
        try:
            rules = MaxUnavailable(given.get("rules"))
        except ValueError as error:
            known = ", ".join(one.value for one in MaxUnavailable)
            raise ApiError.bad_request(f"unknown rules {given.get('rules')!r}; available: {known}") from error
        cluster.set_max_unavailable(rules)
        return {"rules": rules.value}

    async def webhook(given: Object) -> Object | None:
        name = given.get("name")
        if not isinstance(name, str) or not name:
            raise ApiError.bad_request("name must be that of a webhook, such as policy.example.com")
        if given.get("clear"):
            cluster.storage.webhooks.pop(name, None)
        else:
            cluster.storage.webhooks[name] = _webhook(name, given)
        return {"webhooks": list(cluster.storage.webhooks)}

    cluster.server.add_debug_endpoint("webhook", webhook)
    cluster.server.add_debug_endpoint("node", node)
    cluster.server.add_debug_endpoint("provisioner", provisioner)
    cluster.server.add_debug_endpoint("images", images)
    cluster.server.add_debug_endpoint("logs", logs)
    cluster.server.add_debug_endpoint("metrics", metrics)
    cluster.server.add_debug_endpoint("max-unavailable", max_unavailable)


def _webhook(name: str, given: Object) -> Webhook:
    """The webhook that a request describes. Raises `ApiError` 400."""
    lists = {}
    for field in ("resources", "operations", "namespaces"):
        value = given.get(field)
        if value is None:
            continue
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ApiError.bad_request(f"{field} must be a list of names")
        lists[field] = frozenset(value)
    unknown = sorted(lists.get("operations", frozenset()) - OPERATIONS)
    if unknown:
        raise ApiError.bad_request(f"unknown operation {unknown[0]!r}; available: {', '.join(sorted(OPERATIONS))}")
    return Webhook(
        name, message=str(given.get("message", "")), unreachable_service=str(given.get("unreachable", "")), **lists
    )

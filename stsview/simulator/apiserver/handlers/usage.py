"""metrics.k8s.io, and the kubelet's stats by the proxy of nodes.

Source: kubernetes-sigs/metrics-server/pkg/api/{node,pod}.go; k8s.io/kubernetes/pkg/registry/core/node/rest/proxy.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.http.responses import object_answer
from stsview.simulator.apiserver.request_info import RequestInfo
from stsview.simulator.apiserver.resources import METRICS, NODE_METRICS, NODES, PODS, Resource
from stsview.simulator.apiserver.stats_provider import MetricsState, StatsProvider
from stsview.simulator.apiserver.storage.storage import Storage

_SUMMARY = "stats/summary"


def metrics_kinds(provider: StatsProvider | None) -> Sequence[Resource]:
    """The kinds of metrics.k8s.io; none without metrics-server."""
    return () if provider is None or provider.state is MetricsState.ABSENT else METRICS


def metrics_kind(provider: StatsProvider | None, info: RequestInfo) -> Resource | None:
    """The kind of metrics.k8s.io that a request is for, or None."""
    wanted = (info.group, info.version, info.plural)
    return next((one for one in metrics_kinds(provider) if (one.group, one.version, one.plural) == wanted), None)


async def metrics(storage: Storage, provider: StatsProvider, request: ResourceRequest) -> web.StreamResponse:
    """The metrics of one object, or a list."""
    resource = request.resource
    if request.info.subresource or request.info.verb not in ("get", "list"):
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})
    measured = NODES if resource is NODE_METRICS else PODS
    read = provider.node_metrics if resource is NODE_METRICS else provider.pod_metrics
    head = {"apiVersion": resource.api_version}
    if request.name:
        found = storage.find(measured, request.namespace, request.name)
        one = read(found) if found is not None else None
        if one is None:
            raise ApiError.not_found(resource, request.name)
        return await object_answer(request.http, {"kind": resource.kind, **head, **one})
    selects = request.selector()
    items: list[Any] = [
        one
        for found in storage.list(measured, request.namespace)
        if (selects is None or selects(found)) and (one := read(found)) is not None
    ]
    return await object_answer(request.http, {"kind": resource.list_kind, **head, "metadata": {}, "items": items})


async def node_proxy(storage: Storage, provider: StatsProvider | None, request: ResourceRequest) -> web.StreamResponse:
    """What a kubelet answers: its stats, and nothing else."""
    node = storage.get(request.resource, "", request.name)
    path = request.http.path.partition("/proxy")[2].strip("/")
    if provider is None:
        text = "error trying to reach service: dial tcp: lookup of the node failed: no such host"
        raise ApiError(503, "ServiceUnavailable", text)
    if path != _SUMMARY:
        return web.Response(text="404 page not found\n", status=404)
    return await object_answer(request.http, provider.summary(node))

"""The routing of resource requests to handlers."""

from __future__ import annotations

import random

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecProvider
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.handlers import binding, eviction, patches, scale, watch_requests, writes
from stsview.simulator.apiserver.handlers import logs as pod_logs
from stsview.simulator.apiserver.handlers.apply import apply
from stsview.simulator.apiserver.handlers.pod_exec import pod_exec
from stsview.simulator.apiserver.handlers.port_forward.pod_port_forward import pod_port_forward
from stsview.simulator.apiserver.handlers.usage import node_proxy
from stsview.simulator.apiserver.http.encodings import Encodings
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.http.responses import json_answer, object_answer
from stsview.simulator.apiserver.http.watches import Watches
from stsview.simulator.apiserver.log_buffer import LogProvider
from stsview.simulator.apiserver.port_connection import PortProvider
from stsview.simulator.apiserver.request_info import RequestInfo
from stsview.simulator.apiserver.stats_provider import StatsProvider
from stsview.simulator.apiserver.storage import listing
from stsview.simulator.apiserver.storage.storage import Storage


class ResourceRoutes:
    """Answers requests for stored objects and their subresources."""

    def __init__(self, storage: Storage, encodings: Encodings, watches: Watches, faults: Faults, seed: int) -> None:
        self.log_provider: LogProvider | None = None
        self.exec_provider: ExecProvider | None = None
        self.port_provider: PortProvider | None = None
        self.stats_provider: StatsProvider | None = None
        self._storage = storage
        self._encodings = encodings
        self._watches = watches
        self._faults = faults
        self._rng = random.Random(seed)

    async def answer(self, request: ResourceRequest) -> web.StreamResponse:
        """The response to a request. Raises `ApiError` for an error response."""
        subresource = request.info.subresource
        if subresource and subresource not in request.resource.subresources:
            raise not_served(request.info)
        match subresource:
            case "log" if request.info.verb == "get":
                return await pod_logs.log(self._storage, self.log_provider, self._faults, request)
            case "exec" if request.info.verb in ("get", "create"):
                return await pod_exec(self._storage, self.exec_provider, self._faults, request)
            case "portforward" if request.info.verb in ("get", "create"):
                return await pod_port_forward(self._storage, self.port_provider, self._faults, request)
            case "proxy" if request.info.verb == "get":
                return await node_proxy(self._storage, self.stats_provider, request)
            case "eviction" if request.info.verb == "create":
                return await object_answer(request.http, eviction.evict_by_request(self._storage, request), 201)
            case "binding" if request.info.verb == "create":
                return await object_answer(request.http, binding.bind_by_request(self._storage, request), 201)
            case "scale" if request.info.verb in ("get", "update", "patch"):
                return await object_answer(request.http, scale.answer(self._storage, request))
            case "" | "status" | "finalize":
                return await self._main(request)
        raise method_not_allowed()

    async def _main(self, request: ResourceRequest) -> web.StreamResponse:
        verb, sub = request.info.verb, request.info.subresource
        if not request.name and (sub or verb in ("update", "patch")):
            raise method_not_allowed()
        if verb == "get":
            obj = self._storage.get(request.resource, request.namespace, request.name)
            return await self._object_response(request, obj)
        if verb == "list" and not sub:
            return await self._list(request)
        if verb == "watch" and not sub:
            return await watch_requests.watch(self._storage, self._watches, self._faults, request, self._rng)
        if verb == "create" and not request.name:
            return await self._object_response(request, writes.create(self._storage, request), 201)
        if verb == "update":
            return await self._object_response(request, writes.update(self._storage, request))
        if verb == "patch" and request.content_type == patches.APPLY_PATCH:
            return await self._object_response(request, *apply(self._storage, request))
        if verb == "patch":
            return await self._object_response(request, *writes.patch(self._storage, request))
        if verb == "delete" and not sub:
            obj, is_object = writes.delete(self._storage, request)
            return await self._object_response(request, obj) if is_object else await object_answer(request.http, obj)
        if verb == "deletecollection":
            deleted = writes.delete_collection(self._storage, request)
            page = listing.Page(deleted, self._storage.resource_version)
            return await json_answer(request.http, self._encodings.list(request.resource, page, request.media))
        raise method_not_allowed()

    async def _object_response(self, request: ResourceRequest, obj: dict[str, object], code: int = 200) -> web.Response:
        body = self._encodings.object(request.resource, obj, request.media)
        answer = await json_answer(request.http, self._faults.malformed_objects.body(request.resource, body), code)
        for warning in request.warnings:
            quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
            answer.headers.add("Warning", f'299 - "{quoted}"')
        return answer

    async def _list(self, request: ResourceRequest) -> web.Response:
        media = request.media
        query = request.query
        if looping := request.resource.plural in self._faults.endless_lists:
            query = {name: value for name, value in query.items() if name != "continue"}
        page = listing.page(self._storage, request.resource, request.namespace, request.selector(), query)
        if looping:
            page = listing.again(page)
        body = self._faults.malformed_objects.body(
            request.resource, self._encodings.list(request.resource, page, media)
        )
        await self._faults.delay_list()
        return await json_answer(request.http, body)


def not_served(info: RequestInfo) -> ApiError:
    """The error for a path that is not served."""
    details = {
        **({"name": info.name} if info.name else {}),
        **({"group": info.group} if info.group else {}),
        "kind": info.plural,
    }
    return ApiError(404, "NotFound", "the server could not find the requested resource", details)


def method_not_allowed() -> ApiError:
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})

"""Which handler serves a request for a resource."""

from __future__ import annotations

import random

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.handlers import binding, eviction, patches, scale, watch_requests, writes
from stsview.simulator.apiserver.handlers import logs as pod_logs
from stsview.simulator.apiserver.handlers.apply import apply
from stsview.simulator.apiserver.http.encodings import Encodings
from stsview.simulator.apiserver.http.resource_request import Call
from stsview.simulator.apiserver.http.responses import json_answer, object_answer
from stsview.simulator.apiserver.http.watches import Watches
from stsview.simulator.apiserver.log_buffer import LogProvider
from stsview.simulator.apiserver.request_info import Target
from stsview.simulator.apiserver.storage import listing
from stsview.simulator.apiserver.storage.storage import Storage


class ResourceRoutes:
    """Answers requests for stored objects and their subresources."""

    def __init__(self, storage: Storage, encodings: Encodings, watches: Watches, faults: Faults, seed: int) -> None:
        self.log_provider: LogProvider | None = None
        self._storage = storage
        self._encodings = encodings
        self._watches = watches
        self._faults = faults
        self._dice = random.Random(seed)

    async def answer(self, call: Call) -> web.StreamResponse:
        """Raises `ApiError` where the answer is a refusal."""
        subresource = call.target.subresource
        if subresource and subresource not in call.resource.subresources:
            raise not_served(call.target)
        match subresource:
            case "log" if call.target.verb == "get":
                return await pod_logs.log(self._storage, self.log_provider, self._faults, call)
            case "eviction" if call.target.verb == "create":
                return await object_answer(call.request, eviction.evict_by_request(self._storage, call), 201)
            case "binding" if call.target.verb == "create":
                return await object_answer(call.request, binding.bind_by_request(self._storage, call), 201)
            case "scale" if call.target.verb in ("get", "update", "patch"):
                return await object_answer(call.request, scale.answer(self._storage, call))
            case "" | "status" | "finalize":
                return await self._main(call)
        raise method_not_allowed()

    async def _main(self, call: Call) -> web.StreamResponse:
        verb, sub = call.target.verb, call.target.subresource
        if not call.name and (sub or verb in ("update", "patch")):
            raise method_not_allowed()
        if verb == "get":
            obj = self._storage.get(call.resource, call.namespace, call.name)
            return await self._whole(call, obj)
        if verb == "list" and not sub:
            return await self._list(call)
        if verb == "watch" and not sub:
            return await watch_requests.watch(self._storage, self._watches, self._faults, call, self._dice)
        if verb == "create" and not call.name:
            return await self._whole(call, writes.create(self._storage, call), 201)
        if verb == "update":
            return await self._whole(call, writes.update(self._storage, call))
        if verb == "patch" and call.content_type == patches.APPLY_PATCH:
            return await self._whole(call, *apply(self._storage, call))
        if verb == "patch":
            return await self._whole(call, *writes.patch(self._storage, call))
        if verb == "delete" and not sub:
            obj, whole = writes.delete(self._storage, call)
            return await self._whole(call, obj) if whole else await object_answer(call.request, obj)
        if verb == "deletecollection":
            deleted = writes.delete_collection(self._storage, call)
            page = listing.Page(deleted, self._storage.resource_version)
            return await json_answer(call.request, self._encodings.list(call.resource, page, call.form))
        raise method_not_allowed()

    async def _whole(self, call: Call, obj: dict[str, object], code: int = 200) -> web.Response:
        body = self._encodings.whole(call.resource, obj, call.form)
        answer = await json_answer(call.request, self._faults.malformed_object_faults.body(call.resource, body), code)
        for warning in call.warnings:
            quoted = warning.replace("\\", "\\\\").replace('"', '\\"')
            answer.headers.add("Warning", f'299 - "{quoted}"')
        return answer

    async def _list(self, call: Call) -> web.Response:
        form = call.form
        query = call.query
        if looping := call.resource.plural in self._faults.loops:
            query = {name: value for name, value in query.items() if name != "continue"}
        page = listing.page(self._storage, call.resource, call.namespace, call.selector(), query)
        if looping:
            page = listing.again(page)
        body = self._faults.malformed_object_faults.body(call.resource, self._encodings.list(call.resource, page, form))
        await self._faults.slow_page()
        return await json_answer(call.request, body)


def not_served(target: Target) -> ApiError:
    """What is answered for paths that lead nowhere."""
    details = {
        **({"name": target.name} if target.name else {}),
        **({"group": target.group} if target.group else {}),
        "kind": target.plural,
    }
    return ApiError(404, "NotFound", "the server could not find the requested resource", details)


def method_not_allowed() -> ApiError:
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})

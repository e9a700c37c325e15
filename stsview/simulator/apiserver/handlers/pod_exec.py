"""The exec subresource of pods over WebSockets.

Source: k8s.io/apiserver/pkg/util/proxy/{streamtranslator,websocket}.go for the protocol,
kubernetes/pkg/registry/core/pod/strategy.go (ExecLocation) for the errors before it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from aiohttp import WSMsgType, web

from stsview.simulator.apiserver.auth.rbac import forbidden
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecProvider, ExecRequest
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.request_info import truth
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, encode

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")

_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE, _CLOSE = 0, 1, 2, 3, 4, 255
_CHUNK = 32 * 1024
"""Bytes of one message (the buffer of io.Copy)."""
_UNREAD = 16
"""Messages that are held for a process that does not read."""


async def pod_exec(
    storage: Storage, provider: ExecProvider | None, faults: Faults, request: ResourceRequest
) -> web.StreamResponse:
    """Run a command until it ends, or until the client leaves."""
    check_create_permission(request)
    pod = storage.get(request.resource, request.namespace, request.name)
    command = request.http.query.getall("command", [])
    if not command:
        raise _invalid("you must specify a command")
    streams = {name for name in ("stdin", "stdout", "stderr") if truth(request.query.get(name, ""))}
    if not streams:
        raise _invalid("you must specify at least 1 of stdin, stdout, stderr")
    run = ExecRequest(pod, container_of(pod, request.query.get("container", "")), command)
    if not pod["spec"].get("nodeName"):
        raise ApiError.bad_request(f"pod {request.name} does not have a host assigned")
    if provider is None:
        raise ApiError.internal("no kubelet runs this pod")
    socket = await accept(request, [one for one in PROTOCOLS if one in faults.exec_protocols])
    client = _Client(socket, faults, request.http, streams, tty=truth(request.query.get("tty", "")))
    reading = asyncio.create_task(client.receive(), name="exec input")
    running = asyncio.create_task(_run(provider, run, client), name="exec")
    try:
        await asyncio.wait((reading, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await client.finish(running.result())
    except ConnectionError:
        # The client has left.
        pass
    finally:
        for task in (reading, running):
            task.cancel()
        await asyncio.gather(reading, running, return_exceptions=True)
        await socket.close()
    return socket


def check_create_permission(request: ResourceRequest) -> None:
    """Raise `ApiError` 403 unless the user may also `create` the subresource.

    A WebSocket is a GET, which alone would need no more than `get` (feature gate
    AuthorizePodWebsocketUpgradeCreatePermission, on since Kubernetes 1.35).
    """
    info = replace(request.info, verb="create")
    resource = f"{info.plural}/{info.subresource}"
    if not request.user.may("create", info.group, resource, info.namespace, info.name):
        raise forbidden(request.user, info)


async def accept(request: ResourceRequest, protocols: Sequence[str]) -> web.WebSocketResponse:
    """The opened WebSocket. Raises `ApiError` 400 where the client asks for none, or there are no `protocols`."""
    socket = web.WebSocketResponse(protocols=protocols)
    if not protocols or not socket.can_prepare(request.http).ok:
        # upgradeaware.go, which also answers a proxy that removes the Upgrade header
        raise ApiError.bad_request("Upgrade request required")
    await socket.prepare(request.http)
    return socket


def container_of(pod: Object, asked: str) -> str:
    """The container to use. Raises `ApiError` 400."""
    spec = pod["spec"]
    names = [one["name"] for one in spec.get("containers") or []]
    others = [one["name"] for kind in ("initContainers", "ephemeralContainers") for one in spec.get(kind) or []]
    name = pod["metadata"]["name"]
    if not asked:
        if len(names) == 1:
            return str(names[0])
        choices = f"choose one of: [{' '.join(names)}]"
        if others:
            choices += f" or one of the init containers: [{' '.join(others)}]"
        raise ApiError.bad_request(f"a container name must be specified for pod {name}, {choices}")
    if asked not in (*names, *others):
        raise ApiError.bad_request(f"container {asked} is not valid for pod {name}")
    return asked


async def _run(provider: ExecProvider, run: ExecRequest, client: _Client) -> Object:
    """Run the command. Returns the Status that the error channel sends."""
    try:
        code = await provider(run, client)
    except ApiError as error:
        return error.status
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


class _Client:
    """The client of one exec: its WebSocket as the streams of a process."""

    def __init__(
        self, socket: web.WebSocketResponse, faults: Faults, http: web.Request, streams: set[str], *, tty: bool
    ) -> None:
        self.tty = tty
        self.size = (0, 0)
        self._socket = socket
        self._faults = faults
        self._http = http
        self._streams = streams
        self._input: asyncio.Queue[bytes] = asyncio.Queue(_UNREAD)
        self._ended = "stdin" not in streams

    async def receive(self) -> None:
        """Receive messages until the client leaves."""
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY or not message.data:
                continue
            channel, data = message.data[0], message.data[1:]
            if channel == _STDIN and data and "stdin" in self._streams:
                await self._input.put(data)
            elif channel == _RESIZE:
                with suppress(ValueError, KeyError, TypeError):
                    size = json.loads(data)
                    self.size = (int(size["Width"]), int(size["Height"]))
            elif channel == _CLOSE and data[:1] == bytes((_STDIN,)) and self._socket.ws_protocol == PROTOCOLS[0]:
                await self._input.put(b"")

    async def read(self) -> bytes:
        if self._ended:
            return b""
        data = await self._input.get()
        self._ended = not data
        return data

    async def write(self, data: bytes) -> None:
        await self._send(_STDOUT, data, "stdout")

    async def write_error(self, data: bytes) -> None:
        await self._send(_STDOUT if self.tty else _STDERR, data, "stdout" if self.tty else "stderr")

    async def finish(self, status: Object) -> None:
        """Send how the command ended."""
        await self._faults.wait_while_stalled(self._http.transport)
        await self._socket.send_bytes(bytes((_ERROR,)) + encode(status))

    async def _send(self, channel: int, data: bytes, stream: str) -> None:
        if stream not in self._streams:
            return
        for start in range(0, len(data), _CHUNK):
            await self._faults.wait_while_stalled(self._http.transport)
            await self._socket.send_bytes(bytes((channel,)) + data[start : start + _CHUNK])


def _invalid(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)

"""The portforward subresource: what is refused, and which protocol the WebSocket has.

Source: kubernetes/pkg/registry/core/pod/{rest/subresources,strategy}.go (PortForwardLocation).
"""

from __future__ import annotations

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Faults
from stsview.simulator.apiserver.handlers.pod_exec import accept, check_create_permission
from stsview.simulator.apiserver.handlers.port_forward.channels import V4, serve_channels
from stsview.simulator.apiserver.handlers.port_forward.tunnel import TUNNEL, serve_tunnel
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.port_connection import PortProvider
from stsview.simulator.apiserver.storage.storage import Storage

PROTOCOLS = (TUNNEL, V4)


async def pod_port_forward(
    storage: Storage, provider: PortProvider | None, faults: Faults, request: ResourceRequest
) -> web.StreamResponse:
    """Forward ports until the client leaves, or the pod closes the only connection."""
    check_create_permission(request)
    pod = storage.get(request.resource, request.namespace, request.name)
    if not pod["spec"].get("nodeName"):
        raise ApiError.bad_request(f"pod {request.name} does not have a host assigned")
    if provider is None:
        raise ApiError.internal("no kubelet runs this pod")
    ports = _ports(request)
    if not ports and TUNNEL not in request.http.headers.get("Sec-WebSocket-Protocol", ""):
        raise ApiError.bad_request('query parameter "port" is required')
    socket = await accept(request, [one for one in PROTOCOLS if one in faults.port_forward_protocols])
    try:
        if socket.ws_protocol == TUNNEL:
            await serve_tunnel(socket, provider, pod)
        else:
            await serve_channels(socket, provider, pod, ports)
    except ConnectionError:
        # The client has left.
        pass
    finally:
        await socket.close()
    return socket


def _ports(request: ResourceRequest) -> list[int]:
    """The ports to forward. Raises `ApiError` 400."""
    texts = [text for one in request.http.query.getall("ports", []) for text in one.split(",")]
    for text in texts:
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise ApiError.bad_request(f'unable to parse "{text}" as a port')
    return [int(text) for text in texts]

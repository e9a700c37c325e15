"""The ports of a simulated pod: a tiny HTTP server on each that its containers declare, and on 8080.

Source of the error text: containerd/internal/cri/server/sandbox_portforward_linux.go, as kubectl shows it.
"""

from __future__ import annotations

import asyncio
import http.client
import io
from collections.abc import Callable, Sequence

from stsview.simulator.apiserver.port_connection import Connection, PortError
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.nodes.pod_status import ContainerRun

USUAL_PORT = 8080
_LARGEST_HEAD = 64 * 1024
_REFUSED = (
    'failed to execute portforward in network namespace "/var/run/netns/cni-{uid}": failed to connect to '
    'localhost:{port} inside namespace "{uid}", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused '
    "IPv6 dial tcp6: address localhost: no suitable address found"
)


async def serve_port(pod: Object, port: int, connection: Connection, runs: Sequence[ContainerRun]) -> None:
    """Answer HTTP on a port of a pod until the client ends, or the container does. `runs`: its running containers.

    Raises `PortError` where no running container listens on it.
    """
    run = _listening(pod, port, runs)
    if run is None:
        raise PortError(_REFUSED.format(uid=pod["metadata"]["uid"], port=port))
    killed = asyncio.Event()
    run.on_end.append(killed.set)
    serving = asyncio.create_task(_serve(pod, port, connection), name="HTTP server of a pod")
    dying = asyncio.create_task(killed.wait())
    try:
        await asyncio.wait((serving, dying), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
    finally:
        _remove(run.on_end, killed.set)
        for task in (serving, dying):
            task.cancel()
        await asyncio.gather(serving, dying, return_exceptions=True)


def _remove(listeners: list[Callable[[], None]], one: Callable[[], None]) -> None:
    if one in listeners:
        listeners.remove(one)


def _listening(pod: Object, port: int, runs: Sequence[ContainerRun]) -> ContainerRun | None:
    """The running container that listens on the port."""
    for spec in pod["spec"]["containers"]:
        run = next((one for one in runs if one.name == spec["name"]), None)
        if run is not None and (port in _declared(spec) or port == USUAL_PORT):
            return run
    return None


def _declared(spec: Object) -> set[int]:
    return {one["containerPort"] for one in spec.get("ports") or () if one.get("protocol", "TCP") == "TCP"}


async def _serve(pod: Object, port: int, connection: Connection) -> None:
    """One request after the other; bodies of requests are not read."""
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            data = await connection.read()
            received += data
            if not data or len(received) > _LARGEST_HEAD:
                return
        head, _, received = received.partition(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        words = line.split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1"):
            await connection.write(_answer("400 Bad Request", "this port speaks HTTP\n", close=True))
            return
        headers = http.client.parse_headers(io.BytesIO(rest + b"\r\n\r\n"))
        close = words[2] == b"HTTP/1.0" or headers.get("Connection", "").lower() == "close"
        path = words[1].decode(errors="replace")
        text = f"{pod['metadata']['name']}:{port} {path}\n"
        await connection.write(_answer("200 OK", text, close=close, body=words[0] != b"HEAD"))
        if close:
            return


def _answer(status: str, text: str, *, close: bool, body: bool = True) -> bytes:
    kept = "close" if close else "keep-alive"
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text.encode())}\r\n"
    return (head + f"Connection: {kept}\r\n\r\n" + (text if body else "")).encode()

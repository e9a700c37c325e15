"""An API server that only sends bytes that were made before: `python -m tests.bench.load_server PODS`.

It prints its address when it is ready. Each event is one chunk of HTTP's chunked encoding, as kube-apiserver sends
them: what a client pays for each chunk is a good part of what reading costs. `POST /bench/rate` with
`{"perSecond": N}` makes so many pods change their readiness a second, and answers with how many have changed;
`POST /bench/mark` with `{"restarts": N}` changes the pod of the marker set.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from tests.bench import cluster_bytes
from tests.bench.cluster_bytes import MARKER, PODS_PER_SET, Place, compact, event, events_of, node_count, places

PATHS = {
    "/apis/apps/v1/statefulsets": "statefulsets",
    "/api/v1/pods": "pods",
    "/api/v1/persistentvolumeclaims": "persistentvolumeclaims",
    "/api/v1/persistentvolumes": "persistentvolumes",
    "/api/v1/services": "services",
    "/apis/discovery.k8s.io/v1/endpointslices": "endpointslices",
    "/apis/apps/v1/controllerrevisions": "controllerrevisions",
    "/api/v1/nodes": "nodes",
    "/apis/policy/v1/poddisruptionbudgets": "poddisruptionbudgets",
    "/apis/storage.k8s.io/v1/storageclasses": "storageclasses",
    "/apis/storage.k8s.io/v1/volumeattachments": "volumeattachments",
    "/apis/autoscaling/v2/horizontalpodautoscalers": "horizontalpodautoscalers",
    "/api/v1/events": "events",
}
_BLOCK = 256 * 1024
_TICK_SECONDS = 0.02
_BOOKMARK_SECONDS = 50
_MARK = 987_654_321
"""Stands for the restart count of the marker's pod in its bytes."""


def _chunk(line: bytes) -> bytes:
    return b"%x\r\n%b\n\r\n" % (len(line) + 1, line)


def _blocks(lines: Iterable[bytes]) -> list[bytes]:
    """The lines as chunks, in few large pieces: what the server costs is not measured."""
    blocks: list[bytes] = []
    held = bytearray()
    for line in lines:
        held += _chunk(line)
        if len(held) >= _BLOCK:
            blocks.append(bytes(held))
            held.clear()
    return [*blocks, bytes(held)]


class LoadServer:
    def __init__(self, pods: int) -> None:
        self._initial = {resource: _blocks(events_of(resource, pods)) for resource in PATHS.values()}
        self._watches: list[StreamWriter] = []
        self._rate = 0
        self._changed = 0
        others = list(places(pods))[1:]
        rng = random.Random(1)
        ordinals = range(PODS_PER_SET)
        templates = [
            [event("MODIFIED", cluster_bytes.pod(ordinal, ready=ready)) for ready in (False, True)]
            for ordinal in ordinals
        ]
        self._variants = [
            [_chunk(place.fill(template, ordinal, node_count(pods))) for template in templates[ordinal]]
            for place in rng.sample(others, min(4000, len(others)))
            for ordinal in (rng.choice(ordinals),)
        ]
        self._marked = event("MODIFIED", cluster_bytes.pod(0, restarts=_MARK))

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer_one(reader, writer):
                pass
        writer.close()

    async def _answer_one(self, reader: StreamReader, writer: StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        if method == "POST" and url.path.startswith("/bench/"):
            await self._respond(writer, await self._bench(url.path, json.loads(body)))
        elif method == "POST":
            await self._respond(writer, {"kind": "SelfSubjectAccessReview", "status": {"allowed": True}})
        elif url.path not in PATHS:
            found = {"major": "1", "minor": "36", "gitVersion": "v1.36.2"}
            known = url.path in ("/readyz", "/livez", "/version")
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            await self._respond(writer, found if known else missing, 200 if known else 404)
        elif "watch" not in parse_qs(url.query):
            await self._respond(writer, {"kind": "List", "metadata": {"resourceVersion": "1000"}, "items": []})
        else:
            await self._watch(writer, PATHS[url.path])
            return False
        return True

    @staticmethod
    async def _respond(writer: StreamWriter, found: object, code: int = 200) -> None:
        body = compact(found)
        head = f"HTTP/1.1 {code} Answer\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async def _watch(self, writer: StreamWriter, resource: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for block in self._initial[resource]:
            writer.write(block)
            await writer.drain()
        end = {"resourceVersion": "1000", "annotations": {"k8s.io/initial-events-end": "true"}}
        writer.write(_chunk(event("BOOKMARK", {"metadata": end})))
        if resource == "pods":
            self._watches.append(writer)
        try:
            while True:
                await asyncio.sleep(_BOOKMARK_SECONDS)
                writer.write(_chunk(event("BOOKMARK", {"metadata": {"resourceVersion": "2000"}})))
                await writer.drain()
        finally:
            if writer in self._watches:
                self._watches.remove(writer)

    async def _bench(self, path: str, body: dict[str, int]) -> dict[str, int]:
        if path == "/bench/rate":
            self._rate = body["perSecond"]
        else:
            restarts = str(body["restarts"]).encode()
            await self._send(_chunk(Place(*MARKER, 0).fill(self._marked).replace(str(_MARK).encode(), restarts)))
        return {"changed": self._changed}

    async def _send(self, chunks: bytes) -> None:
        for writer in list(self._watches):
            # A watch that its client has closed must not end the request of another.
            with contextlib.suppress(ConnectionError):
                if not writer.is_closing():
                    writer.write(chunks)
                    await writer.drain()

    async def change(self) -> None:
        """Send the changes, evenly over each second."""
        picked = itertools.cycle(self._variants)
        state, owed, before = 0, 0.0, time.monotonic()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            owed = min(owed + self._rate * (now - before), self._rate * 0.5)
            before = now
            chunks = []
            for _ in range(int(owed)):
                self._changed += 1
                if self._changed % len(self._variants) == 0:
                    state = 1 - state
                chunks.append(next(picked)[state])
            owed -= len(chunks)
            if chunks:
                await self._send(b"".join(chunks))


async def serve(pods: int) -> None:
    load = LoadServer(pods)
    server = await asyncio.start_server(load.connected, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await load.change()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

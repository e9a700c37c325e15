"""An API server that only sends bytes that were made before: `python -m tests.bench.load_server PODS FOLDER`.

It speaks TLS, and cuts its answers as kube-apiserver does. When it is ready, it prints its address; FOLDER then has the
certificate of its authority and a kubeconfig. `POST /bench/rate` with `{"perSecond": N}` makes so many pods change
their readiness a second, and answers with how many have changed; `POST /bench/mark` with `{"restarts": N}` changes the
pod of the marker set.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import ssl
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.bench import cluster_bytes
from tests.bench.cluster_bytes import MARKER, PODS_PER_SET, Place, compact, event, events_of, node_count, places
from tests.bench.go_writes import writes_of

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
_TICK_SECONDS = 0.02
_BOOKMARK_SECONDS = 50
_MARK = 987_654_321
"""Stands for the restart count of the marker's pod in its bytes."""


CA_FILE, KUBECONFIG = "ca.pem", "kubeconfig"
"""Names of what is written to FOLDER."""

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: bench
contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]
clusters: [{{name: bench, cluster: {{server: "{address}", certificate-authority: {ca_file}}}}}]
users: [{{name: bench, user: {{}}}}]
"""


class LoadServer:
    def __init__(self, pods: int) -> None:
        self._initial = {resource: writes_of(events_of(resource, pods)) for resource in PATHS.values()}
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
            [writes_of([place.fill(template, ordinal, node_count(pods))]) for template in templates[ordinal]]
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
        end = {"resourceVersion": "1000", "annotations": {"k8s.io/initial-events-end": "true"}}
        for written in (*self._initial[resource], *writes_of([event("BOOKMARK", {"metadata": end})])):
            writer.write(written)
            await writer.drain()
        if resource == "pods":
            self._watches.append(writer)
        try:
            while True:
                await asyncio.sleep(_BOOKMARK_SECONDS)
                writer.writelines(writes_of([event("BOOKMARK", {"metadata": {"resourceVersion": "2000"}})]))
                await writer.drain()
        finally:
            if writer in self._watches:
                self._watches.remove(writer)

    async def _bench(self, path: str, body: dict[str, int]) -> dict[str, int]:
        if path == "/bench/rate":
            self._rate = body["perSecond"]
        else:
            restarts = str(body["restarts"]).encode()
            changed = Place(*MARKER, 0).fill(self._marked).replace(str(_MARK).encode(), restarts)
            await self._send(writes_of([changed]))
        return {"changed": self._changed}

    async def _send(self, writes: Sequence[bytes]) -> None:
        for writer in list(self._watches):
            # A watch that its client has closed must not end the request of another.
            with contextlib.suppress(ConnectionError):
                if not writer.is_closing():
                    for written in writes:
                        writer.write(written)
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
            writes: list[bytes] = []
            number = int(owed)
            for _ in range(number):
                self._changed += 1
                if self._changed % len(self._variants) == 0:
                    state = 1 - state
                writes += next(picked)[state]
            owed -= number
            if writes:
                await self._send(writes)


async def serve(pods: int, folder: Path) -> None:
    load = LoadServer(pods)
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(load.connected, "127.0.0.1", 0, limit=1 << 20, ssl=context)
    address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    authority.cert_pem.write_to_path(str(folder / CA_FILE))
    (folder / KUBECONFIG).write_text(_KUBECONFIG.format(address=address, ca_file=CA_FILE))
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    await load.change()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

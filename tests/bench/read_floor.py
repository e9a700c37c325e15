"""Reads the same streaming lists as stsview and drops the bytes.

`python -m tests.bench.read_floor ADDRESS CA_FILE [--decode]` prints its CPU seconds and wall seconds as JSON: what no
client of this server can do without. With `--decode`, it also decodes each object into the struct that stsview reads,
and drops it.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time

import aiohttp

from stsview.cluster.watch.watch_events import LineBuffer, decode_event
from stsview.objects.kinds import WATCHED, Kind
from tests.bench.load_server import PATHS

_END = b"k8s.io/initial-events-end"


def _decode(lines: LineBuffer, chunk: bytes, kind: Kind) -> None:
    for line in lines.feed(chunk):
        decode_event(line, kind)


async def _read(session: aiohttp.ClientSession, address: str, path: str, *, decode: bool) -> None:
    kind = next((kind for kind in WATCHED if kind.path() == path), None)
    lines = LineBuffer()
    query = {"watch": "true", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    async with session.get(address + path, params=query) as answer:
        async for chunk in answer.content.iter_any():
            if decode and kind is not None:
                _decode(lines, chunk, kind)
            if _END in chunk[-400:]:
                return


async def main(address: str, ca_file: str, *, decode: bool) -> None:
    began, cpu = time.monotonic(), time.process_time()
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=ca_file))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        await asyncio.gather(*(_read(session, address, path, decode=decode) for path in PATHS))
    sys.stdout.write(json.dumps({"cpu": time.process_time() - cpu, "wall": time.monotonic() - began}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3], decode="--decode" in sys.argv[3:]))

"""Reads the same streaming lists as stsview and drops the bytes: `python -m tests.bench.read_floor ADDRESS`.

Prints its CPU seconds and wall seconds as JSON: what no client of this server can do without.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

from tests.bench.load_server import PATHS

_END = b"k8s.io/initial-events-end"


async def _read(session: aiohttp.ClientSession, url: str) -> None:
    query = {"watch": "true", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    async with session.get(url, params=query) as answer:
        async for chunk in answer.content.iter_any():
            if _END in chunk[-400:]:
                return


async def main(address: str) -> None:
    began, cpu = time.monotonic(), time.process_time()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        await asyncio.gather(*(_read(session, address + path) for path in PATHS))
    sys.stdout.write(json.dumps({"cpu": time.process_time() - cpu, "wall": time.monotonic() - began}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

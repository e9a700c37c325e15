"""Leak detection: tasks, connections, file descriptors, and memory."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, CodeType, CoroutineType, FrameType, FunctionType, ModuleType

import aiohttp

from stsview.live.live import Live
from tests.soak.world import World

_DESCRIPTORS = Path("/proc/self/fd")
_MEMORY = Path("/proc/self/statm")
_PAGE_BYTES = 4096

_NOT_HELD = (
    ModuleType,
    type,
    FunctionType,
    BuiltinFunctionType,
    CodeType,
    FrameType,
    CoroutineType,
    asyncio.AbstractEventLoop,
    asyncio.Future,
    asyncio.Handle,
)
"""Types through which the picture reaches everything else in the process."""

_EMPTY = 150
"""The fixed part of the picture takes as much memory as this many objects of the cluster."""


@dataclass(frozen=True)
class Census:
    """Counts at one quiet moment."""

    tasks: int
    client_connections: int
    """In the pools of the session, in use and idle."""
    server_connections: int
    watches: int
    """As the server counts them."""
    descriptors: int
    """0 where the system does not report them, as below."""
    objects: int
    """Objects of the cluster that the model holds."""
    picture_bytes: int
    """Everything that can be reached from the live picture."""
    process_bytes: int
    """Resident memory, including the simulated cluster in the same process."""


def take_census(world: World) -> Census:
    gc.collect()
    server, live = world.cluster.server, world.live
    return Census(
        tasks=len(asyncio.all_tasks()),
        client_connections=sum(map(_connections, _pools(live))),
        server_connections=sum(not transport.is_closing() for transport in server._transports),
        watches=server.open_watches,
        descriptors=len(list(_DESCRIPTORS.iterdir())) if _DESCRIPTORS.is_dir() else 0,
        objects=sum(len(kind[0].keys()) for kind in live._store._cache._kinds.values()),
        picture_bytes=_reached(live, world),
        process_bytes=int(_MEMORY.read_text().split()[1]) * _PAGE_BYTES if _MEMORY.exists() else 0,
    )


def _pools(live: Live) -> list[aiohttp.ClientSession]:
    session = live._session
    if session is None:
        return []
    return [transport._reading.pool_manager for transport in session._pool.transports]


def _connections(pool: aiohttp.ClientSession) -> int:
    connector = pool.connector
    if connector is None:
        return 0
    return len(connector._acquired) + sum(len(idle) for idle in connector._conns.values())


def _reached(root: object, world: World) -> int:
    """Bytes of everything that can be reached from `root`, except the simulator and these tests."""
    total, seen, left = 0, {id(world.clock), id(world.machine)}, [root]
    while left:
        one = left.pop()
        if (
            id(one) in seen
            or isinstance(one, _NOT_HELD)
            or type(one).__module__.startswith(("stsview.simulator", "tests."))
        ):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        left += gc.get_referents(one)
    return total


@dataclass(frozen=True)
class _Bound:
    what: str
    measure: Callable[[Census], float]
    factor: float = 1.0
    slack: float = 0.0
    """The maximum of the second half may be that of the first, times `factor`, plus this."""


_BOUNDS = (
    # A request in progress, or a lost connection that is not noticed yet, accounts for a few of these.
    _Bound("tasks", lambda census: census.tasks, slack=8),
    _Bound("client connections", lambda census: census.client_connections, slack=4),
    _Bound("server connections", lambda census: census.server_connections, slack=4),
    _Bound("watches", lambda census: census.watches, slack=2),
    _Bound("file descriptors", lambda census: census.descriptors, slack=8),
    _Bound("bytes per object", lambda census: census.picture_bytes / (census.objects + _EMPTY), factor=1.2),
    _Bound("bytes of the process", lambda census: census.process_bytes, factor=1.1, slack=4 * 1024 * 1024),
)


def grown(censuses: Sequence[Census]) -> list[str]:
    """What grew from the first half to the second.

    A leak grows with each fault, of which there are hundreds; the very first census does not count, as it is taken
    before everything has been created once.
    """
    half = 1 + (len(censuses) - 1) // 2
    first, second = censuses[1:half], censuses[half:]
    found = []
    for bound in _BOUNDS:
        before, after = max(map(bound.measure, first)), max(map(bound.measure, second))
        if after > before * bound.factor + bound.slack:
            found.append(f"{bound.what}: {before:.0f} in the first half, {after:.0f} in the second")
    return found

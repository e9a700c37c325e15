"""A storage on a held clock, a server on a free port, an administrator's client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def storage(clock: ManualClock) -> Storage:
    return Storage(clock, seed=7)


@pytest.fixture
async def server(storage: Storage, clock: ManualClock) -> AsyncIterator[ApiServer]:
    served = ApiServer(storage, clock)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def client(server: ApiServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield Client(session, server)

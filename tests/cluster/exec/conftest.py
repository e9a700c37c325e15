"""A served cluster with a few containers, and a session with it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import with_service
from tests.cluster.conftest import config_for
from tests.support.simulator.clusters import empty_cluster


@pytest.fixture
async def cluster() -> AsyncIterator[SimulatedCluster]:
    made = empty_cluster()
    made.apply(with_service("zk", "zookeeper:3.8.1", 1), "default")
    made.apply(with_service("etcd", "quay.io/coreos/etcd:v3.5.17", 1), "default")
    made.advance(60)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def session(cluster: SimulatedCluster) -> AsyncIterator[Session]:
    session = Session(config_for(cluster.url, credentials=Credentials(token=cluster.token)), ManualClock())
    yield session
    await session.close()

"""Kubeconfigs on disk, certificates, and scripted API servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from stsview.clock import ManualClock
from stsview.cluster.config import ClusterConfig, Credentials
from stsview.cluster.http.session import Session
from tests.support.cluster.server import Server

Document = dict[str, Any]


def document(name: str = "one", **changes: Any) -> Document:
    """A kubeconfig with one context, cluster and user of the same name; it is the current context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [
            {"name": name, "cluster": {"server": f"https://{name}.example:6443"} | changes.get("cluster", {})}
        ],
        "users": [{"name": name, "user": changes.get("user", {"token": f"token-{name}"})}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name} | changes.get("context", {})}],
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a document, or text, to a file of the test's folder."""

    def write(content: Document | str, name: str = "config") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return write


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


def config_for(url: str, **changes: Any) -> ClusterConfig:
    return ClusterConfig(context="test", cluster="test", user="me", server=url, **changes)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def session(server: Server, clock: ManualClock) -> AsyncIterator[Session]:
    session = Session(config_for(server.url, credentials=Credentials(token="secret")), clock)
    yield session
    await session.close()

"""Objects of files, served as they are: plans can be made against them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stsview.clock import SystemClock
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_documents
from stsview.live.files.documents import read_files
from stsview.live.files.file_objects import newest_of
from stsview.objects.kinds import PODS, STATEFULSETS
from stsview.simulator.apiserver.resources import NAMESPACES
from stsview.simulator.apiserver.resources import PODS as PODS_RESOURCE
from stsview.simulator.static_cluster import StaticCluster
from tests.support.paths import REPORTS


def cluster_of(name: str) -> StaticCluster:
    documents = read_files([str(REPORTS / f"{name}.json")])
    now = newest_of(documents)
    assert now is not None
    return StaticCluster(documents.objects, now)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[StaticCluster, Session]]:
    cluster = cluster_of("healthy")
    await cluster.start()
    cluster.write_kubeconfig(tmp_path / "kubeconfig")
    await load_transport()
    session = Session(Kubeconfig.load(str(tmp_path / "kubeconfig")).config(None), SystemClock())
    yield cluster, session
    await session.close()
    await cluster.stop()


async def test_objects_are_served_as_they_are(served: tuple[StaticCluster, Session]) -> None:
    cluster, session = served
    given = json.loads((REPORTS / "healthy.json").read_text())["items"]
    for kind in (STATEFULSETS, PODS):
        expected = [one for one in given if one["kind"] == kind.name]
        found = await list_documents(session, kind, "")
        for one in found:
            one["metadata"].pop("resourceVersion")
        assert sorted(found, key=_name) == sorted(expected, key=_name)
    now = cluster.server.clock.now()
    await session.ping()
    assert abs(session.server_now() - now) < timedelta(seconds=2)


def _name(one: dict[str, Any]) -> str:
    return str(one["metadata"]["name"])


def test_resource_versions_are_kept_and_continued() -> None:
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"web-{number}", "resourceVersion": version}}
        for number, version in enumerate(("812", "90"))
    ]
    other = {"apiVersion": "apps.kruise.io/v1beta1", "kind": "StatefulSet", "metadata": {"name": "web"}}
    cluster = StaticCluster([*pods, other], SystemClock().now())
    kept = [one["metadata"]["resourceVersion"] for one in cluster.storage.list(PODS_RESOURCE)]
    assert kept == ["812", "90"]
    assert cluster.storage.resource_version >= 812
    cluster.storage.create(NAMESPACES, {"metadata": {"name": "later"}})
    assert int(cluster.storage.get(NAMESPACES, "", "later")["metadata"]["resourceVersion"]) > 812
    assert cluster.skipped == {"apps.kruise.io/v1beta1 StatefulSet": 1}
    with pytest.raises(ValueError, match="a Pod without a name"):
        StaticCluster([{"apiVersion": "v1", "kind": "Pod", "metadata": {}}], SystemClock().now())

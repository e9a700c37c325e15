"""Plans made by commands against reported situations; tests/reports makes those of all actions in all of them."""

from __future__ import annotations

import json

import pytest

from stsview.live.files.documents import read_files
from stsview.live.files.file_objects import newest_of
from stsview.simulator.static_cluster import StaticCluster
from tests.live.conftest import Rig
from tests.support.cli.shell import Shell
from tests.support.paths import REPORTS


@pytest.mark.parametrize("name", ["healthy", "pvcterminating", "maxunavail", "kruise"])
async def test_a_restart_is_planned(name: str, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    documents = read_files([str(REPORTS / f"{name}.json")])
    now = newest_of(documents)
    assert now is not None
    cluster = StaticCluster(documents.objects, now)
    await cluster.start()
    try:
        cluster.write_kubeconfig(rig.folder / "kubeconfig")
        metadata = next(one["metadata"] for one in documents.objects if one["kind"] == "StatefulSet")
        shell = Shell(rig, cluster)  # type: ignore[arg-type]
        code = await shell.run("restart", f"{metadata['namespace']}/{metadata['name']}", "--dry-run", "-o", "json")
    finally:
        await cluster.stop()
    plan = json.loads(capsys.readouterr().out)
    assert plan["kind"] == "ActionPlan"
    assert code == (2 if plan["refused"] else 0)
    assert plan["plan"]["steps"]

"""A dump of the tour: judged as the cluster it is of, and without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.cli.commands.check import check
from stsview.cli.commands.dump import write
from stsview.cli.output.check_formats import CheckReport
from stsview.cli.output.document import plain_value
from stsview.cli.support.select_sets import SetSelection
from stsview.live.errors import CannotStart
from stsview.live.files.dump import Dump, collect
from stsview.live.files.file_target import FileTarget
from stsview.live.live import Live
from stsview.live.recording.redaction import Redactor
from stsview.live.snapshot import Link, Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig
from tests.live.conftest import rig as rig
from tests.support.cli.checking import advance_until_done, target_of
from tests.support.simulator.clusters import together

SETTINGS = ModelSettings(observe_grace=0, act_grace=0, sighting_grace=0)
"""What has no date counts as lasting, as in files."""


def judged(snapshot: Snapshot) -> dict[Key, Any]:
    """What is said of each set, but since when: what has no date counts from when it is first seen."""
    return {
        key: plain_value((view.severity, view.ready, view.unknown, [replace(one, since=None) for one in view.findings]))
        for key, view in snapshot.fleet.sets.items()
    }


async def report_of(rig: Rig, path: Path) -> CheckReport:
    checking = check(FileTarget((str(path),)), ModelSettings(), SetSelection(), Level.NOTICE, 15, rig.clock)
    return await advance_until_done(rig, checking)


@pytest.fixture(autouse=True)
def no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.cli.support.connect.STALL_SECONDS", 1e9)


async def test_a_dump_is_judged_as_the_cluster(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await rig.cluster("tour")
    target = target_of(rig)
    live = Live(target, clock=rig.clock, rng=rig.rng(), settings=SETTINGS)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "the picture is live")
        # Leases of nodes in doubt are read after that.
        await rig.until(lambda: not live.reads_pending, "everything is read by name")
        await rig.pass_time(1)
        dump = await advance_until_done(rig, collect(target, ModelSettings(), rig.clock))
        snapshot = live.snapshot
    path = tmp_path / "dump.json"
    write(dump, str(path))
    assert capsys.readouterr().err == f"{dump.objects:,} objects: {path}\n"

    again = await report_of(rig, path)
    assert len(again.sets) > 10
    assert judged(again.snapshot) == judged(snapshot)
    assert abs((again.snapshot.now - snapshot.now).total_seconds()) < 10
    assert again.snapshot.health.degraded == ()


async def test_a_dump_of_one_namespace_has_only_its_objects(rig: Rig) -> None:
    await rig.cluster(together("zookeeper", "broken-rollout"))
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=("data",))
    dump = await advance_until_done(rig, collect(target, SETTINGS, rig.clock))
    found = {one["metadata"].get("namespace", "") for one in dump.content["items"] if one["kind"] != "Lease"}
    assert found == {"data", ""}


async def test_a_dump_of_nothing_fails(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=("elsewhere",))
    with pytest.raises(CannotStart, match="no StatefulSets in elsewhere"):
        await advance_until_done(rig, collect(target, SETTINGS, rig.clock))


async def test_kinds_that_may_not_be_read_are_named_and_unknown(rig: Rig, tmp_path: Path) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.refusals.append(Refusal(403, "poddisruptionbudgets"))
    dump = await advance_until_done(rig, collect(target_of(rig), SETTINGS, rig.clock))
    assert dump.unread == ("you may not list poddisruptionbudgets",)
    write(dump, str(tmp_path / "dump.json"))
    report = await report_of(rig, tmp_path / "dump.json")
    assert report.snapshot.health.degraded == ("poddisruptionbudgets are not in the files",)

    cluster.server.faults.refusals.append(Refusal(403, "statefulsets"))
    with pytest.raises(CannotStart, match="you may not list statefulsets"):
        await advance_until_done(rig, collect(target_of(rig), SETTINGS, rig.clock))


def test_secrets_are_removed_from_objects() -> None:
    template: dict[str, Any] = {
        "metadata": {"annotations": {"checksum/config": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15"}},
        "spec": {
            "containers": [
                {
                    "name": "db",
                    "image": "registry.example.com/db:1.2.3",
                    "command": ["db", "--port=5432", "--password", "hunter2", "--token=abc123", "-v"],
                    "args": ["sh", "-c", "run --api-key abcdef --size 3"],
                    "env": [
                        {"name": "MODE", "value": "primary"},
                        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    ],
                    "envFrom": [{"secretRef": {"name": "db-env"}}],
                    "livenessProbe": {
                        "httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": "Bearer x1y2z3"}]}
                    },
                }
            ]
        },
    }
    stateful: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": "db",
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": json.dumps(template),
                "example.com/copy": json.dumps(template),
                "stsview.io/role-label": "role",
            },
            "managedFields": [{"fieldsV1": {"f:spec": {"f:password": {}}}}],
        },
        "spec": {"template": template},
    }
    revision = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "data": {"spec": {"template": template}}}
    event = {"kind": "Event", "message": 'volume "pvc-3ac3c50b-a4af-4f2d-9e3b-68e6aabbccdd": https://u:pw@host/'}
    redactor = Redactor()
    redacted = [redactor.redacted(one) for one in (stateful, revision, event)]
    text = json.dumps(redacted)
    for secret in ("hunter2", "abc123", "abcdef", "primary", "x1y2z3", "9f86d081884c7", "u:pw", "last-applied"):
        assert secret not in text, secret
    for kept in ("example.com/db:1.2.3", "--port=5432", "--size 3", "secretKeyRef", "db-env", "f:password", "pvc-3ac3"):
        assert kept in text, kept
    assert redacted[0]["spec"]["template"] == redacted[1]["data"]["spec"]["template"], "equal values stay equal"
    assert redactor.hidden > 5
    (env, *_) = redacted[0]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env["value"].startswith("[hidden ")
    assert Redactor().redacted(stateful)["spec"]["template"] != redacted[0]["spec"]["template"], "a key of its own"
    assert stateful["spec"]["template"] is template, "the original is not changed"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from stsview.cli.support.errors import CommandError

    with pytest.raises(CommandError, match="cannot be written: No such file"):
        write(Dump({}, 0, 0, ()), str(tmp_path / "none" / "dump.json"))
    write(Dump({"kind": "List"}, 1, 0, ()), str(tmp_path / "dump.json"))
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("dump.json", 0o600)]
    write(Dump({"kind": "List"}, 1, 0, ()), "-")
    assert json.loads(capsys.readouterr().out) == {"kind": "List"}

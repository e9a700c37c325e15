"""`stsview exporter`: the metrics of a simulated cluster, scraped over HTTP."""

from __future__ import annotations

import asyncio
import builtins
import re
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from stsview.cli.commands.exporter import MISSING, export
from stsview.cli.main import main
from stsview.cli.support.errors import CommandError
from stsview.cli.support.select_sets import SetSelection
from stsview.cli.unattended.endpoints import STALL_SECONDS
from stsview.live.live import Live
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import VIEW, Rule
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.triage.catalogue import BY_ID
from tests.live.conftest import Rig
from tests.support.cli.checking import target_of
from tests.support.cli.exporting import PROMTOOL, exporting, needs_promtool
from tests.support.simulator.clusters import together

PAGE = Path(__file__).resolve().parents[3] / "docs" / "unattended.md"

FINDING = {"namespace": "data", "statefulset": "mongodb", "rule": "revision-deadlock", "level": "error", "ordinal": "2"}


async def test_findings_and_rollouts_are_series_while_they_last(rig: Rig) -> None:
    cluster = await rig.cluster("broken-rollout")
    async with exporting(rig) as exporter:
        assert (await exporter.get("/readyz"))[0] == 503, "nothing was read yet"
        assert (await exporter.get("/livez"))[0] == 200
        before = await exporter.series()
        assert before[("stsview_picture_current", ())] == 0
        assert not any(name.startswith(("stsview_statefulset", "stsview_finding")) for name, _ in before)

        await exporter.until(1, "stsview_picture_current")
        assert (await exporter.get("/readyz"))[0] == 200
        assert await exporter.value("stsview_finding", **FINDING) == 1
        assert await exporter.value("stsview_statefulsets", severity="stuck") == 1
        key = {"namespace": "data", "statefulset": "mongodb"}
        assert await exporter.value("stsview_statefulset_severity", **key, severity="stuck") == 1
        assert await exporter.value("stsview_rollout_pods", **key) == 3
        assert await exporter.value("stsview_rollout_updated_pods", **key) == 2
        assert await exporter.value("stsview_statefulset_wait", **key, reason="pending", ordinal="2") == 1
        assert await exporter.value("stsview_picture_age_seconds") == 0

        _, text = await exporter.get("/metrics")
        exposed = {name for name in re.findall(r"^# TYPE (\S+)", text, re.MULTILINE) if name.startswith("stsview_")}
        rows = re.findall(r"^\| (`stsview_.*?) \| ", PAGE.read_text(), re.MULTILINE)
        assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == exposed, "the page has every metric"

        status, text = await exporter.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
        assert (status, text.endswith("# EOF\n")) == (200, True)
        assert cluster.token not in text

        cluster.storage.delete(STATEFUL_SETS, "data", "mongodb", propagation="Background")
        await exporter.until(None, "stsview_finding", **FINDING)
        assert not any(("statefulset", "mongodb") in labels for _, labels in await exporter.series())
    assert exporter.notes[1] == "the first picture is complete: all namespaces"


@needs_promtool
async def test_prometheus_own_tool_has_nothing_to_object(rig: Rig) -> None:
    await rig.cluster("tour")
    async with exporting(rig) as exporter:
        await exporter.until(1, "stsview_picture_current")
        _, text = await exporter.get("/metrics")
    assert PROMTOOL
    promtool = await asyncio.create_subprocess_exec(PROMTOOL, "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE)
    output, problems = await promtool.communicate(text.encode())
    assert (promtool.returncode, output, problems) == (0, b"", b"")


async def test_a_lost_server_leaves_findings_and_nothing_that_is_well(rig: Rig) -> None:
    cluster = await rig.cluster(together("crash-loop", "broken-rollout"))
    async with exporting(rig, "data/mongodb", "mq/kafka", "no/such") as exporter:
        await exporter.until(1, "stsview_picture_current")
        assert "there is no StatefulSet no/such yet" in exporter.notes
        assert await exporter.value("stsview_statefulsets", severity="stuck") == 2
        cluster.server.faults.stall()
        await exporter.until(0, "stsview_picture_current")
        series = await exporter.series()
        findings = [labels for name, labels in series if name == "stsview_finding"]
        assert {dict(labels)["statefulset"] for labels in findings} == {"kafka", "mongodb"}
        assert series[("stsview_picture_age_seconds", ())] > 10
        assert series[("stsview_picture_losses_total", ())] == 1
        assert not any("rollout" in name or "wait" in name for name, _ in series), "progress is not known"
        assert (await exporter.get("/readyz"))[0] == 200, "its last picture is still served"
        cluster.server.faults.resume()
        await exporter.until(1, "stsview_picture_current")


async def test_sets_that_were_well_are_unknown_while_the_server_is_away(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    async with exporting(rig) as exporter:
        await exporter.until(1, "stsview_statefulsets", severity="healthy")
        cluster.server.faults.stall()
        await exporter.until(1, "stsview_statefulsets", severity="unknown")
        assert await exporter.value("stsview_statefulsets", severity="healthy") == 0


async def test_what_may_not_be_read_is_unknown_and_its_findings_stay(rig: Rig) -> None:
    cluster = await rig.cluster("broken-rollout")
    user = cluster.server.users["nobody"]
    user.granted += VIEW
    cluster.server.write_kubeconfig(rig.folder / "viewer", user="nobody")
    async with exporting(rig, user="viewer") as exporter:
        await exporter.until(1, "stsview_finding", **FINDING)
        assert await exporter.value("stsview_resource_denied", resource="persistentvolumes") == 1
        user.denied.append(Rule(("*",), ("",), ("pods",)))
        cluster.server.cut_connections()
        await exporter.until(1, "stsview_statefulsets", severity="unknown")
        user.denied.append(Rule(("*",), ("apps",), ("statefulsets",)))
        cluster.server.cut_connections()
        await exporter.until(0, "stsview_picture_current")
        assert await exporter.value("stsview_finding", **FINDING) == 1


async def test_it_is_not_alive_while_the_picture_is_not_looked_at(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.cluster("zookeeper")
    async with exporting(rig) as exporter:
        await exporter.until(1, "stsview_picture_current")
        await rig.pass_time(STALL_SECONDS * 2)
        assert (await exporter.get("/livez"))[0] == 200, "a quiet cluster is no hang"

        async def hang(live: Live) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(Live, "_flush", hang)
        await rig.pass_time(STALL_SECONDS * 2)
        assert (await exporter.get("/livez"))[0] == 503


async def test_there_are_only_so_many_series_of_findings(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.cli.unattended.metrics.MOST_FINDING_SERIES", 3)
    await rig.cluster("tour")
    async with exporting(rig) as exporter:
        await exporter.until(1, "stsview_picture_current")
        series = await exporter.series()
        findings = [dict(labels) for name, labels in series if name == "stsview_finding"]
        assert len(findings) == 3
        assert {labels["level"] for labels in findings} == {"error"}, "the most severe"
        assert {labels["rule"] for labels in findings} <= BY_ID.keys()
        assert series[("stsview_findings_omitted", ())] > 3


async def test_a_cluster_that_is_away_at_the_start_is_waited_for(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.stall()
    async with exporting(rig) as exporter:
        await rig.pass_time(60)
        assert (await exporter.get("/readyz"))[0] == 503
        assert (await exporter.get("/livez"))[0] == 200
        cluster.server.faults.resume()
        await exporter.until(1, "stsview_picture_current")


async def test_a_port_in_use_is_an_error_in_one_line(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    async with exporting(rig) as exporter:
        address = ("127.0.0.1", int(exporter.url.rpartition(":")[2]))
        with pytest.raises(CommandError, match=r"cannot listen on 127.0.0.1, port .*: Address already in use"):
            await export(target_of(rig), ModelSettings(), SetSelection(), Level.NOTICE, address, rig.clock)


def test_without_prometheus_client_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "prometheus_client":
            raise ModuleNotFoundError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["exporter"]) == 2
    assert capsys.readouterr().err == f"stsview: {MISSING}\n"

"""`stsview rollout`: reports of a rollout, its outcome and exit code."""

from __future__ import annotations

import asyncio
import io
import json
import re

import pytest

from stsview.cli.commands.rollout import LOST_SECONDS, follow
from stsview.cli.output.console import Console
from stsview.cli.output.rollout_report import BarOutput, JsonOutput, LineOutput, RolloutReport
from stsview.cli.support.errors import CommandError
from stsview.model.rollout.rollout_outcome import RolloutStatus, Stage
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.cli.checking import target_of
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, kafka

BROKEN, GOOD = "zookeeper:3.8.l", "zookeeper:3.9.3"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class FollowedRollout:
    """A rollout that is followed in the background, with its reports."""

    def __init__(self, rig: Rig, name: str, seconds: float | None = None) -> None:
        self._rig = rig
        self.reports: list[RolloutReport] = []
        self.task = asyncio.ensure_future(
            follow(target_of(rig), ModelSettings(), name, seconds, self.reports.append, rig.clock)
        )

    async def first_report(self) -> None:
        """Wait for the first report while hardly any time passes: connecting takes as long as the machine needs."""
        await self._rig.until(lambda: bool(self.reports) or self.task.done(), "the first report", step=0.005)

    async def reports_text(self, text: str) -> None:
        await self.first_report()
        await self._rig.until(lambda: any(text in report.status.words for report in self.reports), text)

    async def exit_code(self) -> int:
        await self.first_report()
        await self._rig.until(self.task.done, "the outcome", step=0.5)
        return await self.task

    def printed(self) -> list[str]:
        """The lines that a pipe gets."""
        console = Console(io.StringIO())
        output = LineOutput(console)
        for report in self.reports:
            output.show(report)
        file = console.console.file
        assert isinstance(file, io.StringIO)
        return file.getvalue().splitlines()

    def documents(self) -> list[dict[str, object]]:
        file = io.StringIO()
        output = JsonOutput(file)
        with output.open():
            for report in self.reports:
                output.show(report)
        return [json.loads(line) for line in file.getvalue().splitlines()]


def set_of(cluster: SimulatedCluster) -> tuple[str, str]:
    (stateful,) = cluster.storage.list(STATEFUL_SETS)
    return stateful["metadata"]["namespace"], stateful["metadata"]["name"]


async def test_a_rollout_is_followed_pod_by_pod_until_done(rig: Rig) -> None:
    cluster = await rig.cluster("rollout")
    namespace, name = set_of(cluster)
    followed = FollowedRollout(rig, f"{namespace}/{name}")
    assert await followed.exit_code() == 0
    last = followed.reports[-1]
    assert (last.outcome, last.status.done, last.status.total) == ("done", 8, 8)
    waited = [report.status.ordinal for report in followed.reports if report.status.ordinal is not None]
    assert list(dict.fromkeys(waited))[-3:] == [2, 1, 0]
    assert waited == sorted(waited, reverse=True)
    lines = followed.printed()
    assert lines[0].startswith(f"{namespace}/{name}  to ")
    assert any("7/8  waits for elasticsearch-0: Terminating" in line for line in lines)
    assert lines[-1].startswith("done: all 8 pods run ")
    documents = followed.documents()
    assert {(one["apiVersion"], one["kind"]) for one in documents} == {("stsview/v1", "RolloutReport")}
    fields = "key stage waitsFor detail ordinal since current update done total pace finding problem seconds outcome"
    assert set(f"{fields} exitCode".split()) <= set(documents[0])
    assert [one["exitCode"] for one in documents] == [None] * (len(documents) - 1) + [0]
    assert documents[-1]["outcome"] == "done"


async def test_a_bad_image_is_stuck_and_a_corrected_template_a_deadlock(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.images.missing.add(BROKEN)
    cluster.set_image(namespace, name, BROKEN)
    followed = FollowedRollout(rig, name)
    assert await followed.exit_code() == 1
    lines = followed.printed()
    assert lines[-3].startswith(f"stuck: zookeeper-2: image {BROKEN} cannot be pulled")
    assert any(re.search(r", stuck in \d+s unless resolved$", line) for line in lines)
    cluster.set_image(namespace, name, GOOD)
    again = FollowedRollout(rig, name)
    assert await again.exit_code() == 1
    assert again.reports[-1].status.headline.startswith(
        "zookeeper-2: blocks its own update: delete the pod to move it to "
    )


async def test_a_pod_that_is_rejected_and_replaced_without_end_is_stuck_and_said_once(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.set_image(namespace, name, GOOD)

    def reject() -> None:
        """What a kubelet does whose device plugin has no device left."""
        pod = cluster.storage.find(PODS, namespace, "zookeeper-2")
        if pod is not None and pod["spec"]["containers"][0]["image"] == GOOD and pod["spec"].get("nodeName"):
            failed = {"phase": "Failed", "reason": "UnexpectedAdmissionError"}
            cluster.storage.modify(
                PODS, namespace, "zookeeper-2", lambda one: one["status"].update(failed), subresource="status"
            )

    followed = FollowedRollout(rig, name)
    await followed.first_report()

    def stuck() -> bool:
        reject()
        return followed.task.done()

    await rig.until(stuck, "the outcome", step=0.5)
    assert await followed.task == 1
    lines = followed.printed()
    assert any(line.startswith("stuck: zookeeper-2: ") and "recreated without end" in line for line in lines)
    waits = [line.partition("  ")[2] for line in lines if "  0/3  " in line]
    assert len(waits) == len(set(waits)), "each line once"


async def test_a_canary_is_done_at_its_partition_and_a_timeout_says_what_it_waited_for(rig: Rig) -> None:
    cluster = await rig.cluster("canary")
    namespace, name = set_of(cluster)
    followed = FollowedRollout(rig, name)
    assert await followed.exit_code() == 0
    assert followed.printed()[-1].startswith("paused by partition 4 (2 of 6 updated)")
    cluster.set_image(namespace, name, "clickhouse/clickhouse-server:25.1")
    short = FollowedRollout(rig, name, seconds=3)
    assert await short.exit_code() == 3
    assert short.documents()[-1]["outcome"] == "timed-out"
    assert short.printed()[-1].startswith("timed out: ")


async def test_a_deleted_set_is_a_failed_rollout(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.set_image(namespace, name, GOOD)
    followed = FollowedRollout(rig, name)
    await followed.reports_text("waits for zookeeper-2")
    cluster.storage.delete(STATEFUL_SETS, namespace, name)
    assert await followed.exit_code() == 1
    assert followed.reports[-1].outcome == "gone"


async def test_a_lost_server_is_waited_for_up_to_a_limit(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.set_image(namespace, name, GOOD)
    followed = FollowedRollout(rig, name)
    await followed.reports_text("waits for zookeeper-2")
    await cluster.server.stop()
    with pytest.raises(CommandError, match=f"no data from the cluster for {LOST_SECONDS:.0f}s"):
        await followed.exit_code()
    assert followed.reports[-1].problem.startswith("disconnected: ")
    assert followed.reports[-1].exit_code is None


def test_a_terminal_gets_the_lines_above_a_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    console = Console(Terminal())
    output = BarOutput(console)
    view = kafka()
    status = RolloutStatus(Stage.PROGRESSING, "waits for kafka-3", "starting", 3, None, view.rollout.update, 2, 6)
    snapshot = FakeSource(fleet_of(view)).snapshot
    with output.open():
        output.show(RolloutReport(snapshot, NOW, view.key, view, status, 1.0))
    written = console.console.file
    assert isinstance(written, Terminal)
    assert "2/6  waits for kafka-3: starting\n" in written.getvalue().replace("\r", "")
    assert "━" in written.getvalue()

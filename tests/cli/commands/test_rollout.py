"""`stsview rollout` and `history`: what is told of a rollout on its way, how it ends, and what its revisions are."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from stsview.cli.commands.history import as_text, diff_as_text, history
from stsview.cli.commands.rollout import LOST_SECONDS, follow
from stsview.cli.output.console import Console
from stsview.cli.output.rollout_report import Bar, JsonLines, Lines, Report
from stsview.cli.support.connect import CouldNotLook
from stsview.cli.support.read_revisions import History
from stsview.live.target import KubeconfigTarget
from stsview.model.rollout.history import find_revision
from stsview.model.rollout.rollout_outcome import RolloutStatus, Stage
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.text.template_diff import diff
from tests.live.conftest import Rig
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, kafka

BROKEN, GOOD = "zookeeper:3.8.l", "zookeeper:3.9.3"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests runs ahead of their sockets."""
    monkeypatch.setattr("stsview.cli.support.connect.PATIENCE_SECONDS", 1e9)
    monkeypatch.setattr("stsview.cli.support.read_revisions.PATIENCE_SECONDS", 1e9)


def target(rig: Rig) -> KubeconfigTarget:
    return KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Followed:
    """A rollout that is followed in the background, with all that was told."""

    def __init__(self, rig: Rig, name: str, seconds: float | None = None) -> None:
        self._rig = rig
        self.reports: list[Report] = []
        self.task = asyncio.ensure_future(
            follow(target(rig), ModelSettings(), name, seconds, self.reports.append, rig.clock)
        )

    async def begins(self) -> None:
        """Wait for its first word while hardly any time passes: how long connecting takes is up to the machine."""
        await self._rig.until(lambda: bool(self.reports) or self.task.done(), "its first word", step=0.005)

    async def tells(self, words: str) -> None:
        await self.begins()
        await self._rig.until(lambda: any(words in report.standing.words for report in self.reports), words)

    async def end(self) -> int:
        await self.begins()
        await self._rig.until(self.task.done, "its end", step=0.5)
        return await self.task

    def printed(self) -> list[str]:
        """What a pipe gets of it, without the times."""
        console = Console(io.StringIO())
        lines = Lines(console)
        for report in self.reports:
            lines.take(report)
        told = console.console.file
        assert isinstance(told, io.StringIO)
        return told.getvalue().splitlines()

    def documents(self) -> list[dict[str, object]]:
        file = io.StringIO()
        shows = JsonLines(file)
        with shows.shown():
            for report in self.reports:
                shows.take(report)
        return [json.loads(line) for line in file.getvalue().splitlines()]


def set_of(cluster: SimulatedCluster) -> tuple[str, str]:
    (held,) = cluster.storage.list(STATEFUL_SETS)
    return held["metadata"]["namespace"], held["metadata"]["name"]


async def test_a_rollout_is_followed_pod_by_pod_to_its_end(rig: Rig) -> None:
    cluster = await rig.cluster("rollout")
    namespace, name = set_of(cluster)
    followed = Followed(rig, f"{namespace}/{name}")
    assert await followed.end() == 0
    last = followed.reports[-1]
    assert (last.outcome, last.standing.done, last.standing.total) == ("done", 8, 8)
    waited = [report.standing.ordinal for report in followed.reports if report.standing.ordinal is not None]
    assert list(dict.fromkeys(waited))[-3:] == [2, 1, 0]
    assert waited == sorted(waited, reverse=True)
    lines = followed.printed()
    assert lines[0].startswith(f"{namespace}/{name}  to ")
    assert any("7/8  waits for elasticsearch-0: Terminating" in line for line in lines)
    assert lines[-1].startswith("done: all 8 pods run ")
    told = followed.documents()
    assert {(one["apiVersion"], one["kind"]) for one in told} == {("stsview/v1", "RolloutReport")}
    fields = "key stage waitsFor detail ordinal since current update done total pace finding problem seconds outcome"
    assert set(f"{fields} exitCode".split()) <= set(told[0])
    assert [one["exitCode"] for one in told] == [None] * (len(told) - 1) + [0]
    assert told[-1]["outcome"] == "done"


async def test_a_bad_image_is_stuck_and_the_template_put_right_a_deadlock(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.images.missing.add(BROKEN)
    cluster.set_image(namespace, name, BROKEN)
    followed = Followed(rig, name)
    assert await followed.end() == 1
    lines = followed.printed()
    assert lines[-3].startswith(f"stuck: zookeeper-2: image {BROKEN} cannot be pulled")
    assert any("unless it passes" in line for line in lines)
    cluster.set_image(namespace, name, GOOD)
    again = Followed(rig, name)
    assert await again.end() == 1
    assert again.reports[-1].standing.headline.startswith("zookeeper-2: deadlock, it must be deleted to get ")


async def test_a_canary_is_done_as_far_as_it_goes_and_a_short_timeout_says_what_it_waited_for(rig: Rig) -> None:
    cluster = await rig.cluster("canary")
    namespace, name = set_of(cluster)
    followed = Followed(rig, name)
    assert await followed.end() == 0
    assert "held: done as far as partition 4 lets it" in followed.printed()[-1]
    cluster.set_image(namespace, name, "clickhouse/clickhouse-server:25.1")
    hasty = Followed(rig, name, seconds=3)
    assert await hasty.end() == 3
    assert hasty.documents()[-1]["outcome"] == "timed-out"
    assert hasty.printed()[-1].startswith("timed out: ")


async def test_a_set_that_is_deleted_has_failed_and_one_that_cannot_be_seen_is_not_judged(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.set_image(namespace, name, GOOD)
    followed = Followed(rig, name)
    await followed.tells("waits for zookeeper-2")
    cluster.storage.delete(STATEFUL_SETS, namespace, name)
    assert await followed.end() == 1
    assert followed.reports[-1].outcome == "gone"


async def test_a_server_that_is_gone_is_waited_for_but_not_for_ever(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    namespace, name = set_of(cluster)
    cluster.set_image(namespace, name, GOOD)
    followed = Followed(rig, name)
    await followed.tells("waits for zookeeper-2")
    await cluster.server.stop()
    with pytest.raises(CouldNotLook, match=f"not been seen for {LOST_SECONDS:.0f}s"):
        await followed.end()
    assert followed.reports[-1].problem.startswith("disconnected: ")
    assert followed.reports[-1].exit_code is None


async def looked_up(rig: Rig, name: str) -> History:
    task = asyncio.ensure_future(history(target(rig), ModelSettings(), name, rig.clock))
    await rig.until(task.done, "the history")
    return await task


async def test_revisions_are_listed_with_what_runs_them_and_compared(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("canary")
    namespace, name = set_of(cluster)

    def why(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})["kubernetes.io/change-cause"] = "25.1,\x1b[31m as asked"

    cluster.edit(STATEFUL_SETS, namespace, name, why, "kubectl-annotate")
    cluster.set_image(namespace, name, "clickhouse/clickhouse-server:25.1")
    found = await looked_up(rig, name)
    assert [entry.revision.number for entry in found.entries] == [3, 2, 1]
    assert [len(entry.pods) for entry in found.entries] == [0, 2, 4]
    as_text(found, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["REV", "NAME", "MADE", "BY", "PODS", "CAUSE"]
    assert "update" in lines[1]
    assert "25.1," in lines[1]
    assert "current" in lines[3]
    assert "\x1b" not in "".join(lines)

    first, last = (find_revision(found.entries, words, name) for words in ("current", "3"))
    diff_as_text((first.name, 1), (last.name, 3), diff(first, last), Console())
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"--- {first.name}  (revision 1)"
    assert "@@ spec.containers[clickhouse].image" in told[2]
    assert "-    image: clickhouse/clickhouse-server:24.8" in told
    assert "+    image: clickhouse/clickhouse-server:25.1" in told


async def test_whoever_may_not_read_the_revisions_is_told_so(rig: Rig) -> None:
    cluster = await rig.cluster("canary")
    cluster.server.faults.refusals.append(Refusal(403, plural="controllerrevisions"))
    with pytest.raises(CouldNotLook, match="you may not list and watch controllerrevisions"):
        await looked_up(rig, "clickhouse")


def test_on_a_terminal_the_lines_stand_above_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    console = Console(Terminal())
    bar = Bar(console)
    view = kafka()
    standing = RolloutStatus(Stage.GOING, "waits for kafka-3", "starting", 3, None, view.rollout.update, 2, 6)
    snapshot = FakeSource(fleet_of(view)).snapshot
    with bar.shown():
        bar.take(Report(snapshot, NOW, view.key, view, standing, 1.0))
    written = console.console.file
    assert isinstance(written, Terminal)
    assert "2/6  waits for kafka-3: starting\n" in written.getvalue().replace("\r", "")
    assert "━" in written.getvalue()

"""Usage of the watched set, and of a small cluster in the background, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stsview.live.live import Live
from stsview.live.snapshot import Link, WatchedUsage
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Finding, Level
from stsview.objects.meta import Key
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.stats_provider import MetricsState
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig

CLICKHOUSE = Key("analytics", "clickhouse")


def live_of(rig: Rig, *, background: bool = False) -> Live:
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    return Live(target, clock=rig.clock, rng=rig.rng(), background_usage=background)


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and bool(live.snapshot.fleet.sets)


def usage(live: Live) -> WatchedUsage:
    return live.snapshot.usage or WatchedUsage(Key("", ""))


def findings(live: Live) -> Iterator[Finding]:
    view = live.snapshot.fleet.sets.get(CLICKHOUSE)
    for finding in view.findings if view is not None else ():
        yield finding
        yield from finding.below


def rules(live: Live) -> set[str]:
    return {finding.rule for finding in findings(live)}


class Asked:
    """Counts what kubelets and metrics-server of a cluster are asked, by node or pod."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self.kubelets: list[str] = []
        self.metrics: list[str] = []
        self._summary, self._pod_metrics = cluster.stats.summary, cluster.stats.pod_metrics
        cluster.stats.summary = self.summary  # type: ignore[method-assign]
        cluster.stats.pod_metrics = self.pod_metrics  # type: ignore[method-assign]
        self.instead: Object | None = None
        """What kubelets answer instead."""

    def summary(self, node: Object) -> Object:
        self.kubelets.append(node["metadata"]["name"])
        return self._summary(node) if self.instead is None else self.instead

    def pod_metrics(self, pod: Object) -> Object | None:
        self.metrics.append(pod["metadata"]["name"])
        return self._pod_metrics(pod)


async def test_the_watched_set_is_measured_and_its_findings_stay(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    asked, live = Asked(cluster), live_of(rig)
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(30, step=5)
        assert (asked.kubelets, asked.metrics, live.snapshot.usage) == ([], [], None)
        assert rules(live) == set()

        live.watch_usage(CLICKHOUSE)
        await rig.until(lambda: usage(live).measured is not None, "usage")
        await rig.until(lambda: rules(live) == {"volume-nearly-full"}, "the finding")
        assert sorted(asked.kubelets) == ["node-1", "node-2", "node-3"]
        # Opened again from another screen: nothing is asked twice.
        live.watch_usage(CLICKHOUSE)
        await rig.pass_time(10)
        assert len(asked.kubelets) == 3
        await rig.until(lambda: len(asked.kubelets) == 6, "the second reading")
        await rig.until(lambda: len(asked.kubelets) == 12, "the fourth")
        await rig.until(lambda: next(findings(live)).until is not None, "a trend")
        assert "full in less than" in next(findings(live)).headline

        live.watch_usage(None)
        count = len(asked.kubelets)
        await rig.pass_time(300, step=20)
        assert (len(asked.kubelets), live.snapshot.usage) == (count, None)
        assert rules(live) == {"volume-nearly-full"}
        await rig.pass_time(360, step=20)
        (finding,) = findings(live)
        assert finding.headline.endswith("full when last measured")
        assert finding.level is Level.NOTICE


async def test_a_small_cluster_is_measured_slowly_in_the_background(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    asked, live = Asked(cluster), live_of(rig, background=True)
    async with rig.running(live):
        await rig.until(lambda: rules(live) == {"volume-nearly-full"}, "the finding")
        assert live.snapshot.usage is None
        await rig.pass_time(300, step=1)
        # Each kubelet about once a minute, and metrics-server never.
        assert 15 <= len(asked.kubelets) <= 3 * 6
        assert asked.metrics == []
        # What a screen shows beyond that is read when it opens, and only that.
        count = len(asked.kubelets)
        live.watch_usage(CLICKHOUSE)
        await rig.until(lambda: len(asked.metrics) == 3, "metrics", step=0.02)
        assert len(asked.kubelets) <= count + 3
        live.watch_usage(None)

        cluster.server.users["admin"].denied.append(Rule(("get",), ("",), ("nodes/proxy",)))
        await rig.pass_time(70, step=1)
        denied = len(asked.kubelets)
        await rig.pass_time(400, step=20)
        assert len(asked.kubelets) == denied


async def test_a_large_cluster_is_not_measured_in_the_background(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.live.usage.usage_reader._MOST_NODES", 2)
    cluster = await rig.cluster("disk-full")
    asked, live = Asked(cluster), live_of(rig, background=True)
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(100, step=5)
        assert asked.kubelets == []
        assert rules(live) == set()


async def test_a_set_on_many_nodes_is_read_in_turns(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.live.usage.usage_reader._WATCHED_NODES", 2)
    cluster = await rig.cluster("disk-full")
    asked, live = Asked(cluster), live_of(rig)
    async with rig.running(live):
        live.watch_usage(CLICKHOUSE)
        await rig.until(lambda: usage(live).measured is not None, "usage")
        measured = usage(live).measured
        assert measured is not None
        unread = "1 of 3 kubelets are not read yet; volumes of their pods are unknown"
        assert measured.usage.unknown == (unread,)
        assert len(asked.kubelets) == 2

        def whole() -> bool:
            found = usage(live).measured
            return found is not None and not found.usage.unknown

        await rig.until(whole, "the third kubelet")
        assert len(set(asked.kubelets)) == 3
        assert len(asked.kubelets) == 4


@pytest.mark.parametrize("answer", [{"pods": "none"}, {"pods": [{"podRef": 3}]}, [1], {"pods": None}])
async def test_what_a_kubelet_should_not_say(rig: Rig, answer: Object) -> None:
    cluster = await rig.cluster("disk-full")
    asked, live = Asked(cluster), live_of(rig)
    asked.instead = answer
    async with rig.running(live):
        live.watch_usage(CLICKHOUSE)
        await rig.until(lambda: usage(live).measured is not None, "usage")
        measured = usage(live).measured
        assert measured is not None
        assert [pod.claims for pod in measured.usage.pods] == [(), (), ()]
        assert all(pod.cpu.used for pod in measured.usage.pods)
        if answer != {"pods": None}:
            assert len(measured.usage.unknown) == 3
            assert all("cannot be read" in one for one in measured.usage.unknown)
        assert live.snapshot.health.link is Link.LIVE
        assert rules(live) == set()


async def test_absent_and_forbidden_are_told_and_asked_again_on_retry(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    cluster.stats.set_state(MetricsState.ABSENT)
    denied = cluster.server.users["admin"].denied
    denied.append(Rule(("get",), ("",), ("nodes/proxy",)))
    live = live_of(rig)
    async with rig.running(live):
        live.watch_usage(CLICKHOUSE)
        await rig.until(lambda: usage(live).measured is not None, "usage")

        def unknown() -> str:
            found = usage(live).measured
            return "; ".join(found.usage.unknown) if found is not None else ""

        assert unknown() == (
            "absent: this cluster has no metrics-server (metrics.k8s.io); CPU and memory are unknown; "
            "forbidden: you may not get nodes/proxy; volumes are unknown"
        )
        assert rules(live) == set()
        denied.clear()
        cluster.stats.set_state(MetricsState.PRESENT)
        await rig.pass_time(60, step=1)
        assert "forbidden" in unknown()
        live.retry()
        await rig.until(lambda: unknown() == "", "both are read")

        cluster.server.faults.refusals.append(Refusal(503, "pods", ("list",)))
        await rig.until(lambda: usage(live).problem != "" or "503" in unknown(), "a failure")
        assert usage(live).measured is not None


async def test_another_set_is_read_at_once_and_a_set_that_is_not_there_is_told(rig: Rig) -> None:
    await rig.cluster("disk-full")
    live = live_of(rig)
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        live.watch_usage(Key("analytics", "gone"))
        await rig.until(lambda: usage(live).problem != "", "the reason")
        assert usage(live).problem == "no StatefulSet analytics/gone"
        live.watch_usage(CLICKHOUSE)
        assert await _within(rig, live, 2)


async def _within(rig: Rig, live: Live, seconds: float) -> bool:
    """Whether the watched set is measured within so many seconds."""
    began = rig.clock.monotonic()
    await rig.until(lambda: usage(live).key == CLICKHOUSE and usage(live).measured is not None, "usage")
    return rig.clock.monotonic() - began < seconds

"""A name that somebody else's pod has taken, over real HTTP: found by asking for it, and at no other time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from stsview.cluster.http.session import Session
from stsview.live.lease_reads import LOOK_SECONDS
from stsview.live.live import Live
from stsview.live.pod_reads import MOST_AT_ONCE, PodReads
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Finding
from stsview.model.views import Place, Severity
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.request_info import Target
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")
TAKEN = Key("default", "zookeeper-3")


class Asked(list[str]):
    """The names of the pods that were asked for one by one."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        super().__init__()
        faults = cluster.server.faults
        refuse = faults.refuse

        def listening(target: Target | None, user: User | None) -> None:
            if target is not None and target.plural == "pods" and target.verb == "get" and user is not None:
                self.append(target.name)
            refuse(target, user)

        faults.refuse = listening  # type: ignore[method-assign]


def findings(live: Live) -> tuple[Finding, ...]:
    view = live.snapshot.fleet.sets.get(ZOOKEEPER)
    return view.findings if view is not None else ()


def rules(live: Live) -> list[str]:
    return [finding.rule for finding in findings(live)]


def stranger(name: str) -> dict[str, object]:
    """A pod that no StatefulSet controller has labelled."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "something-else"}},
        "spec": {"containers": [{"name": "app", "image": "busybox:1"}]},
    }


async def test_somebody_elses_pod_is_found_by_its_name_and_no_longer_asked_for_when_it_is_gone(rig: Rig) -> None:
    cluster = await rig.cluster()
    asked = Asked(cluster)
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE and bool(live.snapshot.fleet.sets), "a picture")
        await rig.pass_time(30)
        assert asked == [], "nothing is missing"

        cluster.apply(stranger(TAKEN.name))
        cluster.scale("default", "zookeeper", 4)
        await rig.until(lambda: rules(live) == ["name-taken"], "the stranger to be found", step=0.2)
        (finding,) = findings(live)
        assert finding.headline == "zookeeper-3: its name is taken by a pod that nobody owns"
        view = live.snapshot.fleet.sets[ZOOKEEPER]
        assert view.severity is Severity.STUCK
        assert [row.name for row in view.ordinals if row.place is Place.FOREIGN] == [TAKEN.name]
        asked.clear()
        await rig.pass_time(2 * LOOK_SECONDS)
        assert set(asked) == {TAKEN.name}
        assert 1 <= len(asked) <= 3

        cluster.storage.delete(PODS, "default", TAKEN.name, grace_seconds=0)
        await rig.until(lambda: rules(live) == ["not-created"], "word that the name is free", step=0.2)
        (finding,) = findings(live)
        assert finding.remedies[0].action == "reconcile", "whether the name is taken need not be asked any more"
        cluster.edit(STATEFUL_SETS, "default", "zookeeper", nudged)
        await rig.until(lambda: severity(live) is Severity.HEALTHY, "the set to be whole", step=0.2)
        await rig.pass_time(2 * LOOK_SECONDS)
        asked.clear()
        await rig.pass_time(30)
        assert asked == []


def severity(live: Live) -> Severity:
    return live.snapshot.fleet.sets[ZOOKEEPER].severity


def nudged(stateful: dict[str, Any]) -> None:
    stateful["metadata"].setdefault("annotations", {})["stsview.io/nudge"] = "now"


class Bench:
    """Looks without a picture: what is sought is what the test names."""

    def __init__(self, session: Session, cluster: SimulatedCluster, rig: Rig) -> None:
        self.cluster = cluster
        self.sought: Sequence[Key] = ()
        self.told: list[Batch] = []
        self.pods = PodReads(session, rig.clock, lambda: self.sought, self.told.append)


@pytest.fixture
async def bench(rig: Rig) -> AsyncIterator[Bench]:
    cluster = await rig.cluster()
    session = Session(await KubeconfigTarget(str(rig.folder / "kubeconfig")).config(), clock=rig.clock)
    yield Bench(session, cluster, rig)
    await session.close()


def told(batch: Batch) -> list[tuple[str, bool]]:
    """Names, and whether there is such a pod."""
    return [(c.object.metadata.name, bool(c.object.metadata.uid)) for c in batch.changes]


async def test_a_look_tells_what_is_there_and_what_is_not(bench: Bench) -> None:
    bench.sought = (Key("default", "zookeeper-0"), Key("default", "zookeeper-7"))
    assert await bench.pods.look()
    assert told(bench.told[0]) == [("zookeeper-0", True), ("zookeeper-7", False)]
    assert all(isinstance(change.object, Pod) for change in bench.told[0].changes)
    bench.sought = bench.sought[:1]
    await bench.pods.look()
    assert told(bench.told[1]) == [("zookeeper-7", False)]
    assert not isinstance(bench.told[1].changes[0], Applied), "it is not looked at any more"


async def test_many_take_turns(rig: Rig, bench: Bench) -> None:
    bench.sought = [Key("default", f"gone-{number}") for number in range(MOST_AT_ONCE + 5)]
    for _ in range(2):
        await bench.pods.look()
        await rig.clock.advance(LOOK_SECONDS)
    assert [name for name, _ in told(bench.told[0])] == [key.name for key in bench.sought[:MOST_AT_ONCE]]
    assert [name for name, _ in told(bench.told[1])][:5] == [key.name for key in bench.sought[MOST_AT_ONCE:]]


@pytest.mark.parametrize("key", [Key("default", "../../secrets/x"), Key("a b", "web-0"), Key("", "web-0")])
async def test_what_cannot_be_a_name_is_never_asked_for(bench: Bench, key: Key) -> None:
    bench.sought = (key,)
    assert not await bench.pods.look()


async def test_a_refusal_is_not_asked_for_again_at_once_unless_somebody_wants_to_know(rig: Rig, bench: Bench) -> None:
    asked = Asked(bench.cluster)
    bench.cluster.server.faults.refusals.append(Refusal(403, plural="pods"))
    bench.sought = (TAKEN,)
    for _ in range(3):
        assert await bench.pods.look()
        await rig.clock.advance(LOOK_SECONDS)
    assert (len(asked), bench.told) == (1, [])
    bench.pods.retry()
    await bench.pods.look()
    assert len(asked) == 2


async def test_a_server_that_fails_tells_nothing(bench: Bench) -> None:
    bench.cluster.server.faults.refusals.append(Refusal(500, plural="pods"))
    bench.sought = (TAKEN,)
    assert await bench.pods.look()
    assert bench.told == []


async def test_nothing_is_told_after_the_end(bench: Bench) -> None:
    bench.sought = (TAKEN,)
    bench.pods.stop()
    await bench.pods.look()
    assert bench.told == []

"""The leases of nodes under suspicion, over real HTTP: read when there is a reason to, and at no other time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from stsview.cluster.http.session import Session
from stsview.live.lease_reads import LOOK_SECONDS, MOST_AT_ONCE, LeaseReads
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.views import NodeView, Suspicion
from stsview.objects.lease import Lease
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.request_info import Target
from stsview.simulator.apiserver.resources import NODES
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.machines import Fault
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")


class Asked(list[str]):
    """The names of the leases that were asked for, in their order."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        super().__init__()
        self.verbs: set[str] = set()
        faults = cluster.server.faults
        refuse = faults.refuse

        def listening(target: Target | None, user: User | None) -> None:
            if target is not None and target.plural == "leases" and user is not None:
                self.append(target.name)
                self.verbs.add(target.verb)
            refuse(target, user)

        faults.refuse = listening  # type: ignore[method-assign]


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and ZOOKEEPER in live.snapshot.fleet.sets


def node(live: Live, ordinal: int = 1) -> NodeView:
    return live.snapshot.fleet.sets[ZOOKEEPER].ordinals[ordinal].node_state


async def test_a_kubelet_that_dies_and_comes_back(rig: Rig) -> None:
    cluster = await rig.cluster()
    asked = Asked(cluster)
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(60)
        assert asked == [], "nobody is under suspicion"

        lost = node(live).name
        last_heard = live.now()
        cluster.fail_node(lost, Fault.KUBELET)
        await rig.until(lambda: node(live).word == "silent", "the node to be silent", step=1)
        await rig.until(lambda: node(live).lease == "stale", "word of its lease")
        assert node(live).suspicion is Suspicion.LOST
        renewed = node(live).lease_renewed
        assert renewed is not None
        assert abs((renewed - last_heard).total_seconds()) <= 10
        asked.clear()
        await rig.pass_time(10 * LOOK_SECONDS)
        assert set(asked) == {lost}
        assert 9 <= len(asked) <= 11
        assert asked.verbs == {"get"}

        cluster.recover_node(lost)
        await rig.until(lambda: node(live).word == "Ready", "the node to be back", step=0.2)
        await rig.until(lambda: node(live).suspicion is Suspicion.NONE, "nobody to be suspected")
        assert node(live).lease == ""
        await rig.pass_time(2 * LOOK_SECONDS)
        asked.clear()
        await rig.pass_time(60)
        assert asked == []


async def test_a_node_that_is_not_ready_with_a_kubelet_that_is_there(rig: Rig) -> None:
    """Trouble with the runtime or the network plugin: the lease moves."""
    cluster = await rig.cluster()

    def not_ready(one: dict[str, Any]) -> None:
        for condition in one["status"]["conditions"]:
            if condition["type"] == "Ready":
                condition.update(status="False", reason="KubeletNotReady")

    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        cluster.storage.modify(NODES, "", node(live).name, not_ready, subresource="status")
        await rig.until(lambda: node(live).lease == "renewed", "word of its lease", step=0.2)
        assert (node(live).word, node(live).suspicion) == ("not Ready", Suspicion.NOT_READY)
        renewed = node(live).lease_renewed
        assert renewed is not None
        await rig.until(lambda: node(live).lease_renewed not in (None, renewed), "it to be renewed", step=0.5)


async def test_a_lease_that_may_not_be_read_is_unknown_and_asked_for_once_a_minute(rig: Rig) -> None:
    cluster = await rig.cluster()
    asked = Asked(cluster)
    cluster.server.faults.refusals.append(Refusal(403, plural="leases"))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        for name in {node(live, ordinal).name for ordinal in range(3)}:
            cluster.fail_node(name, Fault.KUBELET)
        await rig.until(lambda: node(live).lease == "unknown", "word of the refusal", step=1)
        assert node(live).lease_detail == "you may not get leases in namespace kube-node-lease"
        assert live.snapshot.health.link is Link.LIVE
        asked.clear()
        await rig.pass_time(170)
        assert 2 <= len(asked) <= 3
        asked.clear()
        live.retry()
        await rig.pass_time(LOOK_SECONDS + 1)
        assert len(asked) == 1, "somebody wants to know now"
        cluster.server.faults.clear()
        await rig.until(lambda: node(live).lease == "stale", "the right to be noticed", step=1)


class Bench:
    """Looks without a picture: the suspects are whom the test names."""

    def __init__(self, session: Session, cluster: SimulatedCluster, rig: Rig) -> None:
        self.cluster = cluster
        self.suspects: Sequence[str] = ()
        self.told: list[Batch] = []
        self.coverages: list[KindCoverage] = []
        self.leases = LeaseReads(session, rig.clock, lambda: self.suspects, self.told.append, self.coverages.append)


@pytest.fixture
async def bench(rig: Rig) -> AsyncIterator[Bench]:
    cluster = await rig.cluster()
    session = Session(await KubeconfigTarget(str(rig.folder / "kubeconfig")).config(), clock=rig.clock)
    yield Bench(session, cluster, rig)
    await session.close()


def named(batch: Batch) -> list[str]:
    return [change.object.metadata.name for change in batch.changes]


async def test_many_suspects_take_turns_the_worst_first(rig: Rig, bench: Bench) -> None:
    everybody = [f"gone-{number:02}" for number in range(2 * MOST_AT_ONCE + 5)]
    bench.suspects = everybody
    for _ in range(4):
        assert await bench.leases.look()
        await rig.clock.advance(LOOK_SECONDS)
    rounds = [named(batch) for batch in bench.told]
    assert rounds[0] == everybody[:20]
    assert rounds[1] == everybody[20:40]
    assert rounds[2] == everybody[40:] + everybody[:15]
    assert rounds[3][:5] == everybody[15:20]
    bench.suspects = ()
    assert not await bench.leases.look()
    assert sorted(named(bench.told[-1])) == everybody
    assert not any(isinstance(change, Applied) for change in bench.told[-1].changes), "they are not looked at any more"


async def test_what_cannot_be_the_name_of_a_node_is_never_asked_for(bench: Bench) -> None:
    bench.suspects = ("../../pods", "a b", "", "-", "x" * 254, "a/b", "%2e")
    assert not await bench.leases.look()
    assert bench.told == []


async def test_a_server_that_fails_is_asked_once_a_round_and_what_was_read_is_kept(bench: Bench) -> None:
    bench.suspects = ("node-1", "node-2", "gone")
    await bench.leases.look()
    leases = [change.object for change in bench.told[0].changes]
    assert [isinstance(lease, Lease) and lease.renewed is not None for lease in leases] == [True, True, False]
    assert bench.coverages == [KindCoverage(Coverage.COMPLETE)]
    asked = Asked(bench.cluster)
    bench.cluster.server.faults.refusals.append(Refusal(500, plural="leases"))
    await bench.leases.look()
    assert len(asked) == 1
    assert bench.coverages[-1].coverage is Coverage.LOADING
    assert bench.coverages[-1].reason
    assert len(bench.told) == 1


async def test_two_looks_tell_whether_a_lease_moves(rig: Rig, bench: Bench) -> None:
    bench.suspects = ("node-1", "node-2")
    bench.cluster.fail_node("node-1", Fault.KUBELET)
    for _ in range(2):
        await bench.leases.look()
        await rig.pass_time(2 * LOOK_SECONDS)
    moves = [
        change.object.is_renewing
        for batch in bench.told
        for change in batch.changes
        if isinstance(change.object, Lease)
    ]
    assert moves == [None, None, False, True]


async def test_nothing_is_told_after_the_end(bench: Bench) -> None:
    bench.suspects = ("node-1",)
    bench.leases.stop()
    await bench.leases.look()
    assert (bench.told, bench.coverages) == ([], [])

"""Objects that are read by name over real HTTP, only while there is a reason to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from stsview.cluster.http.session import Session
from stsview.live.live import Live
from stsview.live.named.point_reads import MAX_PER_READ, NODE_LEASES, PODS_BY_NAME, READ_SECONDS, PointReader, lease_key
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.finding import Finding
from stsview.model.views import NodeView, Place, Severity, Suspicion
from stsview.objects.lease import Lease
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.request_info import RequestInfo
from stsview.simulator.apiserver.resources import NODES, PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.node_specs import NodeFault
from tests.live.conftest import Rig

ZOOKEEPER = Key("default", "zookeeper")
TAKEN = Key("default", "zookeeper-3")


class Requests(list[str]):
    """Names of the objects of one resource that were read one by one, in order; `verbs` holds every verb used."""

    def __init__(self, cluster: SimulatedCluster, plural: str, *, only: str = "") -> None:
        super().__init__()
        self.verbs: set[str] = set()
        faults = cluster.server.faults
        refuse = faults.refuse

        def recording(info: RequestInfo | None, user: User | None) -> None:
            if info is not None and info.plural == plural and user is not None and only in ("", info.verb):
                self.append(info.name)
                self.verbs.add(info.verb)
            refuse(info, user)

        faults.refuse = recording  # type: ignore[method-assign]


class Reads:
    """Readers without a picture: the test sets what is wanted."""

    def __init__(self, session: Session, cluster: SimulatedCluster, rig: Rig) -> None:
        self.cluster = cluster
        self.nodes: Sequence[str] = ()
        self.pods_wanted: Sequence[Key] = ()
        self.batches: list[Batch] = []
        self.coverages: list[KindCoverage] = []
        self.leases = PointReader(
            session,
            rig.clock,
            NODE_LEASES,
            lambda: [lease_key(node) for node in self.nodes],
            self.batches.append,
            self.coverages.append,
        )
        self.pods = PointReader(session, rig.clock, PODS_BY_NAME, lambda: self.pods_wanted, self.batches.append)


@pytest.fixture
async def reads(rig: Rig) -> AsyncIterator[Reads]:
    cluster = await rig.cluster()
    session = Session(await KubeconfigTarget(str(rig.folder / "kubeconfig")).config(), clock=rig.clock)
    yield Reads(session, cluster, rig)
    await session.close()


def names(batch: Batch) -> list[str]:
    return [change.object.metadata.name for change in batch.changes]


def found(batch: Batch) -> list[tuple[str, bool]]:
    """Names, and whether there is such an object."""
    return [(c.object.metadata.name, bool(c.object.metadata.uid)) for c in batch.changes]


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and ZOOKEEPER in live.snapshot.fleet.sets


def node(live: Live, ordinal: int = 1) -> NodeView:
    return live.snapshot.fleet.sets[ZOOKEEPER].ordinals[ordinal].node_state


async def test_leases_are_read_while_a_kubelet_is_down_and_not_after_it_is_back(rig: Rig) -> None:
    cluster = await rig.cluster()
    requested = Requests(cluster, "leases")
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(60)
        assert requested == [], "no node is under suspicion"

        lost = node(live).name
        failed_at = live.now()
        cluster.fail_node(lost, NodeFault.KUBELET)
        await rig.until(lambda: node(live).status == "silent", "the node to be unreachable", step=1)
        await rig.until(lambda: node(live).lease == "stale", "its lease to be read")
        assert node(live).suspicion is Suspicion.LOST
        renewed = node(live).lease_renewed
        assert renewed is not None
        assert abs((renewed - failed_at).total_seconds()) <= 10
        requested.clear()
        await rig.pass_time(10 * READ_SECONDS)
        assert set(requested) == {lost}
        assert 9 <= len(requested) <= 11
        assert requested.verbs == {"get"}

        cluster.recover_node(lost)
        await rig.until(lambda: node(live).status == "Ready", "the node to be back", step=0.2)
        await rig.until(lambda: node(live).suspicion is Suspicion.NONE, "no node to be suspected")
        assert node(live).lease == ""
        await rig.pass_time(2 * READ_SECONDS)
        requested.clear()
        await rig.pass_time(60)
        assert requested == []


async def test_the_lease_of_a_not_ready_node_with_a_live_kubelet_is_renewed(rig: Rig) -> None:
    """A runtime or network plugin failure: the kubelet still renews its lease."""
    cluster = await rig.cluster()

    def not_ready(one: dict[str, Any]) -> None:
        for condition in one["status"]["conditions"]:
            if condition["type"] == "Ready":
                condition.update(status="False", reason="KubeletNotReady")

    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        cluster.storage.modify(NODES, "", node(live).name, not_ready, subresource="status")
        await rig.until(lambda: node(live).lease == "renewed", "its lease to be read", step=0.2)
        assert (node(live).status, node(live).suspicion) == ("not Ready", Suspicion.NOT_READY)
        renewed = node(live).lease_renewed
        assert renewed is not None
        await rig.until(lambda: node(live).lease_renewed not in (None, renewed), "a renewal", step=0.5)


async def test_a_forbidden_lease_is_unknown_and_retried_once_a_minute(rig: Rig) -> None:
    cluster = await rig.cluster()
    requested = Requests(cluster, "leases")
    cluster.server.faults.refusals.append(Refusal(403, plural="leases"))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        for name in {node(live, ordinal).name for ordinal in range(3)}:
            cluster.fail_node(name, NodeFault.KUBELET)
        await rig.until(lambda: node(live).lease == "unknown", "the refusal", step=1)
        assert node(live).lease_detail == "you may not get leases in namespace kube-node-lease"
        assert live.snapshot.health.link is Link.LIVE
        requested.clear()
        await rig.pass_time(170)
        assert 2 <= len(requested) <= 3
        requested.clear()
        live.retry()
        await rig.pass_time(READ_SECONDS + 1)
        assert len(requested) == 1, "a retry was requested"
        cluster.server.faults.clear()
        await rig.until(lambda: node(live).lease == "stale", "the permission to be noticed", step=1)


async def test_many_leases_are_read_in_turns_the_worst_first(rig: Rig, reads: Reads) -> None:
    all_nodes = [f"gone-{number:02}" for number in range(2 * MAX_PER_READ + 5)]
    reads.nodes = all_nodes
    for _ in range(4):
        assert await reads.leases.read()
        await rig.clock.advance(READ_SECONDS)
    rounds = [names(batch) for batch in reads.batches]
    assert rounds[0] == all_nodes[:20]
    assert rounds[1] == all_nodes[20:40]
    assert rounds[2] == all_nodes[40:] + all_nodes[:15]
    assert rounds[3][:5] == all_nodes[15:20]
    reads.nodes = ()
    assert not await reads.leases.read()
    assert sorted(names(reads.batches[-1])) == all_nodes
    assert not any(isinstance(change, Applied) for change in reads.batches[-1].changes), "they are no longer read"


async def test_an_invalid_node_name_is_never_requested(reads: Reads) -> None:
    reads.nodes = ("../../pods", "a b", "", "-", "x" * 254, "a/b", "%2e")
    assert not await reads.leases.read()
    assert reads.batches == []


async def test_a_failing_server_gets_one_request_a_read_and_known_leases_stay(reads: Reads) -> None:
    reads.nodes = ("node-1", "node-2", "gone")
    await reads.leases.read()
    leases = [change.object for change in reads.batches[0].changes]
    assert [isinstance(lease, Lease) and lease.renewed is not None for lease in leases] == [True, True, False]
    assert reads.coverages == [KindCoverage(Coverage.COMPLETE)]
    requested = Requests(reads.cluster, "leases")
    reads.cluster.server.faults.refusals.append(Refusal(500, plural="leases"))
    await reads.leases.read()
    assert len(requested) == 1
    assert reads.coverages[-1].coverage is Coverage.LOADING
    assert reads.coverages[-1].reason
    assert len(reads.batches) == 1


async def test_two_reads_show_whether_a_lease_is_renewed(rig: Rig, reads: Reads) -> None:
    reads.nodes = ("node-1", "node-2")
    reads.cluster.fail_node("node-1", NodeFault.KUBELET)
    for _ in range(2):
        await reads.leases.read()
        await rig.pass_time(2 * READ_SECONDS)
    renewing = [
        change.object.is_renewing
        for batch in reads.batches
        for change in batch.changes
        if isinstance(change.object, Lease)
    ]
    assert renewing == [None, None, False, True]


async def test_a_stopped_lease_reader_reports_nothing(reads: Reads) -> None:
    reads.nodes = ("node-1",)
    reads.leases.stop()
    await reads.leases.read()
    assert (reads.batches, reads.coverages) == ([], [])


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


async def test_an_unlabelled_pod_is_found_by_name_and_not_requested_after_it_is_gone(rig: Rig) -> None:
    cluster = await rig.cluster()
    requested = Requests(cluster, "pods", only="get")
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE and bool(live.snapshot.fleet.sets), "a picture")
        await rig.pass_time(30)
        assert requested == [], "nothing is missing"

        cluster.apply(stranger(TAKEN.name))
        cluster.scale("default", "zookeeper", 4)
        await rig.until(lambda: rules(live) == ["name-taken"], "the stranger to be found", step=0.2)
        (finding,) = findings(live)
        assert finding.headline == "zookeeper-3: name is taken by a pod without an owner"
        view = live.snapshot.fleet.sets[ZOOKEEPER]
        assert view.severity is Severity.STUCK
        assert [row.name for row in view.ordinals if row.place is Place.FOREIGN] == [TAKEN.name]
        requested.clear()
        await rig.pass_time(2 * READ_SECONDS)
        assert set(requested) == {TAKEN.name}
        assert 1 <= len(requested) <= 3

        cluster.storage.delete(PODS, "default", TAKEN.name, grace_seconds=0)
        await rig.until(lambda: rules(live) == ["not-created"], "the name to be free", step=0.2)
        (finding,) = findings(live)
        assert finding.remedies[0].action == "reconcile", "the name is known to be free"
        cluster.edit(STATEFUL_SETS, "default", "zookeeper", reconcile_requested)
        await rig.until(lambda: severity(live) is Severity.HEALTHY, "the set to be healthy", step=0.2)
        await rig.pass_time(2 * READ_SECONDS)
        requested.clear()
        await rig.pass_time(30)
        assert requested == []


def severity(live: Live) -> Severity:
    return live.snapshot.fleet.sets[ZOOKEEPER].severity


def reconcile_requested(stateful: dict[str, Any]) -> None:
    stateful["metadata"].setdefault("annotations", {})["stsview.io/nudge"] = "now"


async def test_a_read_reports_present_and_absent_pods(reads: Reads) -> None:
    reads.pods_wanted = (Key("default", "zookeeper-0"), Key("default", "zookeeper-7"))
    assert await reads.pods.read()
    assert found(reads.batches[0]) == [("zookeeper-0", True), ("zookeeper-7", False)]
    assert all(isinstance(change.object, Pod) for change in reads.batches[0].changes)
    reads.pods_wanted = reads.pods_wanted[:1]
    await reads.pods.read()
    assert found(reads.batches[1]) == [("zookeeper-7", False)]
    assert not isinstance(reads.batches[1].changes[0], Applied), "it is no longer read"


async def test_many_pods_are_read_in_turns(rig: Rig, reads: Reads) -> None:
    reads.pods_wanted = [Key("default", f"gone-{number}") for number in range(MAX_PER_READ + 5)]
    for _ in range(2):
        await reads.pods.read()
        await rig.clock.advance(READ_SECONDS)
    assert [name for name, _ in found(reads.batches[0])] == [key.name for key in reads.pods_wanted[:MAX_PER_READ]]
    assert [name for name, _ in found(reads.batches[1])][:5] == [key.name for key in reads.pods_wanted[MAX_PER_READ:]]


@pytest.mark.parametrize("key", [Key("default", "../../secrets/x"), Key("a b", "web-0"), Key("", "web-0")])
async def test_an_invalid_pod_key_is_never_requested(reads: Reads, key: Key) -> None:
    reads.pods_wanted = (key,)
    assert not await reads.pods.read()


async def test_a_forbidden_pod_is_not_retried_at_once_unless_a_retry_is_requested(rig: Rig, reads: Reads) -> None:
    requested = Requests(reads.cluster, "pods", only="get")
    reads.cluster.server.faults.refusals.append(Refusal(403, plural="pods"))
    reads.pods_wanted = (TAKEN,)
    for _ in range(3):
        assert await reads.pods.read()
        await rig.clock.advance(READ_SECONDS)
    assert (len(requested), reads.batches) == (1, [])
    reads.pods.retry()
    await reads.pods.read()
    assert len(requested) == 2


async def test_a_failing_server_reports_no_pod(reads: Reads) -> None:
    reads.cluster.server.faults.refusals.append(Refusal(500, plural="pods"))
    reads.pods_wanted = (TAKEN,)
    assert await reads.pods.read()
    assert reads.batches == []


async def test_a_stopped_pod_reader_reports_nothing(reads: Reads) -> None:
    reads.pods_wanted = (TAKEN,)
    reads.pods.stop()
    await reads.pods.read()
    assert reads.batches == []

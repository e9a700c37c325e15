"""Storage failures in a simulated cluster, and how soon they are reported."""

from __future__ import annotations

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios import find
from stsview.simulator.scenarios.manifests import fault_annotations
from stsview.simulator.settings import storage_class
from stsview.triage.rules.storage.attachments import volume_attached_elsewhere
from stsview.triage.rules.storage.claims import claim_deleted_in_use
from stsview.triage.rules.storage.leftover_claims import leftover_claims
from stsview.triage.rules.storage.provisioning import provisioner_unresponsive, provisioning_failed
from stsview.triage.rules.storage.resizing import file_system_resize_pending, resize_stuck
from tests.support.simulator.clusters import NAMESPACE, delete_pod, edit_spec, pod, with_set
from tests.support.triage.simulated import ObservedCluster

ATTACHED = ProvisionerSettings(attachable=True, zonal=False)


@pytest.mark.parametrize("mode", ["Immediate", "WaitForFirstConsumer"])
@pytest.mark.parametrize("silent", [True, False])
def test_a_provisioner_that_provisions_late(mode: str, silent: bool) -> None:
    cluster = with_set(replicas=1, settings={"classes": (storage_class("my-fast-storage", volumeBindingMode=mode),)})
    observed = ObservedCluster(cluster)
    cluster.set_provisioner(silent=silent, refuses=not silent)
    edit_spec(cluster, replicas=2)
    assert observed.advance(60).findings == ()
    (finding,) = observed.advance(120).findings
    assert finding.rule == (provisioner_unresponsive if silent else provisioning_failed).id
    assert finding.ordinals == (1,)
    cluster.set_provisioner()
    # The failing provisioner backs off between its attempts.
    assert observed.advance(400).findings == ()


def test_a_volume_that_waits_for_a_node_has_no_finding() -> None:
    later = storage_class("my-fast-storage", volumeBindingMode="WaitForFirstConsumer")
    cluster = with_set(replicas=1, settings={"classes": (later,)}, annotations=fault_annotations(pending="true"))
    (head,) = ObservedCluster(cluster).advance(300).findings
    assert not {one.object.kind for one in (head, *head.below)}.intersection({"PersistentVolumeClaim"})


def test_a_volume_that_a_dead_node_has_not_released() -> None:
    cluster = with_set(replicas=2, settings={"volumes": ATTACHED})
    node = pod(cluster, "web-1")["spec"]["nodeName"]
    observed = ObservedCluster(cluster)
    cluster.fail_node(node, NodeFault.POWERED_OFF)
    cluster.advance(60)
    delete_pod(cluster, "web-1", grace_seconds=0)
    (finding,) = observed.advance(150).findings
    assert finding.rule == volume_attached_elsewhere.id
    assert finding.headline == f"web-1: volume of PVC data-web-1 is still attached to {node}"
    assert observed.advance(330).findings == (), "the volume is force-detached after six minutes"


def test_a_claim_deleted_in_use_and_a_leftover_claim() -> None:
    cluster = with_set(replicas=2)
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-1")
    observed = ObservedCluster(cluster)
    (finding,) = observed.advance(30).findings
    assert (finding.rule, finding.ordinals) == (claim_deleted_in_use.id, (1,))
    edit_spec(cluster, replicas=0)
    (finding,) = observed.advance(60).findings
    assert finding.rule == leftover_claims.id
    assert finding.headline == "leftover PVC of web-0: scaling up would reuse its old data"
    assert cluster.storage.list(PODS, NAMESPACE) == []


STUCK = {resize_stuck.id}
WAITS = {file_system_resize_pending.id}
SLOW = 1500
"""Seconds after which also what reports no error is overdue."""


def request(cluster: SimulatedCluster, namespace: str, claim: str, size: str) -> None:
    cluster.edit(CLAIMS, namespace, claim, lambda one: one["spec"]["resources"]["requests"].update(storage=size))


@pytest.mark.parametrize(
    ("driver", "after", "rules"),
    [
        ("online", SLOW, set()),
        ("controller", SLOW, set()),
        ("offline", 30, WAITS),
        ("unused", 30, STUCK),
        ("refuse", 30, STUCK),
        ("refuse-node", 30, STUCK),
        ("fail", 30, STUCK),
        ("fail-node", 30, STUCK),
        ("never", 150, STUCK),
        ("never-node", SLOW, STUCK),
        ("absent", SLOW, STUCK),
    ],
)
def test_an_expansion_is_judged_by_what_its_driver_does(driver: str, after: float, rules: set[str]) -> None:
    annotated = storage_class("my-fast-storage", volumeBindingMode="Immediate")
    annotated["metadata"]["annotations"] = fault_annotations(expand=driver)
    cluster = with_set(replicas=1, settings={"classes": (annotated,), "volumes": ATTACHED})
    observed = ObservedCluster(cluster)
    observed.view()
    request(cluster, NAMESPACE, "data-web-0", "20Gi")

    def judged(seconds: float) -> set[str]:
        return {one.rule for one in observed.advance(seconds).findings if one.rule in STUCK | WAITS}

    # Between attempts and during them: a finding that comes and goes cannot be relied on.
    judged(after)
    assert [judged(seconds) for seconds in (1, 4, 13, 100, 305, 7)] == [rules] * 6


def test_a_file_system_grows_with_the_restart_that_its_finding_advises() -> None:
    cluster = SimulatedCluster(find("volume-full"), clock=ManualClock())
    observed = ObservedCluster(cluster)
    (finding,) = [one for one in observed.view("cassandra", "shop").findings if one.rule in STUCK | WAITS]
    assert (finding.rule, finding.ordinals) == (file_system_resize_pending.id, (2,))
    (finding,) = [one for one in observed.view("mongodb", "shop").findings if one.rule in STUCK | WAITS]
    assert finding.headline.endswith("OutOfRange desc = the storage backend cannot expand a volume to 20Gi")
    assert finding.since is not None
    assert (cluster.now() - finding.since).total_seconds() >= 39 * 60, "since the first attempt, not the last"
    assert observed.view("influxdb", "shop").findings == ()

    cluster.storage.delete(PODS, "shop", "cassandra-2")
    request(cluster, "shop", "data-mongodb-2", "11Gi")
    cluster.advance(120)
    for name in ("cassandra", "mongodb"):
        assert not {one.rule for one in observed.view(name, "shop").findings} & (STUCK | WAITS)

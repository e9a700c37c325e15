"""Storage failures in a simulated cluster, and how soon they are reported."""

from __future__ import annotations

import pytest

from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios.manifests import fault_annotations
from stsview.simulator.settings import storage_class
from stsview.triage.rules.storage.attachments import volume_attached_elsewhere
from stsview.triage.rules.storage.claims import claim_deleted_in_use
from stsview.triage.rules.storage.leftover_claims import leftover_claims
from stsview.triage.rules.storage.provisioning import provisioner_unresponsive, provisioning_failed
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

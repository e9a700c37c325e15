from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.resources import CLAIMS, EVENTS, PODS, STORAGE_CLASSES, VOLUMES
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.volumes import NO_PROVISIONER, ProvisionerSettings
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.manifests import with_service
from stsview.simulator.settings import storage_class
from stsview.simulator.storage_classes import BETA_CLASS
from tests.support.simulator.clusters import (
    NAMESPACE,
    annotate_pod,
    claims,
    delete_pod,
    empty_cluster,
    events,
    pod,
    states,
    with_set,
)

DEFERRED = (storage_class("my-fast-storage", volumeBindingMode="WaitForFirstConsumer"),)


def claim(name: str = "data-web-0", class_name: str | None = "my-fast-storage", **annotations: str) -> Object:
    spec: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    if class_name is not None:
        spec["storageClassName"] = class_name
    metadata = {"name": name, "annotations": {PREFIX + key: value for key, value in annotations.items()}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def volume(name: str, **spec: Any) -> Object:
    made = {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": made}


def phase(cluster: SimulatedCluster, name: str = "data-web-0") -> str:
    return str(claims(cluster)[name]["status"]["phase"])


def test_a_deferred_claim_is_provisioned_in_the_zone_of_its_pod() -> None:
    cluster = empty_cluster(classes=DEFERRED, volumes=ProvisionerSettings(attachable=True, zonal=True))
    cluster.apply(claim())
    cluster.advance(5)
    assert phase(cluster) == "Pending"
    assert events(cluster, "data-web-0") == ["waiting for first consumer to be created before binding"]

    cluster.apply(with_service("web", "web:1", 1))
    cluster.advance(30)

    assert states(cluster) == {"web-0": "ready"}
    node = cluster.storage.get(PODS, NAMESPACE, "web-0")["metadata"]["labels"]["topology.kubernetes.io/zone"]
    bound = cluster.storage.get(VOLUMES, "", claims(cluster)["data-web-0"]["spec"]["volumeName"])
    [term] = bound["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == [node]
    assert claims(cluster)["data-web-0"]["status"]["capacity"] == {"storage": "5Gi"}


def test_a_pod_is_recreated_in_the_zone_of_its_volume() -> None:
    cluster = with_set(settings={"classes": DEFERRED, "volumes": ProvisionerSettings(attachable=True, zonal=True)})
    before = {name: cluster.storage.get(PODS, NAMESPACE, name)["spec"]["nodeName"] for name in states(cluster)}
    for name in before:
        delete_pod(cluster, name)
    cluster.advance(120)

    assert {name: cluster.storage.get(PODS, NAMESPACE, name)["spec"]["nodeName"] for name in states(cluster)} == before


def test_without_a_class_nothing_is_provisioned() -> None:
    cluster = empty_cluster()
    cluster.apply(claim(class_name=None))
    cluster.advance(5)

    assert events(cluster, "data-web-0", "FailedBinding") == [
        "no persistent volumes available for this claim and no storage class is set"
    ]


def test_a_class_that_appears_later_is_used() -> None:
    cluster = empty_cluster()
    cluster.apply(claim(class_name="late"))
    cluster.advance(5)
    assert events(cluster, "data-web-0") == ['storageclass.storage.k8s.io "late" not found']

    cluster.storage.create(STORAGE_CLASSES, storage_class("late", volumeBindingMode="Immediate"))
    cluster.advance(5)
    assert phase(cluster) == "Bound"


def test_a_failing_provisioner_records_events_until_it_works() -> None:
    cluster = empty_cluster()
    cluster.set_provisioner(refuses=True)
    cluster.apply(with_service("web", "web:1", 1))
    cluster.advance(60)
    assert phase(cluster) == "Pending"
    [why] = events(cluster, "data-web-0", "ProvisioningFailed")
    assert why.startswith('failed to provision volume with StorageClass "my-fast-storage": rpc error')

    cluster.set_provisioner()
    cluster.advance(30)
    assert states(cluster) == {"web-0": "ready"}


def test_claims_wait_for_a_silent_provisioner() -> None:
    cluster = empty_cluster()
    cluster.set_provisioner(silent=True)
    cluster.apply(claim())
    cluster.advance(7200)
    assert phase(cluster) == "Pending"

    cluster.set_provisioner()
    cluster.advance(5)
    assert phase(cluster) == "Bound"


@pytest.mark.parametrize("fault", ["refuse", "never"])
def test_provisioning_can_fail_for_one_claim(fault: str) -> None:
    cluster = empty_cluster()
    cluster.apply([claim("a", provision=fault), claim("b")])
    cluster.advance(5)
    assert (phase(cluster, "a"), phase(cluster, "b")) == ("Pending", "Bound")

    cluster.edit(CLAIMS, NAMESPACE, "a", lambda one: one["metadata"].update(annotations={}))
    cluster.advance(30)
    assert phase(cluster, "a") == "Bound"


def test_static_volumes_are_bound_smallest_first_and_once() -> None:
    cluster = empty_cluster(classes=(storage_class("local", NO_PROVISIONER, volumeBindingMode="Immediate"),))
    cluster.apply([volume("big", capacity={"storage": "50Gi"}, storageClassName="local")])
    cluster.apply([volume("small", storageClassName="local")])
    cluster.apply([volume("tiny", capacity={"storage": "1Gi"}, storageClassName="local")])
    cluster.apply([claim("a", "local"), claim("b", "local"), claim("c", "local")])
    cluster.advance(5)

    assert {name: one["spec"].get("volumeName") for name, one in claims(cluster).items()} == {
        "a": "small",
        "b": "big",
        "c": None,
    }
    assert cluster.storage.get(VOLUMES, "", "tiny")["status"]["phase"] == "Available"


def test_a_claim_without_its_volume_is_lost() -> None:
    cluster = empty_cluster()
    cluster.apply(claim())
    cluster.advance(5)
    cluster.storage.remove_now(VOLUMES, "", claims(cluster)["data-web-0"]["spec"]["volumeName"])
    cluster.advance(1)

    assert phase(cluster) == "Lost"
    assert events(cluster, "data-web-0", "ClaimLost")


@pytest.mark.parametrize(("policy", "left"), [("Delete", []), ("Retain", ["Released"])])
def test_a_volume_follows_its_reclaim_policy(policy: str, left: list[str]) -> None:
    cluster = empty_cluster(
        classes=(storage_class("my-fast-storage", volumeBindingMode="Immediate", reclaimPolicy=policy),)
    )
    cluster.apply(claim())
    cluster.advance(5)
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-0")
    cluster.advance(5)

    assert claims(cluster) == {}
    assert [one["status"]["phase"] for one in cluster.storage.list(VOLUMES)] == left


def test_a_claim_in_use_is_protected_until_its_pod_is_gone() -> None:
    cluster = with_set(replicas=1)
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-0")
    cluster.advance(600)
    assert "deletionTimestamp" in claims(cluster)["data-web-0"]["metadata"]
    uid = claims(cluster)["data-web-0"]["metadata"]["uid"]

    delete_pod(cluster, "web-0")
    cluster.advance(120)
    assert claims(cluster)["data-web-0"]["metadata"]["uid"] != uid
    assert states(cluster) == {"web-0": "ready"}


def test_a_missing_claim_of_a_pending_pod_is_recreated() -> None:
    cluster = empty_cluster()
    cluster.set_provisioner(silent=True)
    cluster.apply(with_service("web", "web:1", 1))
    cluster.advance(5)
    cluster.storage.modify(CLAIMS, NAMESPACE, "data-web-0", lambda one: one["metadata"].pop("finalizers"))
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-0")
    cluster.advance(1)
    assert claims(cluster) == {}

    cluster.set_provisioner()
    cluster.edit(PODS, NAMESPACE, "web-0", lambda one: one["metadata"]["labels"].update(nudge="1"))
    cluster.advance(30)
    assert states(cluster) == {"web-0": "ready"}


def test_a_volume_is_attached_before_start_and_detached_after_termination() -> None:
    cluster = with_set(replicas=1, settings={"volumes": ProvisionerSettings(attachable=True, zonal=False)})
    node = pod(cluster, "web-0")["spec"]["nodeName"]
    attached = cluster.informers.attachments.objects.values()
    assert [(one["spec"]["nodeName"], one["status"]["attached"]) for one in attached] == [(node, True)]

    cluster.scale(NAMESPACE, "web", 0)
    cluster.advance(30)
    assert list(cluster.informers.attachments.objects) == []


def test_a_volume_expands_while_its_pod_runs() -> None:
    cluster = with_set(replicas=1)

    def more(one: Object) -> None:
        one["spec"]["resources"]["requests"]["storage"] = "25Gi"

    cluster.edit(CLAIMS, NAMESPACE, "data-web-0", more)
    cluster.advance(0.1)
    growing = claims(cluster)["data-web-0"]["status"]
    assert [one["type"] for one in growing["conditions"]] == ["Resizing"]
    assert growing["capacity"] == {"storage": "10Gi"}

    cluster.advance(10)
    grown = claims(cluster)["data-web-0"]
    assert (grown["status"]["capacity"], grown["status"].get("conditions")) == ({"storage": "25Gi"}, None)
    assert cluster.storage.get(VOLUMES, "", grown["spec"]["volumeName"])["spec"]["capacity"] == {"storage": "25Gi"}


def test_a_pod_that_is_not_scheduled_does_not_protect_its_claim() -> None:
    cluster = with_set(replicas=1)
    annotate_pod(cluster, "web-0", {PREFIX + "pending": "true"})
    cluster.edit_template("default", "web", annotations={PREFIX + "pending": "true"})
    cluster.advance(30)
    assert states(cluster) == {"web-0": "Pending"}
    before = claims(cluster)["data-web-0"]["metadata"]["uid"]
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-0")
    cluster.advance(5)
    assert claims(cluster).get("data-web-0", {"metadata": {"uid": ""}})["metadata"]["uid"] != before


SCRATCH = {
    "metadata": {"labels": {"kind": "scratch"}},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "my-fast-storage",
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
EPHEMERAL = {"volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": SCRATCH}}]}


@pytest.mark.parametrize("binding", ["Immediate", "WaitForFirstConsumer"])
def test_an_ephemeral_claim_lives_as_long_as_its_pod(binding: str) -> None:
    cluster = empty_cluster(classes=(storage_class("my-fast-storage", volumeBindingMode=binding),))
    cluster.apply(with_service("web", "web:1", 1, storage=None, pod=EPHEMERAL))
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready"}
    first = claims(cluster)["web-0-scratch"]
    assert first["metadata"]["labels"] == {"kind": "scratch"}
    [owner] = first["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Pod", pod(cluster, "web-0")["metadata"]["uid"])

    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready"}
    assert claims(cluster)["web-0-scratch"]["metadata"]["uid"] != first["metadata"]["uid"]


def test_a_claim_of_another_owner_holds_up_an_ephemeral_volume() -> None:
    cluster = empty_cluster()
    cluster.apply(claim("web-0-scratch"))
    cluster.apply(with_service("web", "web:1", 1, storage=None, pod=EPHEMERAL))
    cluster.advance(60)
    why = "PVC default/web-0-scratch was not created for pod default/web-0 (pod is not owner)"
    assert events(cluster, "web-0", "FailedBinding") == [f"ephemeral volume scratch: {why}"]
    assert set(events(cluster, "web-0", "FailedScheduling")) == {f"0/3 nodes are available: {why}. not found"}

    cluster.storage.delete(CLAIMS, NAMESPACE, "web-0-scratch")
    cluster.advance(330)
    assert states(cluster) == {"web-0": "ready"}


@pytest.mark.parametrize("named", ["claim", "both"])
def test_the_beta_annotation_names_the_class(named: str) -> None:
    cluster = empty_cluster(classes=(storage_class("old"), storage_class("new")))
    one = claim(class_name="new" if named == "both" else None)
    one["metadata"]["annotations"][BETA_CLASS] = "old"
    cluster.apply(one)
    cluster.advance(30)
    bound = claims(cluster)["data-web-0"]
    assert bound["status"]["phase"] == "Bound"
    assert cluster.storage.get(VOLUMES, "", bound["spec"]["volumeName"])["spec"]["storageClassName"] == "old"


def test_a_volume_with_the_beta_annotation_is_bound_by_its_class() -> None:
    cluster = empty_cluster(classes=(storage_class("old", NO_PROVISIONER, volumeBindingMode="Immediate"),))
    made = volume("by-hand")
    made["metadata"]["annotations"] = {BETA_CLASS: "old"}
    cluster.apply([made, claim(class_name="old")])
    cluster.advance(30)
    assert claims(cluster)["data-web-0"]["spec"]["volumeName"] == "by-hand"


def test_no_one_provisions_for_a_provisioner_that_does_not_run() -> None:
    cluster = empty_cluster()
    cluster.storage.create(STORAGE_CLASSES, storage_class("gp3", "ebs.csi.aws.com", volumeBindingMode="Immediate"))
    cluster.apply(claim(class_name="gp3"))
    cluster.advance(700)
    assert phase(cluster) == "Pending"
    [told] = events(cluster, "data-web-0")
    assert told.startswith(
        "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually"
    )
    [repeated] = [one["count"] for one in cluster.storage.list(EVENTS) if one["reason"] == "ExternalProvisioning"]
    assert repeated >= 3

"""The expansion of volumes, as each kind of driver carries it out."""

from __future__ import annotations

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, NODES, PODS, RESOURCE_QUOTAS, STORAGE_CLASSES, VOLUMES
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.resizing.controller import PRE_RESIZE_CAPACITY
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.settings import storage_class
from tests.support.simulator.clusters import NAMESPACE, claims, delete_pod, events, pod, states, with_set

CLAIM = "data-web-0"
PENDING = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."


def with_driver(**annotations: str) -> SimulatedCluster:
    """A set of one, of whose storage class these are the fault annotations."""
    one = storage_class("my-fast-storage", volumeBindingMode="Immediate")
    one["metadata"]["annotations"] = {PREFIX + name.replace("_", "-"): value for name, value in annotations.items()}
    return with_set(
        replicas=1, settings={"classes": (one,), "volumes": ProvisionerSettings(attachable=True, zonal=False)}
    )


def request(cluster: SimulatedCluster, size: str) -> None:
    cluster.edit(
        CLAIMS, NAMESPACE, CLAIM, lambda one: one["spec"]["resources"]["requests"].update(storage=size), "kubectl-patch"
    )


def heal(cluster: SimulatedCluster) -> None:
    """Let the driver work."""
    cluster.edit(STORAGE_CLASSES, "", "my-fast-storage", lambda one: one["metadata"].pop("annotations"))


def status(cluster: SimulatedCluster) -> Object:
    return dict(claims(cluster)[CLAIM]["status"])


def state(cluster: SimulatedCluster) -> tuple[str, str, list[str]]:
    """The capacity, the state of the allocated resources, and the types of the conditions."""
    found = status(cluster)
    states = found.get("allocatedResourceStatuses") or {}
    return (
        found["capacity"]["storage"],
        states.get("storage", ""),
        [one["type"] for one in found.get("conditions") or ()],
    )


def volume(cluster: SimulatedCluster) -> Object:
    return cluster.storage.get(VOLUMES, "", claims(cluster)[CLAIM]["spec"]["volumeName"])


def file_system(cluster: SimulatedCluster) -> tuple[int, int]:
    """GiB of the file system, and bytes used of it, in the stats of the kubelet."""
    node = cluster.storage.list(PODS, NAMESPACE)[0]["spec"]["nodeName"]
    [found] = cluster.stats.summary(cluster.storage.get(NODES, "", node))["pods"]
    return found["volume"][0]["capacityBytes"] // 1024**3, found["volume"][0]["usedBytes"]


def quota(hard: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "disks"}, "spec": {"hard": hard}}


def why_not(cluster: SimulatedCluster, size: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        request(cluster, size)
    return refused.value.code, str(refused.value)


def test_an_online_driver_expands_volume_and_file_system() -> None:
    cluster = with_driver()
    uid, name = pod(cluster, "web-0")["metadata"]["uid"], volume(cluster)["metadata"]["name"]
    size, used = file_system(cluster)
    assert size == 10
    request(cluster, "20Gi")
    cluster.advance(0.1)
    assert state(cluster) == ("10Gi", "ControllerResizeInProgress", ["Resizing"])
    assert status(cluster)["allocatedResources"] == {"storage": "20Gi"}
    assert events(cluster, CLAIM, "ExternalExpanding") == ["waiting for an external controller to expand this PVC"]
    assert events(cluster, CLAIM, "Resizing") == [f"External resizer is resizing volume {name}"]

    cluster.advance(0.3)
    assert state(cluster) == ("10Gi", "NodeResizePending", ["Resizing", "FileSystemResizePending"])
    assert status(cluster)["conditions"][1]["message"] == PENDING
    assert volume(cluster)["spec"]["capacity"] == {"storage": "20Gi"}
    assert volume(cluster)["metadata"]["annotations"][PRE_RESIZE_CAPACITY] == "10Gi"
    assert events(cluster, CLAIM, "FileSystemResizeRequired") == ["Require file system resize of volume on node"]
    assert file_system(cluster) == (10, used)

    cluster.advance(0.3)
    assert state(cluster)[1] == "NodeResizeInProgress"
    cluster.advance(5)
    assert state(cluster) == ("20Gi", "", [])
    assert status(cluster)["allocatedResources"] == {"storage": "20Gi"}, "stays, as in Kubernetes"
    assert PRE_RESIZE_CAPACITY not in volume(cluster)["metadata"]["annotations"]
    node = pod(cluster, "web-0")["spec"]["nodeName"]
    done = f'MountVolume.NodeExpandVolume succeeded for volume "{name}" {node}'
    assert events(cluster, "web-0", "FileSystemResizeSuccessful") == [done]
    assert events(cluster, CLAIM, "FileSystemResizeSuccessful") == [done]
    assert file_system(cluster) == (20, used)
    assert pod(cluster, "web-0")["metadata"]["uid"] == uid


def test_a_driver_without_a_part_for_the_node() -> None:
    cluster = with_driver(expand="controller")
    request(cluster, "20Gi")
    cluster.advance(5)
    assert state(cluster) == ("20Gi", "", [])
    assert events(cluster, CLAIM, "VolumeResizeSuccessful") == ["Resize volume succeeded"]


def test_an_offline_driver_expands_the_file_system_when_a_pod_mounts_it() -> None:
    cluster = with_driver(expand="offline")
    request(cluster, "20Gi")
    cluster.advance(1000)
    assert state(cluster) == (
        "10Gi",
        "NodeResizeInProgress",
        ["Resizing", "FileSystemResizePending", "NodeResizeError"],
    )
    assert status(cluster)["conditions"][2]["message"].startswith(
        "failed to expand pvc with Expander.NodeExpand failed to expand the volume : rpc error: code = "
        "FailedPrecondition desc = "
    )
    assert file_system(cluster)[0] == 10

    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert state(cluster) == ("20Gi", "", [])
    assert states(cluster) == {"web-0": "ready"}
    assert file_system(cluster)[0] == 20


def test_a_driver_that_expands_only_unused_volumes() -> None:
    cluster = with_driver(expand="unused")
    request(cluster, "20Gi")
    cluster.advance(60)
    assert state(cluster) == ("10Gi", "ControllerResizeInProgress", ["Resizing", "ControllerResizeError"])
    assert (
        "Unable to expand default/data-web-0 because CSI driver csi.simulated.example only supports offline expansion "
        "and volume is currently in-use" in events(cluster, CLAIM, "VolumeResizeFailed")
    )
    cluster.scale(NAMESPACE, "web", 0)
    cluster.advance(30)
    assert state(cluster)[:2] == ("10Gi", "NodeResizePending")
    cluster.scale(NAMESPACE, "web", 1)
    cluster.advance(30)
    assert state(cluster) == ("20Gi", "", [])


def test_an_infeasible_size_is_recovered_from_by_a_smaller_one() -> None:
    cluster = with_driver(expand="refuse", expand_limit="15Gi")
    request(cluster, "20Gi")
    cluster.advance(3)
    assert state(cluster) == ("10Gi", "ControllerResizeInfeasible", ["Resizing", "ControllerResizeError"])
    error = "rpc error: code = OutOfRange desc = the storage backend cannot expand a volume to 20Gi"
    assert status(cluster)["conditions"][1]["message"] == f"failed to expand pvc with {error}"
    name = volume(cluster)["metadata"]["name"]
    failed = f'resize volume "{name}" by resizer "csi.simulated.example" failed: {error}'
    assert events(cluster, CLAIM, "VolumeResizeFailed") == [failed]
    assert why_not(cluster, "10Gi")[0] == 422, "not down to the capacity"

    request(cluster, "12Gi")
    cluster.advance(10)
    assert state(cluster) == ("12Gi", "", [])


def test_a_driver_that_is_repaired_retries_by_itself() -> None:
    cluster = with_driver(expand="fail")
    request(cluster, "20Gi")
    cluster.advance(100)
    assert state(cluster) == ("10Gi", "ControllerResizeInProgress", ["Resizing", "ControllerResizeError"])
    heal(cluster)
    cluster.advance(10)
    assert state(cluster) == ("20Gi", "", [])


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("never", ("10Gi", "ControllerResizeInProgress", ["Resizing"])),
        ("absent", ("10Gi", "", [])),
        ("never-node", ("10Gi", "NodeResizeInProgress", ["Resizing", "FileSystemResizePending"])),
    ],
)
def test_a_driver_that_does_not_respond(driver: str, expected: tuple[str, str, list[str]]) -> None:
    cluster = with_driver(expand=driver)
    request(cluster, "20Gi")
    cluster.advance(1800)
    assert state(cluster) == expected
    about = {"never": CLAIM, "never-node": "web-0"}.get(driver, "")
    found = {text.rpartition("rpc error: ")[2] for text in events(cluster, about, "VolumeResizeFailed")}
    assert found == ({"code = DeadlineExceeded desc = context deadline exceeded"} if about else set())


def test_a_file_system_that_cannot_be_expanded_keeps_its_pod_from_starting() -> None:
    cluster = with_driver(expand="fail-node")
    request(cluster, "20Gi")
    cluster.advance(60)
    assert state(cluster)[1:] == ("NodeResizeInProgress", ["Resizing", "FileSystemResizePending", "NodeResizeError"])
    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert states(cluster) == {"web-0": "Pending"}
    [text] = events(cluster, "web-0", "FailedMount")
    assert text.startswith("MountVolume.MountDevice failed while expanding volume for volume ")
    heal(cluster)
    cluster.advance(150)
    assert (states(cluster), state(cluster)) == ({"web-0": "ready"}, ("20Gi", "", []))


def test_a_file_system_size_that_is_infeasible_does_not_keep_the_pod_from_starting() -> None:
    cluster = with_driver(expand="refuse-node")
    request(cluster, "20Gi")
    cluster.advance(60)
    assert state(cluster)[1] == "NodeResizeInfeasible"
    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready"}
    assert state(cluster)[0] == "10Gi"


def test_requests_that_the_api_server_refuses() -> None:
    cluster = with_driver()
    assert why_not(cluster, "5Gi") == (
        422,
        'PersistentVolumeClaim "data-web-0" is invalid: spec.resources.requests.storage: Forbidden: field can not be '
        "less than status.capacity",
    )
    cluster.apply(quota({"requests.storage": "15Gi"}), NAMESPACE)
    cluster.advance(1)
    assert why_not(cluster, "20Gi") == (
        403,
        'persistentvolumeclaims "data-web-0" is forbidden: exceeded quota: disks, requested: requests.storage=10Gi, '
        "used: requests.storage=10Gi, limited: requests.storage=15Gi",
    )
    request(cluster, "15Gi")
    cluster.edit(STORAGE_CLASSES, "", "my-fast-storage", lambda one: one.update(allowVolumeExpansion=False))
    assert why_not(cluster, "15500Mi") == (
        403,
        'persistentvolumeclaims "data-web-0" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize",
    )


def test_a_quota_counts_the_size_that_was_tried_until_a_smaller_one_succeeds() -> None:
    cluster = with_driver(expand="refuse", expand_limit="15Gi")
    name = "my-fast-storage.storageclass.storage.k8s.io/requests.storage"
    cluster.apply(quota({name: "25Gi"}), NAMESPACE)

    def used() -> str:
        return str(cluster.storage.get(RESOURCE_QUOTAS, NAMESPACE, "disks")["status"]["used"][name])

    request(cluster, "20Gi")
    cluster.advance(5)
    assert used() == "20Gi"
    with pytest.raises(ApiError, match=f"exceeded quota: disks, requested: {name}=20Gi, used: {name}=20Gi"):
        cluster.apply({**claims(cluster)[CLAIM], "metadata": {"name": "other"}}, NAMESPACE)
    request(cluster, "12Gi")
    cluster.advance(10)
    assert used() == "12Gi"


@pytest.mark.parametrize("lost", [True, False])
def test_only_a_bound_claim_grows(lost: bool) -> None:
    cluster = with_driver()
    if lost:
        cluster.storage.remove_now(VOLUMES, "", volume(cluster)["metadata"]["name"])
    else:
        cluster.settings.volumes.silent = True
        cluster.scale(NAMESPACE, "web", 2)
    cluster.advance(10)
    name = CLAIM if lost else "data-web-1"
    assert claims(cluster)[name]["status"]["phase"] == ("Lost" if lost else "Pending")
    with pytest.raises(ApiError) as refused:
        cluster.edit(CLAIMS, NAMESPACE, name, lambda one: one["spec"]["resources"]["requests"].update(storage="20Gi"))
    assert refused.value.code == 422
    assert "spec is immutable after creation except resources.requests" in str(refused.value)

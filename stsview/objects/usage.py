"""What is used, and what is requested: metrics.k8s.io, the Summary of a kubelet, and the resources of pods.

Source: k8s.io/metrics/pkg/apis/metrics/v1beta1/types.go; k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go, whose lists
are null where they are empty; k8s.io/api/core/v1/types.go.
"""

from __future__ import annotations

from stsview.objects.meta import BasicMeta, Instant, ObjectMeta, Struct


class ContainerMetrics(Struct, frozen=True):
    name: str = ""
    usage: dict[str, str] = {}
    """Quantities of `cpu` and `memory`."""


class PodMetrics(Struct, frozen=True):
    metadata: BasicMeta
    timestamp: Instant | None = None
    """The end of the interval in which it was measured."""
    containers: tuple[ContainerMetrics, ...] | None = None


class PodMetricsList(Struct, frozen=True):
    items: tuple[PodMetrics, ...] | None = None


class CpuStats(Struct, frozen=True):
    time: Instant | None = None
    usage_nano_cores: int | None = None


class MemoryStats(Struct, frozen=True):
    working_set_bytes: int | None = None


class ContainerStats(Struct, frozen=True):
    name: str = ""
    cpu: CpuStats | None = None
    memory: MemoryStats | None = None


class ClaimReference(Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class VolumeStats(Struct, frozen=True):
    """A volume of a pod. Numbers are those of the file system; a kubelet that has not measured it yet omits them."""

    time: Instant | None = None
    pvc_ref: ClaimReference | None = None
    used_bytes: int | None = None
    capacity_bytes: int | None = None
    available_bytes: int | None = None
    inodes: int | None = None
    inodes_used: int | None = None


class PodReference(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""


class PodStats(Struct, frozen=True):
    pod_ref: PodReference = PodReference()
    containers: tuple[ContainerStats, ...] | None = None
    volume: tuple[VolumeStats, ...] | None = None


class Summary(Struct, frozen=True):
    """What the kubelet of one node reports."""

    pods: tuple[PodStats, ...] | None = None


class ResourceRequirements(Struct, frozen=True):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class ContainerResources(Struct, frozen=True):
    name: str = ""
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""
    resources: ResourceRequirements = ResourceRequirements()


class PodResourcesSpec(Struct, frozen=True):
    node_name: str = ""
    containers: tuple[ContainerResources, ...] = ()
    init_containers: tuple[ContainerResources, ...] = ()


class PodResourcesStatus(Struct, frozen=True):
    phase: str = ""
    start_time: Instant | None = None


class PodResources(Struct, frozen=True):
    """A pod, with what its containers request instead of how they are."""

    metadata: ObjectMeta
    spec: PodResourcesSpec = PodResourcesSpec()
    status: PodResourcesStatus = PodResourcesStatus()

    @property
    def serving(self) -> tuple[ContainerResources, ...]:
        """The containers that run as long as the pod: without init containers that end."""
        sidecars = (one for one in self.spec.init_containers if one.restart_policy == "Always")
        return (*self.spec.containers, *sidecars)


class PodResourcesList(Struct, frozen=True):
    items: tuple[PodResources, ...] = ()

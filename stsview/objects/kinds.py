"""The kinds that stsview reads: API path, struct, and how each is watched.

A new kind is one line here and one struct in this package.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.lease import Lease
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.quota import ResourceQuota
from stsview.objects.statefulset import ControllerRevision, RecordedRevision, StatefulSet
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment

KubernetesObject: TypeAlias = (
    StatefulSet
    | Pod
    | PersistentVolumeClaim
    | Service
    | EndpointSlice
    | ControllerRevision
    | RecordedRevision
    | Node
    | PodDisruptionBudget
    | PersistentVolume
    | StorageClass
    | VolumeAttachment
    | HorizontalPodAutoscaler
    | Event
    | Lease
    | ResourceQuota
)


class Kind(msgspec.Struct, frozen=True, dict=True):
    """What a client needs to know of a kind of object."""

    name: str
    """`StatefulSet`."""
    resource: str
    """`statefulsets`, as in paths and access reviews; empty of a kind that discovery has to resolve before."""
    group: str
    """`apps`; empty for the core group."""
    type: type[KubernetesObject] | None
    """None of a kind whose objects are only shown, as the server sends them."""
    version: str = "v1"
    namespaced: bool = True
    label_selector: str = ""
    """Narrows list and watch; objects that stop matching arrive as deleted."""
    field_selector: str = ""
    """The same by fields, of which each kind supports a fixed set (kubernetes/pkg/apis/*/v1/conversion.go)."""
    metadata_only: bool = False
    """Read as PartialObjectMetadata, without spec and status."""
    bookmarked: bool = True
    """Whether a watch sends a bookmark about once a minute. API servers send them only for kinds in the watch cache,
    which events are not by default (kube-apiserver, `--watch-cache-sizes`)."""
    essential: bool = True
    """Whether all data counts as out of date while this kind is; otherwise it only has gaps."""

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[KubernetesObject]:
        if self.type is None:
            raise TypeError(f"{self.name} objects have no struct")
        return msgspec.json.Decoder(self.type)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of a collection or of one object.

        An empty namespace stands for all.
        """
        prefix = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return prefix + scope + f"/{self.resource}" + "".join(f"/{part}" for part in (name, subresource) if part)


STATEFULSETS = Kind("StatefulSet", "statefulsets", "apps", StatefulSet)
PODS = Kind("Pod", "pods", "", Pod, label_selector="statefulset.kubernetes.io/pod-name")
CLAIMS = Kind("PersistentVolumeClaim", "persistentvolumeclaims", "", PersistentVolumeClaim)
SERVICES = Kind("Service", "services", "", Service)
ENDPOINT_SLICES = Kind(
    "EndpointSlice",
    "endpointslices",
    "discovery.k8s.io",
    EndpointSlice,
    label_selector="service.kubernetes.io/headless",
)
REVISIONS = Kind("ControllerRevision", "controllerrevisions", "apps", ControllerRevision, metadata_only=True)
NODES = Kind("Node", "nodes", "", Node, namespaced=False)
BUDGETS = Kind("PodDisruptionBudget", "poddisruptionbudgets", "policy", PodDisruptionBudget)
VOLUMES = Kind("PersistentVolume", "persistentvolumes", "", PersistentVolume, namespaced=False)
CLASSES = Kind("StorageClass", "storageclasses", "storage.k8s.io", StorageClass, namespaced=False)
ATTACHMENTS = Kind("VolumeAttachment", "volumeattachments", "storage.k8s.io", VolumeAttachment, namespaced=False)
AUTOSCALERS = Kind(
    "HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling", HorizontalPodAutoscaler, version="v2"
)
EVENTS = Kind("Event", "events", "", Event, field_selector="type=Warning", bookmarked=False, essential=False)
"""Warnings only, about objects of every kind: field selectors have no "or", and for each further watch the API server
decodes every event of the cluster again, as it does not cache them."""
ALL_EVENTS = replace(EVENTS, field_selector="", essential=True)
"""Events of every type; for a single namespace only."""
FULL_REVISIONS = replace(REVISIONS, type=RecordedRevision, metadata_only=False)
"""With their data, which is as large as a pod template; for one StatefulSet only, by its selector."""
NAMED_PODS = Kind("NamedPod", "pods", "", Pod)
"""Pods that are read by name: pods without the controller's label are not in the watch of PODS."""
LEASES = Kind("Lease", "leases", "coordination.k8s.io", Lease)
"""Read by name only: every node writes its lease every ten seconds."""
CONFIG_MAPS = Kind("ConfigMap", "configmaps", "", None)
SECRETS = Kind("Secret", "secrets", "", None)
QUOTAS = Kind("ResourceQuota", "resourcequotas", "", ResourceQuota)
"""Read only for a plan that asks for more storage."""

REPLICASETS = Kind("ReplicaSet", "replicasets", "apps", None)
"""Read only for a plan that leaves the pods of a set without an owner."""
NAMESPACES = Kind("Namespace", "namespaces", "", None, namespaced=False)
"""Only their names are read."""
POD_METRICS = Kind("PodMetrics", "pods", "metrics.k8s.io", None, version="v1beta1")
"""What metrics-server measured, read for one set at a time (`stsview.objects.usage`)."""

READABLE_KINDS: tuple[Kind, ...] = (
    STATEFULSETS,
    PODS,
    CLAIMS,
    VOLUMES,
    SERVICES,
    NODES,
    BUDGETS,
    AUTOSCALERS,
    CONFIG_MAPS,
    SECRETS,
)
"""The kinds of which objects may be shown: whole, but for Secrets, of which only the names of their keys are kept."""

WATCHED: tuple[Kind, ...] = (
    STATEFULSETS,
    PODS,
    CLAIMS,
    SERVICES,
    ENDPOINT_SLICES,
    REVISIONS,
    NODES,
    BUDGETS,
    VOLUMES,
    CLASSES,
    ATTACHMENTS,
    AUTOSCALERS,
    EVENTS,
)

"""The kinds that stsview reads: where the API serves them, and the struct that holds one.

A new kind is one line here and one struct beside the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import msgspec

from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.lease import Lease
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
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
)


@dataclass(frozen=True)
class Kind:
    """One kind of object, as a client needs to know it."""

    name: str
    """`StatefulSet`."""
    resource: str
    """`statefulsets`, as in the path and in access reviews."""
    group: str
    """`apps`; empty for the core group."""
    type: type[KubernetesObject]
    version: str = "v1"
    namespaced: bool = True
    label_selector: str = ""
    """What both list and watch are narrowed by; objects that stop matching arrive as deleted."""
    field_selector: str = ""
    """Likewise; which fields can be selected by is fixed for each kind (kubernetes/pkg/apis/*/v1/conversion.go)."""
    metadata_only: bool = False
    """Read as PartialObjectMetadata: no spec, no status."""
    bookmarked: bool = True
    """Whether a watch says something about once a minute even while nothing happens. API servers send bookmarks only of
    kinds that they keep in a watch cache, which events are not by default (kube-apiserver, `--watch-cache-sizes`)."""
    essential: bool = True
    """Whether nothing can be believed while it is not kept up to date; what is not essential only has gaps then."""

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[KubernetesObject]:
        return msgspec.json.Decoder(self.type)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, in one namespace or (empty) in all, or of one object."""
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
"""Warnings alone, and those about every kind of object: field selectors know no "or", and each further watch would make
the API server decode every event of the cluster once more, as it does not cache them."""
ALL_EVENTS = replace(EVENTS, field_selector="", essential=True)
"""For one namespace only."""
FULL_REVISIONS = replace(REVISIONS, type=RecordedRevision, metadata_only=False)
"""With what they record, which is as large as pod templates are: for one set only, by its selector."""
NAMED_PODS = Kind("NamedPod", "pods", "", Pod)
"""Pods that are asked for by name: what the controller has not labelled is on no watch (PODS)."""
LEASES = Kind("Lease", "leases", "coordination.k8s.io", Lease)
"""Only ever read one by one: every node writes its lease every ten seconds."""

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

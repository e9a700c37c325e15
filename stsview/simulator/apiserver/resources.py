"""The kinds that the simulated API server stores and serves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Resource:
    """One served kind. To add one, add an entry to `REGISTRY`."""

    group: str
    """`apps`; empty for the core group."""
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    counts_generations: bool = False
    """Whether `metadata.generation` is maintained; the real server does so for some kinds only."""
    returns_deleted: bool = False
    """Whether DELETE returns the deleted object instead of a Status (`ReturnDeletedObject` in pkg/registry)."""
    categories: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def group_resource(self) -> str:
        """`statefulsets.apps`, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def group_kind(self) -> str:
        """`StatefulSet.apps`, as validation messages name it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


NAMESPACES = Resource("", "v1", "namespaces", "Namespace", False, ("ns",), ("status", "finalize"))
NODES = Resource("", "v1", "nodes", "Node", False, ("no",), ("status",))
PODS = Resource(
    "",
    "v1",
    "pods",
    "Pod",
    True,
    ("po",),
    ("status", "log", "eviction", "binding"),
    counts_generations=True,
    returns_deleted=True,
    categories=("all",),
)
SERVICES = Resource(
    "", "v1", "services", "Service", True, ("svc",), ("status",), returns_deleted=True, categories=("all",)
)
EVENTS = Resource("", "v1", "events", "Event", True, ("ev",))
CLAIMS = Resource(
    "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, ("pvc",), ("status",), returns_deleted=True
)
VOLUMES = Resource("", "v1", "persistentvolumes", "PersistentVolume", False, ("pv",), ("status",), returns_deleted=True)
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap", True, ("cm",))
SECRETS = Resource("", "v1", "secrets", "Secret", True)
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount", True, ("sa",), returns_deleted=True)
RESOURCE_QUOTAS = Resource(
    "", "v1", "resourcequotas", "ResourceQuota", True, ("quota",), ("status",), returns_deleted=True
)
STATEFUL_SETS = Resource(
    "apps",
    "v1",
    "statefulsets",
    "StatefulSet",
    True,
    ("sts",),
    ("status", "scale"),
    counts_generations=True,
    categories=("all",),
)
CONTROLLER_REVISIONS = Resource("apps", "v1", "controllerrevisions", "ControllerRevision", True)
BUDGETS = Resource(
    "policy",
    "v1",
    "poddisruptionbudgets",
    "PodDisruptionBudget",
    True,
    ("pdb",),
    ("status",),
    counts_generations=True,
)
ENDPOINT_SLICES = Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", True, counts_generations=True)
STORAGE_CLASSES = Resource(
    "storage.k8s.io", "v1", "storageclasses", "StorageClass", False, ("sc",), returns_deleted=True
)
VOLUME_ATTACHMENTS = Resource(
    "storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", False, (), ("status",), returns_deleted=True
)
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease", True)
AUTOSCALERS = Resource(
    "autoscaling",
    "v2",
    "horizontalpodautoscalers",
    "HorizontalPodAutoscaler",
    True,
    ("hpa",),
    ("status",),
    categories=("all",),
)

REGISTRY: tuple[Resource, ...] = (
    CONFIG_MAPS,
    EVENTS,
    NAMESPACES,
    NODES,
    CLAIMS,
    VOLUMES,
    PODS,
    RESOURCE_QUOTAS,
    SECRETS,
    SERVICE_ACCOUNTS,
    SERVICES,
    CONTROLLER_REVISIONS,
    STATEFUL_SETS,
    AUTOSCALERS,
    LEASES,
    ENDPOINT_SLICES,
    BUDGETS,
    STORAGE_CLASSES,
    VOLUME_ATTACHMENTS,
)

_BY_PATH = {(resource.group, resource.version, resource.plural): resource for resource in REGISTRY}
_BY_KIND = {(resource.api_version, resource.kind): resource for resource in REGISTRY}


def by_path(group: str, version: str, plural: str) -> Resource | None:
    """The kind of an API path, or None."""
    return _BY_PATH.get((group, version, plural))


def by_kind(api_version: str, kind: str) -> Resource | None:
    """The kind of an object, or None."""
    return _BY_KIND.get((api_version, kind))

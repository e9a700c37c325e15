"""The kinds that the simulated API server stores and serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
"""Of stored kinds."""
CUSTOM_DEFINITION = "CustomResource"
"""The definition of all custom kinds in the schema: any field is stored as given."""


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
    open_schema: bool = False
    """Whether any field is stored as given: of custom kinds, and of CustomResourceDefinition itself."""

    verbs: tuple[str, ...] = VERBS
    """What discovery lists."""
    custom: bool = False
    """Whether a CustomResourceDefinition in the cluster defines the kind."""

    @property
    def definition(self) -> str:
        """The name of its fields in the schema."""
        return CUSTOM_DEFINITION if self.custom else self.kind

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
NODES = Resource("", "v1", "nodes", "Node", False, ("no",), ("status", "proxy"))
PODS = Resource(
    "",
    "v1",
    "pods",
    "Pod",
    True,
    ("po",),
    ("status", "log", "eviction", "binding", "exec", "portforward"),
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


RBAC = "rbac.authorization.k8s.io"


def _stored(
    group_version: str,
    plural: str,
    kind: str,
    *short_names: str,
    cluster: bool = False,
    status: bool = False,
    generations: bool = True,
    shown: bool = False,
) -> Resource:
    """A kind that is stored and served, and that no controller here acts on."""
    group, _, version = group_version.rpartition("/")
    return Resource(
        group,
        version,
        plural,
        kind,
        not cluster,
        short_names,
        ("status",) if status else (),
        counts_generations=generations,
        categories=("all",) if shown else (),
        open_schema=group.startswith("apiextensions.") or ("." in group and not group.endswith(".k8s.io")),
    )


LIMIT_RANGES = _stored("v1", "limitranges", "LimitRange", "limits", generations=False)
PRIORITY_CLASSES = _stored("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", "pc", cluster=True)

CUSTOM_RESOURCE_DEFINITIONS = _stored(
    "apiextensions.k8s.io/v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    "crd",
    "crds",
    cluster=True,
    status=True,
)

STORED: tuple[Resource, ...] = (
    LIMIT_RANGES,
    CUSTOM_RESOURCE_DEFINITIONS,
    _stored("v1", "endpoints", "Endpoints", "ep", generations=False),
    _stored(
        "admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        cluster=True,
    ),
    _stored(
        "admissionregistration.k8s.io/v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        cluster=True,
    ),
    _stored("apps/v1", "daemonsets", "DaemonSet", "ds", status=True, shown=True),
    _stored("apps/v1", "deployments", "Deployment", "deploy", status=True, shown=True),
    _stored("apps/v1", "replicasets", "ReplicaSet", "rs", status=True, shown=True),
    _stored("batch/v1", "cronjobs", "CronJob", "cj", status=True, shown=True),
    _stored("batch/v1", "jobs", "Job", status=True, shown=True),
    _stored("networking.k8s.io/v1", "ingressclasses", "IngressClass", cluster=True),
    _stored("networking.k8s.io/v1", "ingresses", "Ingress", "ing", status=True),
    _stored("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", "netpol"),
    _stored(f"{RBAC}/v1", "clusterrolebindings", "ClusterRoleBinding", cluster=True, generations=False),
    _stored(f"{RBAC}/v1", "clusterroles", "ClusterRole", cluster=True, generations=False),
    _stored(f"{RBAC}/v1", "rolebindings", "RoleBinding", generations=False),
    _stored(f"{RBAC}/v1", "roles", "Role", generations=False),
    PRIORITY_CLASSES,
    _stored("storage.k8s.io/v1", "csidrivers", "CSIDriver", cluster=True, generations=False),
    _stored("cert-manager.io/v1", "certificates", "Certificate", "cert", "certs", status=True),
    _stored("cert-manager.io/v1", "issuers", "Issuer", status=True),
    _stored("monitoring.coreos.com/v1", "podmonitors", "PodMonitor", "pmon"),
    _stored("monitoring.coreos.com/v1", "prometheusrules", "PrometheusRule", "promrule"),
    _stored("monitoring.coreos.com/v1", "servicemonitors", "ServiceMonitor", "smon"),
)
"""Kinds that charts contain in addition to those that the controllers act on."""

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
    *STORED,
)


NODE_METRICS = Resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False, verbs=("get", "list"))
POD_METRICS = Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", True, verbs=("get", "list"))
METRICS = (NODE_METRICS, POD_METRICS)
"""The kinds that metrics-server serves: measured, not stored."""


class Kinds:
    """The kinds that one server stores: those of `REGISTRY`, and custom ones that come and go."""

    def __init__(self) -> None:
        self._by_path = {(one.group, one.version, one.plural): one for one in REGISTRY}
        self._by_kind = {(one.api_version, one.kind): one for one in REGISTRY}

    def __iter__(self) -> Iterator[Resource]:
        return iter(tuple(self._by_path.values()))

    def add(self, resource: Resource) -> None:
        """Serve a custom kind."""
        self._by_path[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.api_version, resource.kind] = resource

    def remove(self, resource: Resource) -> None:
        """Serve a custom kind no longer."""
        del self._by_path[resource.group, resource.version, resource.plural]
        del self._by_kind[resource.api_version, resource.kind]

    def is_served(self, group: str, version: str) -> bool:
        """Whether any kind of an API group and version is served."""
        return any((one.group, one.version) == (group, version) for one in self)

    def by_path(self, group: str, version: str, plural: str) -> Resource | None:
        """The kind of an API path, or None."""
        return self._by_path.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """The kind of an object, or None."""
        return self._by_kind.get((api_version, kind))

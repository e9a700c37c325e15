"""Table columns and cells of all kinds but pods.

Source: kubernetes/pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.kubectl.durations import age
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.storage_classes import class_of

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"

Cells: TypeAlias = Callable[[Object, datetime], list[Any]]


@dataclass(frozen=True)
class Column:
    """A column definition of a table."""

    name: str
    type: str = "string"
    priority: int = 0
    """0: always shown; 1: with `-o wide` only."""

    @property
    def description(self) -> str:
        return f"{self.name} of the object."


@dataclass(frozen=True)
class Printer:
    """The columns of a kind, and a function for the cells of an object."""

    columns: tuple[Column, ...]
    cells: Cells


def _age(obj: Object, now: datetime) -> str:
    return age(obj["metadata"].get("creationTimestamp"), now)


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def _statefulset(obj: Object, now: datetime) -> list[Any]:
    containers = obj["spec"]["template"]["spec"].get("containers") or []
    names = ",".join(container["name"] for container in containers)
    images = ",".join(container.get("image", "") for container in containers)
    ready = obj.get("status", {}).get("readyReplicas", 0)
    return [_name(obj), f"{ready}/{obj['spec'].get('replicas', 0)}", _age(obj, now), names, images]


def _claim(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    phase = "Terminating" if "deletionTimestamp" in obj["metadata"] else status.get("phase", "")
    volume = spec.get("volumeName", "")
    capacity = status.get("capacity", {}).get("storage", "") if volume else ""
    modes = _modes(status.get("accessModes")) if volume else ""
    class_name = class_of(obj) or ""
    return [
        _name(obj),
        phase,
        volume,
        capacity,
        modes,
        class_name,
        spec.get("volumeAttributesClassName") or UNSET,
        _age(obj, now),
        spec.get("volumeMode", UNSET),
    ]


def _volume(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    reference = spec.get("claimRef") or {}
    claim = f"{reference.get('namespace', '')}/{reference.get('name', '')}" if reference else ""
    phase = "Terminating" if "deletionTimestamp" in obj["metadata"] else status.get("phase", "")
    return [
        _name(obj),
        spec.get("capacity", {}).get("storage", ""),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        phase,
        claim,
        class_of(obj) or "",
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        _age(obj, now),
        spec.get("volumeMode", UNSET),
    ]


def _modes(modes: list[str] | None) -> str:
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    given = modes or ()
    return ",".join(letters for mode, letters in short.items() if mode in given)


def _service(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    ports = ",".join(
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}"
        for port in spec.get("ports") or []
    )
    external = ",".join(spec.get("externalIPs") or []) or spec.get("externalName") or NONE
    selector = ",".join(f"{name}={value}" for name, value in sorted((spec.get("selector") or {}).items()))
    return [
        _name(obj),
        spec.get("type", ""),
        spec.get("clusterIP") or NONE,
        external,
        ports or NONE,
        _age(obj, now),
        selector or NONE,
    ]


def _node(obj: Object, now: datetime) -> list[Any]:
    status, spec = obj.get("status", {}), obj.get("spec", {})
    ready = next((one["status"] for one in status.get("conditions") or [] if one["type"] == "Ready"), None)
    words = [{"True": "Ready", None: "Unknown"}.get(ready, "NotReady")]
    if spec.get("unschedulable"):
        words.append("SchedulingDisabled")
    prefix = "node-role.kubernetes.io/"
    labels = obj["metadata"].get("labels") or {}
    roles = sorted(label.removeprefix(prefix) for label in labels if label.startswith(prefix) and label != prefix)
    addresses = {one["type"]: one["address"] for one in reversed(status.get("addresses") or [])}
    info = status.get("nodeInfo") or {}
    return [
        _name(obj),
        ",".join(words),
        ",".join(roles) or NONE,
        _age(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _event(obj: Object, now: datetime) -> list[Any]:
    about = obj.get("involvedObject") or {}
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    last = obj.get("lastTimestamp") or (obj.get("series") or {}).get("lastObservedTime") or first
    source = obj.get("source") or {}
    count = (obj.get("series") or {}).get("count") or obj.get("count") or 1
    named = f"{about.get('kind', '').lower()}/{about.get('name', '')}" if about.get("kind") else about.get("name", "")
    return [
        age(last, now),
        obj.get("type", ""),
        obj.get("reason", ""),
        named,
        about.get("fieldPath", ""),
        ", ".join(filter(None, (source.get("component") or obj.get("reportingComponent", ""), source.get("host", "")))),
        str(obj.get("message", "")).strip(),
        age(first, now),
        count,
        _name(obj),
    ]


def _budget(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    return [
        _name(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        obj.get("status", {}).get("disruptionsAllowed", 0),
        _age(obj, now),
    ]


def _endpoint_slice(obj: Object, now: datetime) -> list[Any]:
    ports = [str(port.get("port", "*")) for port in obj.get("ports") or []]
    addresses = [address for endpoint in obj.get("endpoints") or [] for address in endpoint.get("addresses") or []]
    return [
        _name(obj),
        obj.get("addressType", ""),
        _first(ports, 3, UNSET),
        _first(addresses, 3, UNSET),
        _age(obj, now),
    ]


def _first(values: list[str], count: int, none: str) -> str:
    more = f" + {len(values) - count} more..." if len(values) > count else ""
    return ",".join(values[:count]) + more if values else none


def _revision(obj: Object, now: datetime) -> list[Any]:
    owner = next((one for one in obj["metadata"].get("ownerReferences") or [] if one.get("controller")), None)
    group = f".{owner['apiVersion'].partition('/')[0]}" if owner and "/" in owner["apiVersion"] else ""
    named = f"{owner['kind'].lower()}{group}/{owner['name']}" if owner else NONE
    return [_name(obj), named, obj.get("revision", 0), _age(obj, now)]


def _storage_class(obj: Object, now: datetime) -> list[Any]:
    annotations = obj["metadata"].get("annotations") or {}
    marked = annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    return [
        _name(obj) + (" (default)" if marked else ""),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", UNSET),
        bool(obj.get("allowVolumeExpansion")),
        _age(obj, now),
    ]


def _attachment(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    volume = spec.get("source", {}).get("persistentVolumeName", "")
    attached = bool(obj.get("status", {}).get("attached"))
    return [_name(obj), spec.get("attacher", ""), volume, spec.get("nodeName", ""), attached, _age(obj, now)]


def _quota(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    used = status.get("used") or {}
    shown = [f"{name}: {used.get(name, '0')}/{hard}" for name, hard in sorted((status.get("hard") or {}).items())]
    limits = [text for text in shown if text.startswith("limits.")]
    return [_name(obj), ", ".join(text for text in shown if text not in limits), ", ".join(limits), _age(obj, now)]


def _autoscaler(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    target = spec.get("scaleTargetRef", {})
    return [
        _name(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        "<unknown>" if spec.get("metrics") else NONE,
        str(spec.get("minReplicas", UNSET)),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        _age(obj, now),
    ]


def _columns(*names: str, wide: tuple[str, ...] = (), whole_numbers: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(name, "integer" if name in whole_numbers else "string", int(name in wide)) for name in names)


def _count(field: str) -> Cells:
    return lambda obj, now: [_name(obj), len(obj.get(field) or {}), _age(obj, now)]


CUSTOM = Printer(_columns("Name", "Age"), lambda obj, now: [_name(obj), _age(obj, now)])
"""Kinds of CustomResourceDefinitions. Their additionalPrinterColumns are not simulated."""
PLAIN = Printer(_columns("Name", "Created At"), lambda obj, now: [_name(obj), obj["metadata"]["creationTimestamp"]])

PRINTERS: dict[Resource, Printer] = {
    resources.STATEFUL_SETS: Printer(
        _columns("Name", "Ready", "Age", "Containers", "Images", wide=("Containers", "Images")), _statefulset
    ),
    resources.CLAIMS: Printer(
        _columns(
            "Name",
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            "Age",
            "VolumeMode",
            wide=("VolumeMode",),
        ),
        _claim,
    ),
    resources.VOLUMES: Printer(
        _columns(
            "Name",
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "VolumeAttributesClass",
            "Reason",
            "Age",
            "VolumeMode",
            wide=("VolumeMode",),
        ),
        _volume,
    ),
    resources.SERVICES: Printer(
        _columns("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector", wide=("Selector",)),
        _service,
    ),
    resources.NODES: Printer(
        _columns(
            "Name",
            "Status",
            "Roles",
            "Age",
            "Version",
            "Internal-IP",
            "External-IP",
            "OS-Image",
            "Kernel-Version",
            "Container-Runtime",
            wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
        ),
        _node,
    ),
    resources.NAMESPACES: Printer(
        _columns("Name", "Status", "Age"),
        lambda obj, now: [_name(obj), obj.get("status", {}).get("phase", ""), _age(obj, now)],
    ),
    resources.EVENTS: Printer(
        _columns(
            "Last Seen",
            "Type",
            "Reason",
            "Object",
            "Subobject",
            "Source",
            "Message",
            "First Seen",
            "Count",
            "Name",
            wide=("Subobject", "Source", "First Seen", "Count", "Name"),
            whole_numbers=("Count",),
        ),
        _event,
    ),
    resources.CONFIG_MAPS: Printer(_columns("Name", "Data", "Age", whole_numbers=("Data",)), _count("data")),
    resources.SECRETS: Printer(
        _columns("Name", "Type", "Data", "Age", whole_numbers=("Data",)),
        lambda obj, now: [_name(obj), obj.get("type", ""), len(obj.get("data") or {}), _age(obj, now)],
    ),
    resources.SERVICE_ACCOUNTS: Printer(
        _columns("Name", "Secrets", "Age", whole_numbers=("Secrets",)), _count("secrets")
    ),
    resources.RESOURCE_QUOTAS: Printer(_columns("Name", "Request", "Limit", "Age"), _quota),
    resources.CONTROLLER_REVISIONS: Printer(
        _columns("Name", "Controller", "Revision", "Age", whole_numbers=("Revision",)), _revision
    ),
    resources.BUDGETS: Printer(
        _columns(
            "Name",
            "Min Available",
            "Max Unavailable",
            "Allowed Disruptions",
            "Age",
            whole_numbers=("Allowed Disruptions",),
        ),
        _budget,
    ),
    resources.ENDPOINT_SLICES: Printer(_columns("Name", "AddressType", "Ports", "Endpoints", "Age"), _endpoint_slice),
    resources.STORAGE_CLASSES: Printer(
        _columns("Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"),
        _storage_class,
    ),
    resources.VOLUME_ATTACHMENTS: Printer(_columns("Name", "Attacher", "PV", "Node", "Attached", "Age"), _attachment),
    resources.LEASES: Printer(
        _columns("Name", "Holder", "Age"),
        lambda obj, now: [_name(obj), obj.get("spec", {}).get("holderIdentity", ""), _age(obj, now)],
    ),
    resources.AUTOSCALERS: Printer(
        _columns(
            "Name",
            "Reference",
            "Targets",
            "MinPods",
            "MaxPods",
            "Replicas",
            "Age",
            whole_numbers=("MaxPods", "Replicas"),
        ),
        _autoscaler,
    ),
}

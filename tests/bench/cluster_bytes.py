"""The objects of a large cluster, as the bytes that an API server sends.

Sizes follow a cluster in use: a pod has 7 to 9 kB with its managed fields, environment and status. Every set has five
pods, each with a claim and a volume, a headless Service with one slice, and three revisions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

PODS_PER_SET = 5
SETS_PER_NAMESPACE = 20
PODS_PER_NODE = 100
MARKER = ("aaa", "marker")
"""Namespace and name of the set whose first pod crashes; its restart count is what change-to-screen times are read
from."""

_WHEN = "2026-11-01T08:00:00Z"
_HASH = ("6f4ddbdbb6", "5d6bbd9d8f", "7c9f9d6b54")


NAMESPACE, SET, INDEX, NODE, NETWORK = "@namespace@", "@set@", "@index@", "@node@", "@network@"
"""Placeholders: objects are built and encoded once, and made into those of each set by replacing these."""


def uid(*parts: object) -> str:
    """A uid that differs between sets by its last group."""
    digest = hashlib.blake2s("/".join(map(str, parts)).encode(), digest_size=10).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{INDEX}"


def _fields(*paths: str) -> dict[str, Any]:
    return {f"f:{path}": {} for path in paths}


def _managed(manager: str, fields: dict[str, Any], subresource: str = "") -> dict[str, Any]:
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": _WHEN,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return {**entry, "subresource": subresource} if subresource else entry


def _container(name: str, image: str, variables: int) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "command": ["/bin/sh", "-c", f"exec /opt/{name}/bin/start --config /etc/{name}/{name}.properties"],
        "ports": [{"name": "client", "containerPort": 9092, "protocol": "TCP"}],
        "env": [
            {"name": f"{name.upper()}_SETTING_{index:02}", "value": f"value-of-setting-{index:02}"}
            for index in range(variables)
        ],
        "resources": {"limits": {"cpu": "2", "memory": "4Gi"}, "requests": {"cpu": "500m", "memory": "2Gi"}},
        "volumeMounts": [
            {"name": "data", "mountPath": "/var/lib/data"},
            {"name": "kube-api-access-x7b2p", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io"},
        ],
        "readinessProbe": {
            "tcpSocket": {"port": "client"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "livenessProbe": {"tcpSocket": {"port": "client"}, "timeoutSeconds": 5, "periodSeconds": 20},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def _container_fields(name: str, variables: int) -> dict[str, Any]:
    return {
        f'k:{{"name":"{name}"}}': {
            ".": {},
            **_fields("command", "image", "imagePullPolicy", "name", "terminationMessagePath"),
            "f:env": {
                ".": {},
                **{
                    f'k:{{"name":"{name.upper()}_SETTING_{index:02}"}}': {".": {}, **_fields("name", "value")}
                    for index in range(variables)
                },
            },
            "f:livenessProbe": _fields("failureThreshold", "periodSeconds", "tcpSocket", "timeoutSeconds"),
            "f:readinessProbe": _fields("failureThreshold", "periodSeconds", "tcpSocket", "timeoutSeconds"),
            "f:resources": {"f:limits": _fields("cpu", "memory"), "f:requests": _fields("cpu", "memory")},
            "f:volumeMounts": {'k:{"mountPath":"/var/lib/data"}': {".": {}, **_fields("mountPath", "name")}},
        }
    }


_LABELS = {
    "app.kubernetes.io/name": "store",
    "app.kubernetes.io/part-of": "platform",
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/instance": f"{NAMESPACE}-{SET}",
}


def _template() -> dict[str, Any]:
    return {
        "containers": [
            _container("store", "registry.example.com/platform/store:4.2.1", 16),
            _container("exporter", "registry.example.com/platform/exporter:1.9.0", 4),
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 60,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "store",
        "securityContext": {"fsGroup": 1000, "runAsUser": 1000},
        "schedulerName": "default-scheduler",
    }


def _meta(kind: str, namespace: str, name: str, **more: Any) -> dict[str, Any]:
    meta = {
        "name": name,
        "namespace": namespace,
        "uid": uid(kind, name),
        "resourceVersion": "1000",
        "creationTimestamp": _WHEN,
        **more,
    }
    return meta if namespace else {key: value for key, value in meta.items() if key != "namespace"}


def _owner(kind: str, name: str) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "apps/v1" if kind == "StatefulSet" else "v1",
            "kind": kind,
            "name": name,
            "uid": uid(kind, name),
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def stateful_set(ready: int) -> dict[str, Any]:
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": _meta(
            "StatefulSet",
            NAMESPACE,
            SET,
            generation=3,
            labels=_LABELS,
            managedFields=[
                _managed(
                    "helm", {"f:metadata": _fields("labels"), "f:spec": _fields("replicas", "serviceName", "template")}
                ),
                _managed("kube-controller-manager", {"f:status": _fields("replicas", "readyReplicas")}, "status"),
            ],
        ),
        "spec": {
            "replicas": PODS_PER_SET,
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": _template()},
            "volumeClaimTemplates": [
                {
                    "kind": "PersistentVolumeClaim",
                    "apiVersion": "v1",
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "100Gi"}},
                        "storageClassName": "fast",
                        "volumeMode": "Filesystem",
                    },
                    "status": {"phase": "Pending"},
                }
            ],
            "serviceName": f"{SET}-headless",
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "revisionHistoryLimit": 10,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        },
        "status": {
            "observedGeneration": 3,
            "replicas": PODS_PER_SET,
            "readyReplicas": ready,
            "currentReplicas": PODS_PER_SET,
            "updatedReplicas": PODS_PER_SET,
            "currentRevision": f"{SET}-{_HASH[0]}",
            "updateRevision": f"{SET}-{_HASH[0]}",
            "collisionCount": 0,
            "availableReplicas": ready,
        },
    }


def pod(ordinal: int, *, ready: bool = True, restarts: int = 0) -> dict[str, Any]:
    """One pod; with `restarts` its container is crash-looping."""
    name = f"{SET}-{ordinal}"
    template = _template()
    running = {"running": {"startedAt": _WHEN}}
    ended = {
        "exitCode": 1,
        "reason": "Error",
        "startedAt": _WHEN,
        "finishedAt": "2026-11-01T09:00:00Z",
        "containerID": f"containerd://{uid('run', name).replace('-', '')}",
    }
    waiting = {
        "waiting": {
            "reason": "CrashLoopBackOff",
            "message": f"back-off 5m0s restarting failed container=store pod={name}_{NAMESPACE}({uid('Pod', name)})",
        }
    }
    ready = ready and not restarts
    state = "True" if ready else "False"

    def status(container: dict[str, Any], number: int) -> dict[str, Any]:
        crashing = bool(restarts) and number == 0
        return {
            "name": container["name"],
            "state": waiting if crashing else running,
            "lastState": {"terminated": ended} if crashing else {},
            "ready": (ready or number > 0) and not crashing,
            "restartCount": restarts if crashing else 0,
            "image": container["image"],
            "imageID": f"{container['image'].partition(':')[0]}@sha256:{uid('image', number).replace('-', '') * 2}",
            "containerID": f"containerd://{uid('container', name, number).replace('-', '') * 2}",
            "started": not crashing,
            "volumeMounts": [{"name": "data", "mountPath": "/var/lib/data"}],
        }

    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": _meta(
            "Pod",
            NAMESPACE,
            name,
            generateName=f"{SET}-",
            labels={
                **_LABELS,
                "apps.kubernetes.io/pod-index": str(ordinal),
                "controller-revision-hash": f"{SET}-{_HASH[0]}",
                "statefulset.kubernetes.io/pod-name": name,
            },
            annotations={
                "prometheus.io/scrape": "true",
                "prometheus.io/port": "9404",
                "checksum/config": uid("config", SET).replace("-", "") * 2,
            },
            ownerReferences=_owner("StatefulSet", SET),
            managedFields=[
                _managed(
                    "kube-controller-manager",
                    {
                        "f:metadata": {"f:generateName": {}, "f:labels": {".": {}, **_fields(*_LABELS)}},
                        "f:spec": {
                            "f:containers": {**_container_fields("store", 16), **_container_fields("exporter", 4)},
                            **_fields("dnsPolicy", "restartPolicy", "schedulerName", "securityContext"),
                        },
                    },
                ),
                _managed(
                    "kubelet", {"f:status": _fields("conditions", "containerStatuses", "hostIP", "podIPs")}, "status"
                ),
            ],
        ),
        "spec": {
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}"}},
                {
                    "name": "kube-api-access-x7b2p",
                    "projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]},
                },
            ],
            **template,
            "nodeName": NODE,
            "hostname": name,
            "subdomain": f"{SET}-headless",
            "tolerations": [
                {
                    "key": f"node.kubernetes.io/{key}",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
                for key in ("not-ready", "unreachable")
            ],
        },
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": kind, "status": value, "lastProbeTime": None, "lastTransitionTime": _WHEN}
                for kind, value in (
                    ("PodReadyToStartContainers", "True"),
                    ("Initialized", "True"),
                    ("Ready", state),
                    ("ContainersReady", state),
                    ("PodScheduled", "True"),
                )
            ],
            "hostIP": "10.0.0.1",
            "podIP": _address(ordinal),
            "podIPs": [{"ip": _address(ordinal)}],
            "startTime": _WHEN,
            "containerStatuses": [status(container, number) for number, container in enumerate(template["containers"])],
            "qosClass": "Burstable",
        },
    }


def _address(ordinal: int) -> str:
    return f"10.{NETWORK}.{ordinal}"


def claim(ordinal: int) -> dict[str, Any]:
    name = f"data-{SET}-{ordinal}"
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "metadata": _meta(
            "PersistentVolumeClaim",
            NAMESPACE,
            name,
            labels=_LABELS,
            annotations={
                "pv.kubernetes.io/bind-completed": "yes",
                "pv.kubernetes.io/bound-by-controller": "yes",
                "volume.kubernetes.io/storage-provisioner": "ebs.csi.example.com",
            },
            finalizers=["kubernetes.io/pvc-protection"],
            managedFields=[
                _managed(
                    "kube-controller-manager",
                    {
                        "f:metadata": _fields("annotations", "labels"),
                        "f:spec": _fields("accessModes", "resources", "storageClassName", "volumeMode", "volumeName"),
                    },
                ),
                _managed(
                    "kube-controller-manager", {"f:status": _fields("accessModes", "capacity", "phase")}, "status"
                ),
            ],
        ),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "100Gi"}},
            "volumeName": _volume_name(name),
            "storageClassName": "fast",
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "100Gi"}},
    }


def _volume_name(claim_name: str) -> str:
    return f"pvc-{uid('PersistentVolumeClaim', claim_name)}"


def volume(ordinal: int) -> dict[str, Any]:
    claim_name = f"data-{SET}-{ordinal}"
    name = _volume_name(claim_name)
    return {
        "kind": "PersistentVolume",
        "apiVersion": "v1",
        "metadata": _meta(
            "PersistentVolume",
            "",
            name,
            annotations={"pv.kubernetes.io/provisioned-by": "ebs.csi.example.com"},
            finalizers=["kubernetes.io/pv-protection", "external-attacher/ebs-csi-example-com"],
            managedFields=[
                _managed(
                    "csi-provisioner", {"f:spec": _fields("accessModes", "capacity", "claimRef", "csi", "nodeAffinity")}
                )
            ],
        ),
        "spec": {
            "capacity": {"storage": "100Gi"},
            "csi": {"driver": "ebs.csi.example.com", "volumeHandle": f"vol-{name[4:21]}", "fsType": "ext4"},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": {
                "kind": "PersistentVolumeClaim",
                "namespace": NAMESPACE,
                "name": claim_name,
                "uid": uid("PersistentVolumeClaim", claim_name),
            },
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": "fast",
            "volumeMode": "Filesystem",
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [_zone(ordinal)]}
                            ]
                        }
                    ]
                }
            },
        },
        "status": {"phase": "Bound", "lastPhaseTransitionTime": _WHEN},
    }


def _zone(ordinal: int) -> str:
    return f"zone-{'abc'[ordinal % 3]}"


def attachment(ordinal: int) -> dict[str, Any]:
    volume_name = _volume_name(f"data-{SET}-{ordinal}")
    return {
        "kind": "VolumeAttachment",
        "apiVersion": "storage.k8s.io/v1",
        "metadata": _meta("VolumeAttachment", "", f"csi-{uid('attachment', volume_name).replace('-', '') * 2}"),
        "spec": {
            "attacher": "ebs.csi.example.com",
            "nodeName": NODE,
            "source": {"persistentVolumeName": volume_name},
        },
        "status": {"attached": True},
    }


def service() -> dict[str, Any]:
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": _meta("Service", NAMESPACE, f"{SET}-headless", labels=_LABELS),
        "spec": {
            "clusterIP": "None",
            "clusterIPs": ["None"],
            "type": "ClusterIP",
            "selector": _LABELS,
            "ports": [{"name": "client", "port": 9092, "protocol": "TCP", "targetPort": "client"}],
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
        },
        "status": {"loadBalancer": {}},
    }


def endpoint_slice() -> dict[str, Any]:
    name = f"{SET}-headless"
    pods = [f"{SET}-{ordinal}" for ordinal in range(PODS_PER_SET)]
    return {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": _meta(
            "EndpointSlice",
            NAMESPACE,
            f"{name}-x2vkq",
            labels={"kubernetes.io/service-name": name, "service.kubernetes.io/headless": ""},
            ownerReferences=_owner("Service", name),
        ),
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": [_address(ordinal)],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "hostname": one,
                "targetRef": {"kind": "Pod", "namespace": NAMESPACE, "name": one, "uid": uid("Pod", one)},
                "nodeName": f"node-{ordinal:03}",
                "zone": _zone(ordinal),
            }
            for ordinal, one in enumerate(pods)
        ],
        "ports": [{"name": "client", "port": 9092, "protocol": "TCP"}],
    }


def revision(number: int) -> dict[str, Any]:
    """As PartialObjectMetadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": _meta(
            "ControllerRevision",
            NAMESPACE,
            f"{SET}-{_HASH[number]}",
            labels={**_LABELS, "controller.kubernetes.io/hash": _HASH[number]},
            ownerReferences=_owner("StatefulSet", SET),
            managedFields=[
                _managed(
                    "kube-controller-manager",
                    {"f:data": {}, "f:metadata": _fields("labels", "ownerReferences"), "f:revision": {}},
                )
            ],
        ),
    }


def node(index: int) -> dict[str, Any]:
    name = f"node-{index:03}"
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": _meta(
            "Node", "", name, labels={"topology.kubernetes.io/zone": _zone(index), "kubernetes.io/hostname": name}
        ),
        "spec": {"providerID": f"example:///{name}"},
        "status": {
            "capacity": {"cpu": "64", "memory": "256Gi", "pods": "110"},
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "lastHeartbeatTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "lastTransitionTime": _WHEN,
                }
            ],
            "images": [
                {"names": [f"registry.example.com/platform/image-{number}:1.0"], "sizeBytes": 123456789}
                for number in range(50)
            ],
        },
    }


def budget() -> dict[str, Any]:
    return {
        "kind": "PodDisruptionBudget",
        "apiVersion": "policy/v1",
        "metadata": _meta("PodDisruptionBudget", NAMESPACE, SET, generation=1),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": _LABELS}},
        "status": {
            "observedGeneration": 1,
            "disruptionsAllowed": 1,
            "currentHealthy": 5,
            "desiredHealthy": 4,
            "expectedPods": 5,
        },
    }


def storage_class() -> dict[str, Any]:
    return {
        "kind": "StorageClass",
        "apiVersion": "storage.k8s.io/v1",
        "metadata": _meta("StorageClass", "", "fast"),
        "provisioner": "ebs.csi.example.com",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """One set of the cluster."""

    namespace: str
    name: str
    index: int

    @property
    def marked(self) -> bool:
        return (self.namespace, self.name) == MARKER

    def fill(self, template: bytes, ordinal: int = 0, nodes: int = 1) -> bytes:
        """The bytes of this set's object."""
        node = (self.index * PODS_PER_SET + ordinal) % nodes
        values = {
            NAMESPACE: self.namespace,
            SET: self.name,
            INDEX: f"{self.index:012x}",
            NODE: f"node-{node:03}",
            NETWORK: f"{self.index // 250}.{self.index % 250}",
        }
        for placeholder, value in values.items():
            template = template.replace(placeholder.encode(), value.encode())
        return template


def places(pods: int) -> Iterator[Place]:
    """Every set of a cluster with so many pods; the marker comes first."""
    yield Place(*MARKER, 0)
    for index in range(1, pods // PODS_PER_SET):
        yield Place(f"team-{index // SETS_PER_NAMESPACE:04}", f"store-{index:05}", index)


def node_count(pods: int) -> int:
    return max(PODS_PER_SET, pods // PODS_PER_NODE)


_OF_EACH_SET: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "statefulsets": lambda: [stateful_set(PODS_PER_SET)],
    "pods": lambda: [pod(ordinal) for ordinal in range(PODS_PER_SET)],
    "persistentvolumeclaims": lambda: [claim(ordinal) for ordinal in range(PODS_PER_SET)],
    "persistentvolumes": lambda: [volume(ordinal) for ordinal in range(PODS_PER_SET)],
    "volumeattachments": lambda: [attachment(ordinal) for ordinal in range(PODS_PER_SET)],
    "services": lambda: [service()],
    "endpointslices": lambda: [endpoint_slice()],
    "controllerrevisions": lambda: [revision(number) for number in range(len(_HASH))],
    "poddisruptionbudgets": lambda: [budget()],
}


def events_of(resource: str, pods: int) -> Iterator[bytes]:
    """An ADDED event for every object of one resource in a cluster with so many pods."""
    if resource == "nodes":
        yield from (event("ADDED", node(index)) for index in range(node_count(pods)))
    elif resource == "storageclasses":
        yield event("ADDED", storage_class())
    elif resource in _OF_EACH_SET:
        templates = [event("ADDED", one) for one in _OF_EACH_SET[resource]()]
        crashing = event("ADDED", pod(0, restarts=1000))
        for place in places(pods):
            for ordinal, template in enumerate(templates):
                marked = place.marked and resource == "pods" and not ordinal
                yield place.fill(crashing if marked else template, ordinal, node_count(pods))


def event(kind: str, found: object) -> bytes:
    return compact({"type": kind, "object": found})

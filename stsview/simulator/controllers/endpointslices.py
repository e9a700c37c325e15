"""The EndpointSlice controller: the pods of each Service, with host names.

Source: kubernetes/staging/src/k8s.io/endpointslice/{reconciler,utils}.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import ENDPOINT_SLICES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.informers import Informers, Key, key_of, label_key
from stsview.simulator.controllers.selectors import matches_labels
from stsview.simulator.controllers.statefulset.state import is_ready, is_terminating, phase_of
from stsview.simulator.engine import Engine
from stsview.simulator.labels import ZONE

MANAGER = "kube-controller-manager"
MANAGED_BY = "endpointslice-controller.k8s.io"
HEADLESS_LABEL = "service.kubernetes.io/headless"
SERVICE_LABEL = "kubernetes.io/service-name"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
CAPACITY = 100
"""The maximum number of endpoints in one slice."""


class EndpointSliceController:
    """Keeps the EndpointSlices of Services; its keys are Services."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        informers.services.add_event_handler(self._on_service)
        informers.pods.add_event_handler(self._on_pod)
        informers.slices.add_event_handler(self._on_slice)

    def reconcile(self, key: Key) -> float | None:
        service = self._informers.services.get(*key)
        if service is None or not service["spec"].get("selector"):
            return None
        wanted = {
            pod["metadata"]["uid"]: self._endpoint(service, pod)
            for pod in self._selected(service)
            if (pod.get("status") or {}).get("podIP") and phase_of(pod) not in ("Succeeded", "Failed")
        }
        slices = self._informers.slices.by_index("service", f"{key.namespace}/{key.name}")
        for endpoint_slice in slices:
            self._update(service, endpoint_slice, wanted)
        if wanted or not slices:
            self._create_slices(service, list(wanted.values()))
        return None

    def _selected(self, service: Object) -> list[Object]:
        selector, namespace = service["spec"]["selector"], service["metadata"]["namespace"]
        name = min(selector)
        candidates = self._informers.pods.by_index("label", label_key(namespace, name, selector[name]))
        return [pod for pod in candidates if matches_labels(selector, pod)]

    def _update(self, service: Object, endpoint_slice: Object, wanted: dict[str, Object]) -> None:
        """Update one slice, and remove its endpoints from `wanted`.

        Endpoints keep their places.
        """
        kept = [
            wanted.pop(one["targetRef"]["uid"])
            for one in endpoint_slice.get("endpoints") or ()
            if one.get("targetRef", {}).get("uid") in wanted
        ]
        room = CAPACITY - len(kept)
        kept += [wanted.pop(uid) for uid in list(wanted)[:room]]
        self._write(service, endpoint_slice, kept)

    def _write(self, service: Object, endpoint_slice: Object, endpoints: list[Object]) -> None:
        ports, labels = _ports(service), _labels(service)
        same = (
            (endpoint_slice.get("endpoints") or []) == endpoints
            and endpoint_slice.get("ports") == ports
            and endpoint_slice["metadata"].get("labels") == labels
        )
        if same:
            return
        now = timestamp(self._storage.clock.now())

        def change(one: Object) -> None:
            one["endpoints"] = endpoints or None
            one["ports"] = ports
            one["metadata"]["labels"] = labels
            one["metadata"].setdefault("annotations", {})[TRIGGER_TIME] = now

        metadata = endpoint_slice["metadata"]
        self._storage.modify(ENDPOINT_SLICES, metadata["namespace"], metadata["name"], change, manager=MANAGER)

    def _create_slices(self, service: Object, endpoints: list[Object]) -> None:
        """Create slices for the remaining endpoints.

        A Service without endpoints gets one empty slice.
        """
        metadata = service["metadata"]
        for start in range(0, max(1, len(endpoints)), CAPACITY):
            created = {
                "metadata": {
                    "generateName": f"{metadata['name']}-",
                    "namespace": metadata["namespace"],
                    "labels": _labels(service),
                    "annotations": {TRIGGER_TIME: timestamp(self._storage.clock.now())},
                    "ownerReferences": [
                        {
                            "apiVersion": "v1",
                            "kind": "Service",
                            "name": metadata["name"],
                            "uid": metadata["uid"],
                            "controller": True,
                            "blockOwnerDeletion": True,
                        }
                    ],
                },
                "addressType": "IPv4",
                "endpoints": endpoints[start : start + CAPACITY] or None,
                "ports": _ports(service),
            }
            try:
                self._storage.create(ENDPOINT_SLICES, created, manager=MANAGER)
            except ApiError as error:
                # a terminating namespace accepts no new objects, and the controller gives up
                if error.code != 403:
                    raise

    def _endpoint(self, service: Object, pod: Object) -> Object:
        metadata, spec, terminating = pod["metadata"], pod["spec"], is_terminating(pod)
        serving = is_ready(pod)
        publish = bool(service["spec"].get("publishNotReadyAddresses"))
        endpoint: Object = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {
                "ready": publish or (serving and not terminating),
                "serving": serving,
                "terminating": terminating,
            },
        }
        if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
            endpoint["hostname"] = spec["hostname"]
        endpoint["targetRef"] = {
            "kind": "Pod",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
        if spec.get("nodeName"):
            endpoint["nodeName"] = spec["nodeName"]
            node = self._informers.nodes.get("", spec["nodeName"])
            zone = (node["metadata"].get("labels") or {}).get(ZONE) if node else None
            if zone:
                endpoint["zone"] = zone
        return endpoint

    def _on_service(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self._engine.enqueue(self, key_of(after))

    def _on_slice(self, before: Object | None, after: Object | None) -> None:
        """Recreate a slice that another client deleted."""
        if after is None and before is not None:
            metadata = before["metadata"]
            self._engine.enqueue(
                self, Key(metadata["namespace"], (metadata.get("labels") or {}).get(SERVICE_LABEL, ""))
            )

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        if before is not None and after is not None and _endpoint_fields(before) == _endpoint_fields(after):
            return
        concerned: dict[Key, None] = {}
        for pod in (before, after):
            for service in self._services_of(pod) if pod is not None else ():
                concerned[key_of(service)] = None
        for key in concerned:
            self._engine.enqueue(self, key)

    def _services_of(self, pod: Object) -> list[Object]:
        namespace = pod["metadata"]["namespace"]
        return [
            service
            for label in (pod["metadata"].get("labels") or {}).items()
            for service in self._informers.services.by_index("selector", label_key(namespace, *label))
            if matches_labels(service["spec"]["selector"], pod)
        ]


def _endpoint_fields(pod: Object) -> Any:
    """The fields of a pod that its endpoints depend on."""
    status = pod.get("status") or {}
    ended = status.get("phase") in ("Succeeded", "Failed")
    return (
        status.get("podIP"),
        ended,
        is_ready(pod),
        is_terminating(pod),
        pod["metadata"].get("labels"),
        pod["spec"].get("nodeName"),
    )


def _labels(service: Object) -> dict[str, str]:
    labels = {
        **(service["metadata"].get("labels") or {}),
        "endpointslice.kubernetes.io/managed-by": MANAGED_BY,
        SERVICE_LABEL: service["metadata"]["name"],
    }
    if service["spec"].get("clusterIP") == "None":
        labels[HEADLESS_LABEL] = ""
    return labels


def _ports(service: Object) -> list[Object] | None:
    ports = service["spec"].get("ports")
    if not ports:
        return None
    return [
        {
            "name": port.get("name", ""),
            "port": port["targetPort"] if isinstance(port.get("targetPort"), int) else port["port"],
            "protocol": port.get("protocol", "TCP"),
        }
        for port in ports
    ]

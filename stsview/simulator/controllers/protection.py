"""The finalizers of PVCs in use and of bound volumes.

Source: kubernetes/pkg/controller/volume/{pvcprotection,pvprotection}.
"""

from __future__ import annotations

from stsview.simulator.apiserver.admission.plugins import CLAIM_PROTECTION, VOLUME_PROTECTION
from stsview.simulator.apiserver.resources import CLAIMS, VOLUMES, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.ephemeral import not_owned
from stsview.simulator.controllers.informers import Informers, Key, claims_of, key_of
from stsview.simulator.engine import Engine

MANAGER = "kube-controller-manager"


class ProtectionController:
    """Keys with a namespace are PVCs, those without are PersistentVolumes."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        informers.claims.add_event_handler(self._on_object)
        informers.volumes.add_event_handler(self._on_object)
        informers.pods.add_event_handler(self._on_pod)

    def reconcile(self, key: Key) -> float | None:
        if key.namespace:
            claim = self._informers.claims.get(*key)
            if claim is not None and not self._used(claim):
                self._release(CLAIMS, claim, CLAIM_PROTECTION)
        else:
            volume = self._informers.volumes.get(*key)
            if volume is not None and volume["status"].get("phase") != "Bound":
                self._release(VOLUMES, volume, VOLUME_PROTECTION)
        return None

    def _used(self, claim: Object) -> bool:
        """Whether a pod uses the PVC: one that is scheduled, until its object is gone (podUsesPVC).

        The PVC of an ephemeral volume is released earlier, when the kubelet is done with its pod.
        """
        name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
        return any(
            pod["spec"].get("nodeName") and (_refers_to(pod, name) or _owns_in_use(pod, claim))
            for pod in self._informers.pods.by_index("claim", f"{namespace}/{name}")
        )

    def _release(self, resource: Resource, obj: Object, finalizer: str) -> None:
        metadata = obj["metadata"]
        if "deletionTimestamp" not in metadata or finalizer not in metadata.get("finalizers", ()):
            return

        def change(one: Object) -> None:
            one["metadata"]["finalizers"] = [name for name in one["metadata"]["finalizers"] if name != finalizer]

        self._storage.modify(resource, metadata.get("namespace", ""), metadata["name"], change, manager=MANAGER)

    def _on_object(self, before: Object | None, after: Object | None) -> None:
        if after is not None and "deletionTimestamp" in after["metadata"]:
            self._engine.enqueue(self, key_of(after))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        pod = after or before
        if pod is None or (after is not None and after["status"].get("phase") not in ("Succeeded", "Failed")):
            return
        for name in claims_of(pod):
            claim = self._informers.claims.get(*name.split("/", 1))
            if claim is not None and "deletionTimestamp" in claim["metadata"]:
                self._engine.enqueue(self, key_of(claim))


def _refers_to(pod: Object, claim: str) -> bool:
    volumes = pod["spec"].get("volumes") or ()
    return any((one.get("persistentVolumeClaim") or {}).get("claimName") == claim for one in volumes)


def _owns_in_use(pod: Object, claim: Object) -> bool:
    """Whether the PVC is that of an ephemeral volume of the pod, and the pod has not shut down."""
    ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return not not_owned(pod, claim) and not (ended and "deletionTimestamp" in pod["metadata"])

"""The ephemeral volume controller: the PVCs of generic ephemeral volumes.

Source: kubernetes/pkg/controller/volume/ephemeral/controller.go.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, Key, controller_of, ephemeral_claim_name, key_of
from stsview.simulator.engine import Engine, Retry

MANAGER = "kube-controller-manager"


class EphemeralVolumeController:
    """Creates PVCs that live as long as their pod; its keys are pods."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers, sink: EventSink) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._recorder = EventRecorder(sink, "ephemeral_volume")
        informers.pods.add_event_handler(self._on_pod)
        informers.claims.add_event_handler(self._on_claim)

    def reconcile(self, key: Key) -> float | None:
        pod = self._informers.pods.get(*key)
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            return None
        for volume in pod["spec"].get("volumes") or ():
            if "ephemeral" in volume:
                problem = self._problem(pod, volume)
                if problem:
                    text = f"ephemeral volume {volume['name']}: {problem}"
                    self._recorder.event(PODS, pod, "Warning", "FailedBinding", text)
                    raise Retry(text)
        return None

    def _problem(self, pod: Object, volume: Object) -> str:
        """Why the PVC of a volume does not exist now, or empty."""
        name = ephemeral_claim_name(pod, volume)
        claim = self._informers.claims.get(pod["metadata"]["namespace"], name)
        if claim is not None:
            return not_owned(pod, claim)
        try:
            self._storage.create(CLAIMS, _claim(pod, volume, name), manager=MANAGER)
        except ApiError as error:
            return f"create PVC {name}: {error}"
        return ""

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        if before is None and after is not None:
            self._enqueue(after)

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        if after is None and before is not None:
            metadata = before["metadata"]
            for pod in self._informers.pods.by_index("claim", f"{metadata['namespace']}/{metadata['name']}"):
                self._enqueue(pod)

    def _enqueue(self, pod: Object) -> None:
        if any("ephemeral" in volume for volume in pod["spec"].get("volumes") or ()):
            self._engine.enqueue(self, key_of(pod))


def not_owned(pod: Object, claim: Object) -> str:
    """Why a pod may not use the PVC of its ephemeral volume, or empty.

    Source: VolumeIsForPod in k8s.io/component-helpers/storage/ephemeral.
    """
    owner = controller_of(claim)
    if owner is not None and owner["uid"] == pod["metadata"]["uid"]:
        return ""
    namespace = pod["metadata"]["namespace"]
    claim_name, pod_name = claim["metadata"]["name"], pod["metadata"]["name"]
    return f"PVC {namespace}/{claim_name} was not created for pod {namespace}/{pod_name} (pod is not owner)"


def _claim(pod: Object, volume: Object, name: str) -> Object:
    template = volume["ephemeral"].get("volumeClaimTemplate") or {}
    metadata = template.get("metadata") or {}
    owner = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": pod["metadata"]["name"],
        "uid": pod["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "metadata": {
            "name": name,
            "namespace": pod["metadata"]["namespace"],
            "ownerReferences": [owner],
            "annotations": dict(metadata.get("annotations") or {}),
            "labels": dict(metadata.get("labels") or {}),
        },
        "spec": template.get("spec") or {},
    }

"""PVCs and PersistentVolumes: binding, dynamic provisioning, reclaiming.

Source: kubernetes/pkg/controller/volume/persistentvolume/pv_controller.go, and external-provisioner for a CSI driver's
side car. Both are one controller here.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.resources import CLAIMS, VOLUMES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.identity import parent_and_ordinal
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.engine import Engine, Retry
from stsview.simulator.labels import SELECTED_NODE, ZONE
from stsview.simulator.latencies import Latencies
from stsview.simulator.quantities import in_bytes
from stsview.simulator.storage_classes import class_of

MANAGER = "kube-controller-manager"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
PROVISIONER_ANNOTATIONS = (
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
)
RESYNC = 300.0
"""Seconds until the event about an unbound PVC is repeated; the real controller runs every 15 s, and its event recorder
lets one in 300 s through."""


@dataclass
class ProvisionerSettings:
    """The kind of volumes, and whether they can be provisioned at present."""

    attachable: bool = True
    """Volumes of a CSI driver, which must be attached to a node; otherwise paths that exist on every node."""
    zonal: bool = True
    """A volume is reachable only from the zone in which it was provisioned."""
    refuses: bool = False
    """Provisioning fails: the storage backend is exhausted."""
    silent: bool = False
    """Provisioning never completes and reports nothing: the driver's controller does not run."""


class VolumeController:
    """Binds, provisions and reclaims volumes; its keys are PVCs."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        settings: ProvisionerSettings,
        *,
        served: Collection[str],
        latencies: Latencies,
        rng: random.Random,
    ) -> None:
        """`served` are the provisioners that run."""
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._served = frozenset(served)
        self.settings = settings
        self._latencies = latencies
        self._rng = rng
        self._recorder = EventRecorder(sink, "persistentvolume-controller")
        self._sink = sink
        self._provisioners: dict[str, EventRecorder] = {}
        self._ready_at: dict[str, float] = {}
        informers.claims.add_event_handler(self._on_claim)
        informers.volumes.add_event_handler(self._on_volume)
        informers.classes.add_event_handler(self._on_class)

    def reconsider(self) -> None:
        """Retry every PVC that is not bound, after the settings changed."""
        for key, claim in self._informers.claims.objects.items():
            if claim["status"].get("phase") != "Bound":
                self._engine.enqueue(self, key)

    def reconcile(self, key: Key) -> float | None:
        claim = self._informers.claims.get(*key)
        for volume in self._informers.volumes.by_index("claim", f"{key.namespace}/{key.name}"):
            if claim is None or volume["spec"]["claimRef"].get("uid") not in (None, "", claim["metadata"]["uid"]):
                self._reclaim(volume)
        if claim is None or "deletionTimestamp" in claim["metadata"]:
            return None
        if claim["status"].get("phase") == "Bound":
            self._check_bound(claim)
            return None
        return self._bind_or_provision(claim)

    def _bind_or_provision(self, claim: Object) -> float | None:
        wanted = claim["spec"].get("volumeName")
        volume = self._informers.volumes.get("", wanted) if wanted else self._matching_volume(claim)
        class_name = class_of(claim) or ""
        storage_class = self._informers.classes.get("", class_name) if class_name else None
        deferred = bool(storage_class and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer")
        selected = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
        if deferred and not selected and not wanted:
            self._record_waiting(claim)
            return RESYNC
        if volume is not None:
            self._bind(claim, volume)
            return None
        if wanted:
            return RESYNC
        if not class_name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._recorder.event(CLAIMS, claim, "Normal", "FailedBinding", text)
            return RESYNC
        if storage_class is None:
            text = f'storageclass.storage.k8s.io "{class_name}" not found'
            self._recorder.event(CLAIMS, claim, "Warning", "ProvisioningFailed", text)
            return RESYNC
        if storage_class["provisioner"] == NO_PROVISIONER:
            return RESYNC
        return self._provision(claim, storage_class, selected)

    def _record_waiting(self, claim: Object) -> None:
        metadata = claim["metadata"]
        users = self._informers.pods.by_index("claim", f"{metadata['namespace']}/{metadata['name']}")
        if users:
            text = f"waiting for pod {users[0]['metadata']['name']} to be scheduled"
            self._recorder.event(CLAIMS, claim, "Normal", "WaitForPodScheduled", text)
        else:
            text = "waiting for first consumer to be created before binding"
            self._recorder.event(CLAIMS, claim, "Normal", "WaitForFirstConsumer", text)

    def _matching_volume(self, claim: Object) -> Object | None:
        """The smallest unbound volume that satisfies the PVC, or one reserved for it."""
        spec, metadata = claim["spec"], claim["metadata"]
        size = in_bytes(spec["resources"]["requests"]["storage"])
        fitting = []
        reserved = self._informers.volumes.by_index("claim", f"{metadata['namespace']}/{metadata['name']}")
        for volume in [*reserved, *self._informers.volumes.by_index("free", class_of(claim) or "-")]:
            reference = volume["spec"].get("claimRef")
            if reference is not None and reference.get("uid") not in (None, "", metadata["uid"]):
                continue
            if (
                volume["status"].get("phase") not in ("Available", "Pending")
                or "deletionTimestamp" in volume["metadata"]
            ):
                continue
            if (class_of(volume) or "") != (class_of(claim) or ""):
                continue
            capacity = in_bytes(volume["spec"]["capacity"]["storage"])
            if capacity >= size and set(spec["accessModes"]) <= set(volume["spec"]["accessModes"]):
                fitting.append((reference is None, capacity, volume["metadata"]["name"], volume))
        return min(fitting, key=lambda one: one[:3])[3] if fitting else None

    def _provision(self, claim: Object, storage_class: Object, selected: str | None) -> float | None:
        provisioner, uid = storage_class["provisioner"], claim["metadata"]["uid"]
        fault = fault_annotations.value(claim, "provision")
        silent = self.settings.silent or fault == "never" or provisioner not in self._served
        noticed = PROVISIONER_ANNOTATIONS[1] in (claim["metadata"].get("annotations") or {})
        if not noticed:
            claim = self._annotate(claim, provisioner)
        if silent or not noticed:
            text = (
                f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by "
                "the system administrator. If volume creation is delayed, please verify that the provisioner is "
                "running and correctly registered."
            )
            self._recorder.event(CLAIMS, claim, "Normal", "ExternalProvisioning", text)
        if silent:
            return RESYNC
        if self.settings.refuses or fault == "refuse":
            self._fail_provisioning(claim, storage_class)
        now = self._storage.clock.monotonic()
        ready = self._ready_at.setdefault(uid, now + self._latencies.vary(self._latencies.provision, self._rng))
        if ready > now + 1e-6:
            return ready - now
        del self._ready_at[uid]
        self._bind(claim, self._create_volume(claim, storage_class, selected))
        return None

    def _fail_provisioning(self, claim: Object, storage_class: Object) -> None:
        provisioner = storage_class["provisioner"]
        why = "rpc error: code = ResourceExhausted desc = insufficient free capacity in the storage backend"
        text = f'failed to provision volume with StorageClass "{storage_class["metadata"]["name"]}": {why}'
        recorder = self._provisioners.setdefault(provisioner, EventRecorder(self._sink, provisioner))
        recorder.event(CLAIMS, claim, "Warning", "ProvisioningFailed", text)
        raise Retry(text)

    def _annotate(self, claim: Object, provisioner: str) -> Object:
        def change(one: Object) -> None:
            one["metadata"].setdefault("annotations", {}).update(dict.fromkeys(PROVISIONER_ANNOTATIONS, provisioner))

        metadata = claim["metadata"]
        return self._storage.modify(CLAIMS, metadata["namespace"], metadata["name"], change, manager=MANAGER)

    def _create_volume(self, claim: Object, storage_class: Object, selected: str | None) -> Object:
        metadata, spec = claim["metadata"], claim["spec"]
        name, provisioner = f"pvc-{metadata['uid']}", storage_class["provisioner"]
        volume: Object = {
            "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner}},
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "accessModes": list(spec["accessModes"]),
                "claimRef": _claim_reference(claim),
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
                "storageClassName": storage_class["metadata"]["name"],
                "volumeMode": spec.get("volumeMode", "Filesystem"),
            },
        }
        if self.settings.attachable:
            volume["spec"]["csi"] = {"driver": provisioner, "volumeHandle": name, "fsType": "ext4"}
        else:
            volume["spec"]["hostPath"] = {"path": f"/var/lib/simulated/{name}", "type": ""}
        zone = self._zone_for(metadata["name"], selected) if self.settings.zonal else ""
        if zone:
            term = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}
            volume["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
        recorder = self._provisioners.setdefault(provisioner, EventRecorder(self._sink, provisioner))
        created = self._storage.create(VOLUMES, volume, manager=provisioner)
        if self.settings.attachable:
            recorder.event(CLAIMS, claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
        return created

    def _zone_for(self, claim: str, selected: str | None) -> str:
        """The zone of the selected node.

        For a volume provisioned before its pod exists, zones in turn by the PVC's ordinal.
        """
        node = self._informers.nodes.get("", selected) if selected else None
        if node is not None:
            return (node["metadata"].get("labels") or {}).get(ZONE, "")  # type: ignore[no-any-return]
        zones = sorted(
            {one["metadata"].get("labels", {}).get(ZONE, "") for one in self._informers.nodes.objects.values()}
        )
        return zones[max(0, parent_and_ordinal(claim)[1]) % len(zones)] if zones else ""

    def _bind(self, claim: Object, volume: Object) -> None:
        """Bind in the order of the real controller: volume, its phase, PVC, its phase."""
        name = volume["metadata"]["name"]
        if (volume["spec"].get("claimRef") or {}).get("uid") != claim["metadata"]["uid"]:
            self._storage.modify(
                VOLUMES, "", name, lambda one: one["spec"].update(claimRef=_claim_reference(claim)), manager=MANAGER
            )
        self._set_phase(name, "Bound")

        def bind(one: Object) -> None:
            one["spec"]["volumeName"] = name
            one["metadata"].setdefault("annotations", {}).update(
                {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}
            )

        def settle(one: Object) -> None:
            one["status"] = {
                "phase": "Bound",
                "accessModes": list(volume["spec"]["accessModes"]),
                "capacity": {"storage": volume["spec"]["capacity"]["storage"]},
            }

        metadata = claim["metadata"]
        self._storage.modify(CLAIMS, metadata["namespace"], metadata["name"], bind, manager=MANAGER)
        self._storage.modify(
            CLAIMS, metadata["namespace"], metadata["name"], settle, subresource="status", manager=MANAGER
        )

    def _set_phase(self, volume: str, phase: str) -> None:
        now = timestamp(self._storage.clock.now())

        def change(one: Object) -> None:
            if one["status"].get("phase") != phase:
                one["status"] = {**one["status"], "phase": phase, "lastPhaseTransitionTime": now}

        self._storage.modify(VOLUMES, "", volume, change, subresource="status", manager=MANAGER)

    def _check_bound(self, claim: Object) -> None:
        """Set a PVC to Lost when its volume is gone or bound to another PVC."""
        volume = self._informers.volumes.get("", claim["spec"].get("volumeName", ""))
        reference = volume["spec"].get("claimRef") if volume else None
        if reference is not None and reference.get("uid") == claim["metadata"]["uid"]:
            return
        metadata = claim["metadata"]
        self._storage.modify(
            CLAIMS,
            metadata["namespace"],
            metadata["name"],
            lambda one: one["status"].update(phase="Lost"),
            subresource="status",
            manager=MANAGER,
        )
        text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        self._recorder.event(CLAIMS, claim, "Warning", "ClaimLost", text)

    def _reclaim(self, volume: Object) -> None:
        name = volume["metadata"]["name"]
        if volume["status"].get("phase") in ("Released", "Failed") or "deletionTimestamp" in volume["metadata"]:
            return
        self._set_phase(name, "Released")
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self._storage.delete(VOLUMES, "", name)

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        claim = after or before
        if claim is None:
            return
        if before is None or after is None or not _is_settled(before, after):
            self._engine.enqueue(self, key_of(claim))

    def _on_volume(self, before: Object | None, after: Object | None) -> None:
        volume = after or before
        if volume is None:
            return
        reference = volume["spec"].get("claimRef")
        if reference is not None:
            if before is None or after is None or before["spec"] != after["spec"]:
                self._engine.enqueue(self, Key(reference.get("namespace", ""), reference["name"]))
        elif after is not None:
            if after["status"].get("phase") == "Pending":
                self._set_phase(after["metadata"]["name"], "Available")
            self._enqueue_class(class_of(after) or "")

    def _on_class(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self._enqueue_class(after["metadata"]["name"])

    def _enqueue_class(self, name: str) -> None:
        for claim in self._informers.claims.by_index("class", name):
            if claim["status"].get("phase") != "Bound":
                self._engine.enqueue(self, key_of(claim))


def _is_settled(before: Object, after: Object) -> bool:
    """Whether a change of a bound PVC needs no action."""
    return bool(
        before["status"].get("phase") == "Bound"
        and before["spec"] == after["spec"]
        and "deletionTimestamp" not in after["metadata"]
    )


def _claim_reference(claim: Object) -> Object:
    metadata = claim["metadata"]
    return {
        "kind": "PersistentVolumeClaim",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "apiVersion": "v1",
        "resourceVersion": metadata["resourceVersion"],
    }

"""Creates, updates and deletes the pods and PVCs of a set, and records events.

Source: kubernetes/pkg/controller/statefulset/stateful_pod_control.go.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, copy_object
from stsview.simulator.controllers.events import EventRecorder
from stsview.simulator.controllers.identity import (
    POD_NAME_LABEL,
    claim_name,
    claims_for,
    identity_matches,
    ordinal_of,
    storage_matches,
    volumes_for,
)
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.controllers.statefulset import retention
from stsview.simulator.engine import Retry

MANAGER = "kube-controller-manager"


class PodControl:
    """Writes pods and PVCs of a set, with events."""

    def __init__(self, storage: Storage, informers: Informers, recorder: EventRecorder) -> None:
        self._storage = storage
        self._informers = informers
        self._recorder = recorder

    def create(self, stateful_set: Object, pod: Object) -> None:
        """Create the pod's PVCs, then the pod, and record events.

        Raises `ApiError` or `Retry`. A name that already exists is not recorded.
        """
        try:
            self._create_claims(stateful_set, pod)
        except (ApiError, Retry) as error:
            self._record_pod(stateful_set, pod, "create", error)
            raise
        try:
            created = self._storage.create(PODS, pod, manager=MANAGER)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                self._record_pod(stateful_set, pod, "create", error)
            raise
        try:
            self._retain_claims(stateful_set, created)
        except ApiError as error:
            self._record_pod(stateful_set, pod, "update", error)
            raise
        self._record_pod(stateful_set, pod, "create", None)

    def create_missing_claims(self, stateful_set: Object, pod: Object) -> None:
        """Create PVCs of a pending pod that were deleted.

        Raises `ApiError` or `Retry`.
        """
        try:
            self._create_claims(stateful_set, pod)
        except (ApiError, Retry) as error:
            self._record_pod(stateful_set, pod, "update", error)
            raise

    def has_stale_claim(self, stateful_set: Object, pod: Object) -> bool:
        """Whether a PVC of the pod belongs to a previous pod of that name."""
        if retention.policy_of(stateful_set)[0] == "Retain":
            return False
        return any(retention.claim_is_stale(claim, pod) for claim in self._claims(stateful_set, pod))

    def update(self, stateful_set: Object, pod: Object) -> None:
        """Correct what an update can: pod-name label, volumes, owners of PVCs.

        Raises `ApiError` or `Retry`.
        """
        matches = identity_matches(stateful_set, pod) and storage_matches(stateful_set, pod)
        if matches and self.claims_have_owners(stateful_set, pod):
            return
        if matches:
            self.update_claims(stateful_set, pod)
            return
        changed = copy_object(pod)
        changed["metadata"].setdefault("labels", {})[POD_NAME_LABEL] = pod["metadata"]["name"]
        try:
            if not storage_matches(stateful_set, pod):
                changed["spec"]["volumes"] = volumes_for(stateful_set, changed["spec"], ordinal_of(pod))
                self._create_claims(stateful_set, pod)
            self._retain_claims(stateful_set, pod)
            self._storage.update(PODS, changed, manager=MANAGER)
        except (ApiError, Retry) as error:
            self._record_pod(stateful_set, pod, "update", error)
            raise
        self._record_pod(stateful_set, pod, "update", None)

    def claims_have_owners(self, stateful_set: Object, pod: Object) -> bool:
        """Whether the pod's PVCs have the owners that the retention policy requires."""
        return all(retention.owners_match(claim, stateful_set, pod) for claim in self._claims(stateful_set, pod))

    def update_claims(self, stateful_set: Object, pod: Object) -> None:
        """Set the owners of the pod's PVCs. Raises `ApiError`."""
        try:
            self._retain_claims(stateful_set, pod)
        except ApiError as error:
            self._record_pod(stateful_set, pod, "update", error)
            raise

    def delete(self, stateful_set: Object, pod: Object) -> None:
        """Delete a pod with its own grace period, without preconditions.

        Raises `ApiError`.
        """
        metadata = pod["metadata"]
        try:
            self._storage.delete(PODS, metadata["namespace"], metadata["name"])
        except ApiError as error:
            self._record_pod(stateful_set, pod, "delete", error)
            raise
        self._record_pod(stateful_set, pod, "delete", None)

    def _claims(self, stateful_set: Object, pod: Object) -> list[Object]:
        """The existing PVCs of the pod."""
        namespace, ordinal = stateful_set["metadata"]["namespace"], ordinal_of(pod)
        found = [
            self._informers.claims.get(namespace, claim_name(stateful_set, template, ordinal))
            for template in stateful_set["spec"].get("volumeClaimTemplates") or ()
        ]
        return [claim for claim in found if claim is not None]

    def _create_claims(self, stateful_set: Object, pod: Object) -> None:
        """Create missing PVCs. Existing ones are used whatever their size or class."""
        problems: list[str] = []
        for claim in claims_for(stateful_set, ordinal_of(pod)).values():
            metadata = claim["metadata"]
            existing = self._informers.claims.get(metadata["namespace"], metadata["name"])
            if existing is None:
                try:
                    self._storage.create(CLAIMS, claim, manager=MANAGER)
                except ApiError as error:
                    problems.append(f"failed to create PVC {metadata['name']}: {error.message}")
                    self._record_claim(stateful_set, pod, claim, error)
                else:
                    self._record_claim(stateful_set, pod, claim, None)
            elif "deletionTimestamp" in existing["metadata"]:
                problems.append(f"pvc {metadata['name']} is being deleted")
        if problems:
            raise Retry(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")

    def _retain_claims(self, stateful_set: Object, pod: Object) -> None:
        for claim in self._claims(stateful_set, pod):
            if retention.owners_match(claim, stateful_set, pod):
                continue
            metadata = claim["metadata"]
            if retention.unexpected_controller(claim, stateful_set, pod):
                self._recorder.event(
                    STATEFUL_SETS,
                    stateful_set,
                    "Warning",
                    "ConflictingController",
                    f"PersistentVolumeClaim {metadata['namespace']}/{metadata['name']} has a conflicting "
                    "OwnerReference that acts as a manging controller, the retention policy is ignored for this claim",
                )
            self._storage.modify(
                CLAIMS,
                metadata["namespace"],
                metadata["name"],
                lambda one: retention.set_owners(one, stateful_set, pod),
                manager=MANAGER,
            )

    def _record_pod(self, stateful_set: Object, pod: Object, verb: str, error: ApiError | Retry | None) -> None:
        where = f"{verb.title()} Pod {pod['metadata']['name']} in StatefulSet {stateful_set['metadata']['name']}"
        self._record(stateful_set, verb, f"{where} failed error: {error}" if error else f"{where} successful", error)

    def _record_claim(self, stateful_set: Object, pod: Object, claim: Object, error: ApiError | None) -> None:
        name, of = claim["metadata"]["name"], stateful_set["metadata"]["name"]
        if error is None:
            text = f"Create Claim {name} Pod {pod['metadata']['name']} in StatefulSet {of} success"
        else:
            text = f"Create Claim {name} for Pod {pod['metadata']['name']} in StatefulSet {of} failed error: {error}"
        self._record(stateful_set, "create", text, error)

    def _record(self, stateful_set: Object, verb: str, message: str, error: ApiError | Retry | None) -> None:
        kind, reason = ("Warning", "Failed") if error else ("Normal", "Successful")
        self._recorder.event(STATEFUL_SETS, stateful_set, kind, reason + verb.title(), message)

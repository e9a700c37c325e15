"""The StatefulSet controller: its work queue, and adoption of pods and revisions.

Source: kubernetes/pkg/controller/statefulset/stateful_set.go, pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CONTROLLER_REVISIONS, PODS, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.identity import controller_reference, parent_and_ordinal
from stsview.simulator.controllers.informers import Informers, Key, controller_of, key_of, parent_key
from stsview.simulator.controllers.selectors import matches_selector
from stsview.simulator.controllers.statefulset import state
from stsview.simulator.controllers.statefulset.control import StatefulSetControl
from stsview.simulator.controllers.statefulset.pod_control import MANAGER, PodControl
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.engine import Engine
from stsview.simulator.labels import REGION, ZONE

COMPONENT = "statefulset-controller"


class StatefulSetController:
    """Syncs StatefulSets; its keys are sets."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        rules: MaxUnavailable = MaxUnavailable.OFF,
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self.control = StatefulSetControl(
            storage, PodControl(storage, informers, EventRecorder(sink, COMPONENT)), rules
        )
        informers.stateful_sets.add_event_handler(self._on_set)
        informers.pods.add_event_handler(self._on_pod)
        for key in informers.stateful_sets.objects:
            engine.enqueue(self, key)

    def reconcile(self, key: Key) -> float | None:
        stateful_set = self._informers.stateful_sets.get(*key)
        if stateful_set is None:
            return None
        selector = stateful_set["spec"].get("selector") or {}
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            return None
        self._adopt_revisions(stateful_set, selector)
        pods = self._claim_pods(stateful_set, selector)
        owned = self._informers.revisions.by_index("owner", stateful_set["metadata"]["uid"])
        self.control.sync(stateful_set, pods, owned)
        return self._until_available(stateful_set, pods)

    def _until_available(self, stateful_set: Object, pods: list[Object]) -> float | None:
        """Seconds until the next pod has been ready for minReadySeconds."""
        seconds = stateful_set["spec"].get("minReadySeconds") or 0
        if not seconds:
            return None
        now = self._storage.clock.now()
        moments = [moment for pod in pods if (moment := state.available_at(pod, seconds)) and moment > now]
        return (min(moments) - now).total_seconds() if moments else None

    def _adopt_revisions(self, stateful_set: Object, selector: Object) -> None:
        namespace = stateful_set["metadata"]["namespace"]
        if "deletionTimestamp" in stateful_set["metadata"]:
            return
        for revision in self._informers.revisions.by_index("orphan", namespace):
            metadata = revision["metadata"]
            if matches_selector(selector, revision):
                self._adopt(CONTROLLER_REVISIONS, stateful_set, metadata["name"])

    def _claim_pods(self, stateful_set: Object, selector: Object) -> list[Object]:
        """The set's pods, after adopting matching orphans and releasing the others."""
        metadata = stateful_set["metadata"]
        claimed = []
        for pod in self._informers.pods.by_index("parent", parent_key(metadata["namespace"], metadata["name"])):
            controller = controller_of(pod)
            matches = matches_selector(selector, pod)
            if controller is not None:
                if controller["uid"] != metadata["uid"]:
                    continue
                if matches:
                    claimed.append(pod)
                elif "deletionTimestamp" not in metadata:
                    self._release(pod, metadata["uid"])
            elif matches and "deletionTimestamp" not in metadata and not state.is_terminating(pod):
                claimed.append(self._adopt(PODS, stateful_set, pod["metadata"]["name"]))
        return claimed

    def _adopt(self, resource: Resource, stateful_set: Object, name: str) -> Object:
        reference = controller_reference(stateful_set)

        def adopt(obj: Object) -> None:
            obj["metadata"].setdefault("ownerReferences", []).append(reference)

        return self._storage.modify(
            resource,
            stateful_set["metadata"]["namespace"],
            name,
            adopt,
            manager=MANAGER,
        )

    def _release(self, pod: Object, uid: str) -> None:
        def disown(obj: Object) -> None:
            kept = [one for one in obj["metadata"].get("ownerReferences") or () if one["uid"] != uid]
            if kept:
                obj["metadata"]["ownerReferences"] = kept
            else:
                obj["metadata"].pop("ownerReferences", None)

        try:
            self._storage.modify(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"], disown, manager=MANAGER)
        except ApiError as error:
            if error.reason != "NotFound":
                raise

    def _on_set(self, before: Object | None, after: Object | None) -> None:
        """Enqueue a changed set, unless only counters in its status changed.

        The real controller also syncs for those, and finds nothing to do.
        """
        if after is not None and (before is None or _desired_state(before) != _desired_state(after)):
            self._engine.enqueue(self, key_of(after))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        """Enqueue the set that owns, or owned, a changed pod.

        An orphan concerns the set whose name is the prefix of its own. A change that no sync depends on, such as the
        node, enqueues nothing; the real controller syncs for each.
        """
        if before is not None and after is not None and _synced_fields(before) == _synced_fields(after):
            return
        owners = [self._owner_of(pod) for pod in (before, after) if pod is not None]
        changed = (
            before is None
            or after is None
            or before["metadata"].get("labels") != after["metadata"].get("labels")
            or controller_of(before) != controller_of(after)
        )
        if after is not None and controller_of(after) is None and changed:
            metadata = after["metadata"]
            owners.append(Key(metadata["namespace"], parent_and_ordinal(metadata["name"])[0]))
        for key in owners:
            if key is not None and key in self._informers.stateful_sets.objects:
                self._engine.enqueue(self, key)

    def _owner_of(self, pod: Object) -> Key | None:
        controller = controller_of(pod)
        if controller is None or controller["kind"] != "StatefulSet":
            return None
        key = Key(pod["metadata"]["namespace"], controller["name"])
        stateful_set = self._informers.stateful_sets.objects.get(key)
        return key if stateful_set and stateful_set["metadata"]["uid"] == controller["uid"] else None


def _desired_state(stateful_set: Object) -> Any:
    """Everything of a set but its status.

    The current revision counts, because history is truncated after a promotion.
    """
    metadata = stateful_set["metadata"]
    names = ("generation", "deletionTimestamp", "annotations", "labels", "finalizers", "ownerReferences")
    current = (stateful_set.get("status") or {}).get("currentRevision")
    return [metadata.get(name) for name in names], stateful_set["spec"], current


def _synced_fields(pod: Object) -> Any:
    """The fields of a pod that a sync depends on."""
    metadata, ready = pod["metadata"], state.condition(pod, "Ready")
    return (
        state.phase_of(pod),
        ready.get("lastTransitionTime") if ready is not None and ready["status"] == "True" else None,
        state.is_terminating(pod),
        [label for label in (metadata.get("labels") or {}).items() if label[0] not in (ZONE, REGION)],
        metadata.get("ownerReferences"),
    )

"""The disruption controller: how many evictions a PodDisruptionBudget allows.

Source: kubernetes/pkg/controller/disruption/disruption.go.
"""

from __future__ import annotations

from datetime import timedelta

from stsview.simulator.apiserver.resources import BUDGETS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, instant, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, Key, controller_of, key_of
from stsview.simulator.controllers.selectors import matches_selector
from stsview.simulator.controllers.statefulset.state import is_ready, is_terminating, phase_of
from stsview.simulator.engine import Engine

MANAGER = "kube-controller-manager"
DISRUPTION_SECONDS = 120.0
"""Seconds for which a granted eviction counts although its pod is not terminating (DeletionTimeout)."""


class DisruptionController:
    """Writes the status of PodDisruptionBudgets; its keys are budgets."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers, sink: EventSink) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._recorder = EventRecorder(sink, "controllermanager")
        informers.budgets.add_event_handler(self._on_budget)
        informers.pods.add_event_handler(self._on_pod)
        informers.stateful_sets.add_event_handler(self._on_set)

    def reconcile(self, key: Key) -> float | None:
        budget = self._informers.budgets.get(*key)
        if budget is None:
            return None
        pods = [
            pod
            for pod in self._informers.pods.by_index("namespace", key.namespace)
            if matches_selector(budget["spec"].get("selector"), pod)
        ]
        expected, desired = self._expected(budget, pods)
        self._record_unmanaged(budget, pods)
        disrupted, again = self._disrupted(budget, pods)
        healthy = sum(
            is_ready(pod) and not is_terminating(pod) and pod["metadata"]["name"] not in disrupted for pod in pods
        )
        allowed = max(0, healthy - desired) if expected > 0 else 0
        self._write(budget, expected, desired, healthy, allowed, disrupted)
        return again

    def _expected(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """The number of expected pods, and how many of them must stay healthy."""
        spec = budget["spec"]
        if "maxUnavailable" in spec:
            count = self._scale(pods)
            return count, max(0, count - _resolve(spec["maxUnavailable"], count))
        minimum = spec.get("minAvailable", 1)
        if isinstance(minimum, int):
            return len(pods), minimum
        count = self._scale(pods)
        return count, _resolve(minimum, count)

    def _record_unmanaged(self, budget: Object, pods: list[Object]) -> None:
        """Pods without a controller count for nothing, unless `minAvailable` is a number."""
        counts = "maxUnavailable" not in budget["spec"] and isinstance(budget["spec"].get("minAvailable", 1), int)
        if counts or all(controller_of(pod) is not None for pod in pods):
            return
        selector = budget["spec"].get("selector") or {}
        labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
        requirements = "MatchExpressions:[]LabelSelectorRequirement{}"
        shown = f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},{requirements},}}"
        text = (
            f"Pods selected by this PodDisruptionBudget (selector: {shown}) were found to be unmanaged. As a result, "
            "the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account "
            'for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
        )
        self._recorder.event(BUDGETS, budget, "Warning", "UnmanagedPods", text)

    def _scale(self, pods: list[Object]) -> int:
        """The sum of the replicas of the pods' StatefulSets (getExpectedScale)."""
        total = 0
        seen: set[str] = set()
        for pod in pods:
            controller = controller_of(pod)
            if controller is None or controller["uid"] in seen:
                continue
            seen.add(controller["uid"])
            owner = self._informers.stateful_sets.get(pod["metadata"]["namespace"], controller["name"])
            if owner is not None:
                total += owner["spec"]["replicas"]
        return total

    def _disrupted(self, budget: Object, pods: list[Object]) -> tuple[dict[str, str], float | None]:
        """Granted evictions whose pods are not terminating yet.

        Also returns the seconds until the first of them expires.
        """
        now = self._storage.clock.now()
        here = {pod["metadata"]["name"]: pod for pod in pods}
        left: dict[str, str] = {}
        waits = []
        for name, granted in (budget["status"].get("disruptedPods") or {}).items():
            pod = here.get(name)
            if pod is None or is_terminating(pod) or phase_of(pod) in ("Succeeded", "Failed"):
                continue
            lapse = instant(granted) + timedelta(seconds=DISRUPTION_SECONDS)
            if lapse > now:
                left[name] = granted
                waits.append((lapse - now).total_seconds())
        return left, min(waits) if waits else None

    def _write(
        self, budget: Object, expected: int, desired: int, healthy: int, allowed: int, disrupted: dict[str, str]
    ) -> None:
        generation = budget["metadata"].get("generation", 0)
        old = next(
            (one for one in budget["status"].get("conditions") or () if one["type"] == "DisruptionAllowed"), None
        )
        word = "True" if allowed else "False"
        now = timestamp(self._storage.clock.now())
        condition = {
            "type": "DisruptionAllowed",
            "status": word,
            "observedGeneration": generation,
            "lastTransitionTime": old["lastTransitionTime"] if old and old["status"] == word else now,
            "reason": "SufficientPods" if allowed else "InsufficientPods",
            "message": "",
        }
        status = {
            "observedGeneration": generation,
            **({"disruptedPods": disrupted} if disrupted else {}),
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
            "conditions": [condition],
        }
        if status == budget["status"]:
            return
        metadata = budget["metadata"]
        self._storage.modify(
            BUDGETS,
            metadata["namespace"],
            metadata["name"],
            lambda one: one.update(status=status),
            subresource="status",
            manager=MANAGER,
        )

    def _on_budget(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self._engine.enqueue(self, key_of(after))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        pod = after or before
        if pod is not None:
            self._enqueue_namespace(pod["metadata"]["namespace"], pod)

    def _on_set(self, before: Object | None, after: Object | None) -> None:
        if before is not None and after is not None and before["spec"]["replicas"] != after["spec"]["replicas"]:
            self._enqueue_namespace(after["metadata"]["namespace"], None)

    def _enqueue_namespace(self, namespace: str, pod: Object | None) -> None:
        for budget in self._informers.budgets.by_index("namespace", namespace):
            if pod is None or matches_selector(budget["spec"].get("selector"), pod):
                self._engine.enqueue(self, key_of(budget))


def _resolve(limit: int | str, count: int) -> int:
    """A number of pods, or a percentage rounded up."""
    return -(-count * int(limit.rstrip("%")) // 100) if isinstance(limit, str) else limit

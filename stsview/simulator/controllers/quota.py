"""ResourceQuotas: the admission plug-in and the controller.

Source: kubernetes/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota, pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, PODS, RESOURCE_QUOTAS, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.compute_resources import requested
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.controllers.statefulset.state import phase_of
from stsview.simulator.engine import Engine
from stsview.simulator.quantities import in_bytes, in_millicpus
from stsview.simulator.storage_classes import class_of

MANAGER = "kube-controller-manager"
_BYTES = ("requests.memory", "memory", "requests.storage")
_OF_CLASS = ".storageclass.storage.k8s.io/"


class QuotaController:
    """Counts pods and PVCs, and what they request."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        storage.admitters.append(self.admit)
        storage.update_admitters.append(self.admit_update)
        informers.quotas.add_event_handler(self._on_quota)
        informers.pods.add_event_handler(self._on_counted)
        informers.claims.add_event_handler(self._on_counted)

    def admit(self, resource: Resource, obj: Object) -> None:
        """Refuse an object that exceeds a quota of its namespace.

        Raises `ApiError` 403.
        """
        if resource in (PODS, CLAIMS):
            self._check(resource, obj, _cost(resource, obj))

    def admit_update(self, resource: Resource, old: Object, new: Object) -> None:
        """Refuse a claim whose larger request exceeds a quota of its namespace.

        Raises `ApiError` 403, which names the difference as requested.
        """
        if resource is not CLAIMS or old["spec"] == new["spec"]:
            return
        before, after = _cost(resource, old), _cost(resource, new)
        self._check(resource, new, {name: more for name in after if (more := after[name] - before.get(name, 0)) > 0})

    def _check(self, resource: Resource, obj: Object, wanted: dict[str, int]) -> None:
        namespace = obj["metadata"]["namespace"]
        for quota in self._quotas(namespace):
            hard = quota["spec"].get("hard") or {}
            names = sorted(set(hard) & set(wanted))
            used = self._used(namespace, names)
            over = [name for name in names if used[name] + wanted[name] > _number(name, hard[name])]
            if over:
                asked = ",".join(f"{name}={_text(name, wanted[name])}" for name in over)
                spent = ",".join(f"{name}={_text(name, used[name])}" for name in over)
                limit = ",".join(f"{name}={hard[name]}" for name in over)
                why = (
                    f"exceeded quota: {quota['metadata']['name']}, requested: {asked}, used: {spent}, limited: {limit}"
                )
                raise ApiError.forbidden(resource, obj["metadata"]["name"], why)

    def reconcile(self, key: Key) -> float | None:
        quota = self._informers.quotas.get(*key)
        if quota is None:
            return None
        hard = quota["spec"].get("hard") or {}
        used = self._used(key.namespace, sorted(hard))
        status = {"hard": dict(hard), "used": {name: _text(name, number) for name, number in used.items()}}
        self._storage.modify(
            RESOURCE_QUOTAS,
            key.namespace,
            key.name,
            lambda one: one.update(status=status),
            subresource="status",
            manager=MANAGER,
        )
        return None

    def _quotas(self, namespace: str) -> list[Object]:
        return [quota for key, quota in self._informers.quotas.objects.items() if key.namespace == namespace]

    def _used(self, namespace: str, names: list[str]) -> dict[str, int]:
        used = dict.fromkeys(names, 0)
        pods = self._informers.pods.by_index("namespace", namespace)
        live = [(PODS, pod) for pod in pods if phase_of(pod) not in ("Succeeded", "Failed")]
        claims = [(CLAIMS, one) for key, one in self._informers.claims.objects.items() if key.namespace == namespace]
        for resource, obj in live + claims:
            for name, number in _cost(resource, obj).items():
                if name in used:
                    used[name] += number
        return used

    def _on_quota(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self._engine.enqueue(self, key_of(after))

    def _on_counted(self, before: Object | None, after: Object | None) -> None:
        counted = after or before
        if counted is None or not self._informers.quotas.objects:
            return
        for quota in self._quotas(counted["metadata"]["namespace"]):
            self._engine.enqueue(self, key_of(quota))


def _cost(resource: Resource, obj: Object) -> dict[str, int]:
    if resource is CLAIMS:
        # After a failed expansion the size that was tried counts, until a smaller one succeeds (getStorageUsage).
        allocated = ((obj.get("status") or {}).get("allocatedResources") or {}).get("storage", "0")
        size = max(in_bytes(obj["spec"]["resources"]["requests"]["storage"]), in_bytes(allocated))
        cost = {"persistentvolumeclaims": 1, "count/persistentvolumeclaims": 1, "requests.storage": size}
        if name := class_of(obj):
            cost[f"{name}{_OF_CLASS}persistentvolumeclaims"] = 1
            cost[f"{name}{_OF_CLASS}requests.storage"] = size
        return cost
    amount = requested(obj)
    return {
        "pods": 1,
        "count/pods": 1,
        "requests.cpu": amount.millicpus,
        "cpu": amount.millicpus,
        "requests.memory": amount.memory,
        "memory": amount.memory,
    }


def _is_bytes(name: str) -> bool:
    return name in _BYTES or name.endswith(f"{_OF_CLASS}requests.storage")


def _number(name: str, quantity: str) -> int:
    if name.endswith("cpu"):
        return in_millicpus(str(quantity))
    if _is_bytes(name):
        return in_bytes(str(quantity))
    return int(quantity)


def _text(name: str, number: int) -> str:
    if name.endswith("cpu"):
        return f"{number}m" if number % 1000 else str(number // 1000)
    if _is_bytes(name) and number:
        for power, unit in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
            if number % 1024**power == 0:
                return f"{number // 1024**power}{unit}"
    return str(number)

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

MANAGER = "kube-controller-manager"
_BYTES = ("requests.memory", "memory", "requests.storage")


class QuotaController:
    """Counts pods and PVCs, and what they request."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        storage.admitters.append(self.admit)
        informers.quotas.add_event_handler(self._on_quota)
        informers.pods.add_event_handler(self._on_counted)
        informers.claims.add_event_handler(self._on_counted)

    def admit(self, resource: Resource, obj: Object) -> None:
        """Refuse an object that exceeds a quota of its namespace.

        Raises `ApiError` 403.
        """
        if resource not in (PODS, CLAIMS):
            return
        namespace = obj["metadata"]["namespace"]
        wanted = _cost(resource, obj)
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
        size = in_bytes(obj["spec"]["resources"]["requests"]["storage"])
        return {"persistentvolumeclaims": 1, "count/persistentvolumeclaims": 1, "requests.storage": size}
    amount = requested(obj)
    return {
        "pods": 1,
        "count/pods": 1,
        "requests.cpu": amount.millicpus,
        "cpu": amount.millicpus,
        "requests.memory": amount.memory,
        "memory": amount.memory,
    }


def _number(name: str, quantity: str) -> int:
    if name.endswith("cpu"):
        return in_millicpus(str(quantity))
    if name in _BYTES:
        return in_bytes(str(quantity))
    return int(quantity)


def _text(name: str, number: int) -> str:
    if name.endswith("cpu"):
        return f"{number}m" if number % 1000 else str(number // 1000)
    if name in _BYTES and number:
        for power, unit in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
            if number % 1024**power == 0:
                return f"{number // 1024**power}{unit}"
    return str(number)

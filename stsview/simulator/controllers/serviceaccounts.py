"""The service accounts controller: every active namespace has the ServiceAccount `default`.

Source: kubernetes/pkg/controller/serviceaccount/serviceaccounts_controller.go. Tokens are not simulated.
"""

from __future__ import annotations

from stsview.simulator.apiserver.resources import SERVICE_ACCOUNTS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.engine import Engine

MANAGER = "kube-controller-manager"
NAME = "default"


class ServiceAccountsController:
    """Creates the ServiceAccount `default`; its keys are namespaces."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        informers.namespaces.add_event_handler(self._on_namespace)
        informers.service_accounts.add_event_handler(self._on_service_account)
        for key in informers.namespaces.objects:
            engine.enqueue(self, key.name)

    def reconcile(self, key: str) -> float | None:
        namespace = self._informers.namespaces.get("", key)
        if namespace is None or "deletionTimestamp" in namespace["metadata"]:
            return None
        if self._informers.service_accounts.get(key, NAME) is None:
            account = {"metadata": {"name": NAME, "namespace": key}}
            self._storage.create(SERVICE_ACCOUNTS, account, manager=MANAGER)
        return None

    def _on_namespace(self, before: Object | None, after: Object | None) -> None:
        if before is None and after is not None:
            self._engine.enqueue(self, after["metadata"]["name"])

    def _on_service_account(self, before: Object | None, after: Object | None) -> None:
        if after is None and before is not None and before["metadata"]["name"] == NAME:
            self._engine.enqueue(self, before["metadata"]["namespace"])

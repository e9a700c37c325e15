"""What tests of ordered restarts ask for, and look at."""

from __future__ import annotations

from typing import Any

from stsview.actions.intent import RestartInOrder
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import BUDGETS, PODS
from tests.actions.conftest import Doorway

ZOOKEEPER = Key("default", "zookeeper")


def restart(doorway: Doorway, **options: Any) -> RestartInOrder:
    view = doorway.view()
    return RestartInOrder(ZOOKEEPER, view.uid, view.rollout.update, **options)


def uids(doorway: Doorway) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in doorway.cluster.storage.list(PODS, "default")}


def budget(doorway: Doorway, name: str = "zk", app: str = "zookeeper", **spec: Any) -> None:
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }
    doorway.cluster.storage.create(BUDGETS, body)
    doorway.cluster.engine.run_due()

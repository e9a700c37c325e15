"""An endless rollout: a new image again and again, slow enough to watch."""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.controllers.informers import Key, key_of
from stsview.simulator.scenarios.manifests import fault_annotations, with_service

PAUSE = 15.0
"""Seconds between the end of one rollout and the next image."""


class EndlessRollout:
    """A controller that sets the next image whenever a set's rollout is complete."""

    def __init__(self, cluster: SimulatedCluster, namespace: str, name: str, images: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._key = Key(namespace, name)
        self._images = images
        self._next_image = 0
        self._complete_since: float | None = None
        cluster.informers.stateful_sets.add_event_handler(self._on_set)
        cluster.engine.enqueue(self, self._key)

    def reconcile(self, key: Key) -> float | None:
        stateful_set = self._cluster.informers.stateful_sets.get(*self._key)
        if stateful_set is None or not _is_complete(stateful_set):
            self._complete_since = None
            return None
        now = self._cluster.timeline.monotonic()
        if self._complete_since is None:
            self._complete_since = now
        left = self._complete_since + PAUSE - now
        if left > 1e-6:
            return left
        self._next_image += 1
        self._complete_since = None
        self._cluster.set_image(*self._key, self._images[self._next_image % len(self._images)])
        return None

    def _on_set(self, before: Object | None, after: Object | None) -> None:
        if after is not None and key_of(after) == self._key:
            self._cluster.engine.enqueue(self, self._key)


def _is_complete(stateful_set: Object) -> bool:
    status, replicas = stateful_set["status"], stateful_set["spec"]["replicas"]
    return bool(
        status.get("observedGeneration") == stateful_set["metadata"]["generation"]
        and status.get("currentRevision") == status.get("updateRevision")
        and status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas") == replicas
    )


IMAGE = "docker.elastic.co/elasticsearch/elasticsearch"


def deploy(cluster: SimulatedCluster) -> None:
    """Apply a set that is slow to start and to stop, like Elasticsearch data nodes."""
    slow = fault_annotations(ready_after="18", stop_after="7")
    cluster.apply(
        with_service("elasticsearch", f"{IMAGE}:8.15.3", 8, storage="150Gi", annotations=slow, port=9300), "search"
    )


def start_rollouts(cluster: SimulatedCluster) -> None:
    EndlessRollout(
        cluster, "search", "elasticsearch", tuple(f"{IMAGE}:8.{patch}" for patch in ("15.3", "16.1", "17.0"))
    )


SCENARIO = Scenario(
    "rollout", "an endless rolling update of eight pods", (ago(deploy, days=12), ago(start_rollouts, minutes=2))
)

"""DELETE: grace periods of pods, finalizers, preconditions, propagation."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CLAIMS, CONFIG_MAPS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import claim, config_map, pod, stateful_set

POD = (PODS, "default", "web-0")


def _events(storage: Storage) -> list[tuple[str, Any, Any]]:
    recorded: list[tuple[str, Any, Any]] = []

    def record(event: Any) -> None:
        metadata = event.object["metadata"]
        recorded.append((event.type, metadata.get("deletionTimestamp"), metadata.get("deletionGracePeriodSeconds")))

    storage.subscribe(record)
    return recorded


def test_deleting_a_scheduled_pod_sets_its_deadline(storage: Storage) -> None:
    storage.create(PODS, pod(nodeName="n", terminationGracePeriodSeconds=40))
    recorded = _events(storage)
    answer = storage.delete(*POD)
    assert answer is storage.get(*POD)
    assert recorded == [("MODIFIED", "2026-01-01T00:00:40Z", 40)]
    assert answer["metadata"]["generation"] == 2


def test_confirmed_termination_sends_grace_zero_and_then_deletion(storage: Storage) -> None:
    storage.create(PODS, pod(nodeName="n"))
    storage.delete(*POD)
    recorded = _events(storage)
    storage.delete(*POD, grace_seconds=0)
    assert recorded == [("MODIFIED", "2026-01-01T00:00:00Z", 0), ("DELETED", "2026-01-01T00:00:00Z", 0)]
    assert storage.find(*POD) is None


@pytest.mark.parametrize("spec", [{}, {"nodeName": "n"}])
def test_an_unscheduled_or_terminated_pod_is_removed_at_once(storage: Storage, spec: dict[str, Any]) -> None:
    storage.create(PODS, pod(**spec))
    if spec:
        storage.modify(*POD, lambda one: one["status"].update(phase="Failed"), subresource="status")
    storage.delete(*POD)
    assert storage.find(*POD) is None


async def test_a_grace_period_can_only_be_shortened(storage: Storage, clock: ManualClock) -> None:
    storage.create(PODS, pod(nodeName="n", terminationGracePeriodSeconds=60))
    storage.delete(*POD)
    await clock.advance(10)
    recorded = _events(storage)
    storage.delete(*POD, grace_seconds=90)
    storage.delete(*POD)
    assert not recorded
    storage.delete(*POD, grace_seconds=30)
    assert recorded == [("MODIFIED", "2026-01-01T00:00:30Z", 30)]
    storage.delete(*POD, grace_seconds=5)
    assert recorded[1:] == [("MODIFIED", "2026-01-01T00:00:10Z", 5)], "never into the past"
    assert storage.get(*POD)["metadata"]["generation"] == 2


def test_a_negative_grace_is_one_second(storage: Storage) -> None:
    storage.create(PODS, pod(nodeName="n"))
    assert storage.delete(*POD, grace_seconds=-1)["metadata"]["deletionGracePeriodSeconds"] == 1


def test_force_keeps_finalizers_and_removing_them_removes_the_pod(storage: Storage) -> None:
    storage.create(PODS, {**pod(nodeName="n"), "metadata": {**pod()["metadata"], "finalizers": ["example.com/x"]}})
    storage.delete(*POD, grace_seconds=0)
    held = storage.get(*POD)["metadata"]
    assert held["deletionGracePeriodSeconds"] == 0
    recorded = _events(storage)
    storage.modify(*POD, lambda one: one["metadata"].update(finalizers=[]))
    assert recorded == [("DELETED", "2026-01-01T00:00:00Z", 0)]


def test_removing_finalizers_does_not_shorten_the_grace_period(storage: Storage) -> None:
    storage.create(PODS, {**pod(nodeName="n"), "metadata": {**pod()["metadata"], "finalizers": ["example.com/x"]}})
    storage.delete(*POD)
    storage.modify(*POD, lambda one: one["metadata"].update(finalizers=[]))
    assert storage.get(*POD)["metadata"]["deletionGracePeriodSeconds"] == 30


def test_a_claim_waits_for_its_protection(storage: Storage) -> None:
    storage.create(CLAIMS, claim())
    recorded = _events(storage)
    storage.delete(CLAIMS, "default", "data-web-0")
    storage.delete(CLAIMS, "default", "data-web-0")
    assert recorded == [("MODIFIED", "2026-01-01T00:00:00Z", 0)]
    storage.modify(CLAIMS, "default", "data-web-0", lambda one: one["metadata"].pop("finalizers"))
    assert storage.find(CLAIMS, "default", "data-web-0") is None


def test_no_finalizer_can_be_added_during_deletion(storage: Storage) -> None:
    storage.create(CLAIMS, claim())
    storage.delete(CLAIMS, "default", "data-web-0")
    with pytest.raises(ApiError, match="no new finalizers can be added if the object is being deleted") as refused:
        storage.modify(
            CLAIMS, "default", "data-web-0", lambda one: one["metadata"]["finalizers"].append("example.com/x")
        )
    assert refused.value.code == 422


@pytest.mark.parametrize(("propagation", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_propagation_leaves_a_finalizer_for_the_garbage_collector(
    storage: Storage, propagation: str, finalizer: str
) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    storage.delete(STATEFUL_SETS, "default", "web", propagation=propagation)
    metadata = storage.get(STATEFUL_SETS, "default", "web")["metadata"]
    assert metadata["finalizers"] == [finalizer]
    assert (metadata["deletionGracePeriodSeconds"], metadata["generation"]) == (0, 2)
    storage.delete(STATEFUL_SETS, "default", "web", propagation="Background")
    assert storage.find(STATEFUL_SETS, "default", "web") is None, "another policy removes the finalizer"


def test_without_a_policy_the_object_is_removed_at_once(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    storage.delete(STATEFUL_SETS, "default", "web")
    assert storage.find(STATEFUL_SETS, "default", "web") is None


def test_preconditions_are_checked_first(storage: Storage) -> None:
    made = storage.create(CONFIG_MAPS, config_map("a"))
    where = (CONFIG_MAPS, "default", "a")
    for condition in ({"uid": "other"}, {"resource_version": "1"}):
        with pytest.raises(ApiError) as refused:
            storage.delete(*where, **condition)  # type: ignore[arg-type]
        assert refused.value.code == 409
    metadata = made["metadata"]
    storage.delete(*where, uid=metadata["uid"], resource_version=metadata["resourceVersion"])
    assert storage.find(*where) is None


def test_remove_now_ignores_grace_and_finalizers(storage: Storage) -> None:
    storage.create(CLAIMS, claim())
    recorded = _events(storage)
    storage.remove_now(CLAIMS, "default", "data-web-0")
    assert recorded == [("DELETED", None, None)]

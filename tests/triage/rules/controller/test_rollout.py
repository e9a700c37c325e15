"""Rules about rollouts that wait for an operator."""

from __future__ import annotations

import pytest

from stsview.model.finding import Level, Remedy
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.model.views import Severity
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, Present
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet, UpdateStrategy
from stsview.triage.rules.controller.rollout import on_delete_pending, partition_blocks_update, partition_left_behind
from tests.support.model.build import OLD, around, at, owned_by, pod, rolling, starting, stateful_set, terminating
from tests.support.triage.judge import found, judged

DAY = 86_400
BY_HAND = UpdateStrategy(type="OnDelete")


def changed(partition: int, *, when: float = 0, annotations: dict[str, str] | None = None) -> StatefulSet:
    fields = FieldsV1(spec=FieldsOfSpec(template=Present()))
    entry = ManagedFieldsEntry(manager="kubectl", time=at(when), fields_v1=fields)
    strategy = rolling(partition)
    return stateful_set(3, current=OLD, strategy=strategy, managed_fields=(entry,), annotations=annotations or {})


CANARY = [pod(0, revision=OLD), pod(1, revision=OLD), pod(2)]
PAUSED = [pod(ordinal, revision=OLD) for ordinal in range(3)]


def test_an_old_partition_is_left_behind() -> None:
    objects = around(changed(2), CANARY)
    (finding,) = found(partition_left_behind, objects, 4 * DAY)
    assert finding.headline == "partition 2 left behind: web-0 and web-1 stay on old"
    assert (finding.level, finding.since, finding.ordinals) == (Level.NOTICE, at(0), (0, 1))
    assert finding.remedies[0].command.startswith("kubectl -n default patch statefulset web --type=merge -p ")
    view = judged(objects, 4 * DAY)
    assert (view.severity, view.why.headline) == (Severity.ROLLING, "held by partition 2"), "not urgent"


def test_a_recent_canary_is_deliberate() -> None:
    objects = around(changed(2), CANARY)
    assert judged(objects, 2 * DAY).findings == ()
    assert found(partition_left_behind, around(changed(2, when=3 * DAY), CANARY), 4 * DAY) == ()
    assert found(partition_left_behind, around(changed(2), [*CANARY[:2], starting(2)]), 4 * DAY) == ()
    assert (
        found(partition_left_behind, around(stateful_set(3, strategy=rolling(2)), [pod(0), pod(1), pod(2)]), 4 * DAY)
        == ()
    )


def test_without_a_trace_of_the_change_its_age_counts_from_first_sight() -> None:
    objects = around(stateful_set(3, current=OLD, strategy=rolling(2)), CANARY)
    assert found(partition_left_behind, objects, 10 * DAY) == ()
    (finding,) = found(partition_left_behind, objects, 10 * DAY, first_seen=6 * DAY)
    assert finding.since == at(6 * DAY)


@pytest.mark.parametrize("partition", [3, 5])
def test_a_partition_above_all_pods_blocks_the_update(partition: int) -> None:
    objects = around(changed(partition), PAUSED)
    (finding,) = found(partition_blocks_update, objects, 2 * 3600)
    assert finding.headline == f"partition {partition} blocks the update of all 3 pods"
    assert finding.remedies[0].action == "canary-next", "no saved partition to resume to"
    assert found(partition_left_behind, objects, 10 * DAY) == ()


def test_a_partition_set_by_stsview_is_restored() -> None:
    def remedy(**annotations: str) -> Remedy:
        held = changed(2, annotations=annotations)
        (finding,) = found(partition_left_behind, around(held, CANARY), 4 * DAY)
        return finding.remedies[0]

    paused = remedy(**{PAUSED_PARTITION: "0", CANARY_PARTITION: "1"})
    assert paused.text == (
        "resume the rollout at partition 0, its value before the pause: replaces the remaining pods, the highest first"
    )
    assert paused.action == "resume"
    assert '{"annotations":{"stsview.io/paused-partition":null}}' in paused.command
    canary = remedy(**{CANARY_PARTITION: "1"})
    assert (
        canary.text == "finish the canary at partition 1, its value before the canary: "
        "replaces the pods at or above partition 1, the highest first"
    )
    assert (canary.action, '"partition":1' in canary.command) == ("canary-next", True)
    assert remedy(**{PAUSED_PARTITION: "x"}).text.startswith("lower the partition to 0: replaces the remaining pods")


def test_a_recently_paused_rollout_is_deliberate() -> None:
    assert judged(around(changed(3), PAUSED), 1800).findings == ()
    assert found(partition_blocks_update, around(changed(2), CANARY), DAY) == ()


def test_on_delete_needs_manual_deletion() -> None:
    objects = around(stateful_set(3, current=OLD, strategy=BY_HAND), [pod(0), *PAUSED[1:]])
    (finding,) = found(on_delete_pending, objects)
    assert finding.headline == "web-1 and web-2: need manual deletion (OnDelete) to move to new"
    assert (finding.level, finding.ordinals) == (Level.NOTICE, (1, 2))
    assert [(remedy.action, remedy.text) for remedy in finding.remedies] == [
        ("ordered-restart", "update web-2 and web-1 to new, one at a time, each when all others are available"),
        ("delete-pod", "or delete web-2 yourself: the controller recreates it on new; continue when it is Ready"),
    ]
    unsettled = around(stateful_set(3, current=OLD, strategy=BY_HAND), [starting(0), *PAUSED[1:]])
    assert [one.next for one in found(on_delete_pending, unsettled)] == ["wait until all pods are Ready"]


def test_an_operator_gets_time_to_delete_pods_itself() -> None:
    owner = owned_by("redis-uid", "Redis", "redis")
    owned = around(stateful_set(3, current=OLD, strategy=BY_HAND, owner_references=owner), PAUSED)
    assert found(on_delete_pending, owned, 1800) == ()
    assert len(found(on_delete_pending, owned, 7200, first_seen=60)) == 1


@pytest.mark.parametrize(
    ("stateful", "last"),
    [
        (stateful_set(1, strategy=BY_HAND), pod(0)),
        (stateful_set(1, current=OLD, strategy=BY_HAND), terminating(0, asked=50, revision=OLD)),
        (stateful_set(1, current=OLD), pod(0, revision=OLD)),
        (stateful_set(1, current=OLD, strategy=BY_HAND, deletion_timestamp=at(50)), pod(0, revision=OLD)),
    ],
)
def test_no_finding_without_pods_to_delete_manually(stateful: StatefulSet, last: Pod) -> None:
    assert found(on_delete_pending, around(stateful, [last])) == ()

"""What the controller waits for: the decisions of updateStatefulSet, one case each."""

from __future__ import annotations

from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity, Wait, WaitReason
from stsview.objects.kinds import PODS
from stsview.objects.statefulset import UpdateStrategy
from tests.support.model.build import (
    NEW,
    OLD,
    around,
    at,
    condition,
    crashing,
    look,
    pod,
    rolling,
    row,
    starting,
    stateful_set,
    terminating,
    view_of,
    waiting,
    without,
)

BAD = "web-bad"


def short(wait: Wait) -> tuple[WaitReason, int | None, Severity]:
    return wait.reason, wait.ordinal, wait.severity


def test_a_settled_set_waits_for_nothing() -> None:
    view = look(stateful_set(3), [pod(0), pod(1), pod(2)])
    assert view.wait == Wait(WaitReason.NOTHING)
    assert (view.severity, view.severity_since) == (Severity.HEALTHY, None)
    assert not any(r.next for r in view.ordinals)


def test_without_readable_pods_the_wait_is_unknown() -> None:
    view = view_of(around(stateful_set(3, status={"ready_replicas": 2}), [], coverage=without(PODS)))
    assert short(view.wait) == (WaitReason.UNREAD, None, Severity.UNKNOWN)
    assert view.wait.detail == "you may not list pods"
    assert [r.state.label for r in view.ordinals] == ["unknown"] * 3
    assert view.ready == 2


def test_a_generation_that_is_not_observed_counts_only_after_a_while() -> None:
    lagging = stateful_set(1, generation=7, observed=6)
    assert look(lagging, [pod(0)], 39, first_seen=10).wait.reason is WaitReason.NOTHING
    view = look(lagging, [pod(0)], 40, first_seen=10)
    assert short(view.wait) == (WaitReason.NOT_OBSERVED, None, Severity.STUCK)
    assert view.wait.detail == "generation 7 not observed yet (last observed: 6)"
    assert view.severity_since == at(10)


def test_an_inactive_controller_comes_first() -> None:
    view = look(stateful_set(2, generation=7, observed=6), [crashing(0)], 60, first_seen=10)
    assert view.wait.reason is WaitReason.NOT_OBSERVED


def test_a_set_that_is_being_deleted_names_its_finalizers() -> None:
    going = stateful_set(1, deletion_timestamp=at(10), finalizers=("foregroundDeletion",))
    view = look(going, [terminating(0, asked=10)], 20)
    assert short(view.wait) == (WaitReason.DELETING, None, Severity.ROLLING)
    assert view.wait.detail == "finalizers foregroundDeletion"
    assert look(going, [], 611).wait.severity is Severity.STUCK


def test_with_ordered_ready_the_lowest_unavailable_pod_holds_up_the_rest() -> None:
    view = look(stateful_set(4), [pod(0), starting(1), crashing(2)])
    assert short(view.wait) == (WaitReason.NOT_READY, 1, Severity.ROLLING)
    assert view.wait.headline == "waits for web-1"
    assert view.wait.so == "web-3 is not created until web-1 is Ready"
    assert view.wait.next == "then web-3 is created"
    assert row(view, 3).next


def test_each_state_of_the_blocking_pod_has_its_reason() -> None:
    pending = pod(1, phase="Pending", node="", containers=(), conditions=[condition("PodScheduled", "False")])
    cases = {
        WaitReason.TERMINATING: terminating(1, asked=50),
        WaitReason.PENDING: pending,
        WaitReason.FAILED: pod(1, phase="Failed", ready="False"),
        WaitReason.NOT_READY: starting(1),
    }
    for reason, blocker in cases.items():
        assert look(stateful_set(2), [pod(0), blocker]).wait.reason is reason


def test_min_ready_seconds_are_waited_for() -> None:
    view = look(stateful_set(2, min_ready_seconds=30), [pod(0), pod(1, ready_since=50)])
    assert short(view.wait) == (WaitReason.WARMING_UP, 1, Severity.ROLLING)
    assert (view.ready, view.available) == (2, 1)
    assert row(view, 1).state.until == at(80)
    assert view.next_change == at(80)


def test_a_pod_stuck_in_termination() -> None:
    view = look(stateful_set(3), [pod(0), terminating(1, asked=10), pod(2)], 100)
    assert short(view.wait) == (WaitReason.TERMINATING, 1, Severity.STUCK)
    assert view.wait.headline == "web-1 stuck Terminating"
    assert view.severity_since == at(10)


def test_the_time_of_the_deletion_request_survives_a_new_deadline() -> None:
    asked = look(stateful_set(1), [terminating(0, asked=40)], 45)
    objects = around(stateful_set(1), [terminating(0, asked=40)])
    seen = derive(objects, {}, at(41), at(41), ModelSettings())[1]
    confirmed = around(stateful_set(1), [terminating(0, asked=60, grace=0, phase="Succeeded", ready="False")])
    later = derive(confirmed, seen, at(60), at(60), ModelSettings())[0]
    assert row(asked, 0).state.since == at(40)
    assert row(later, 0).state.since == at(41)


def test_the_highest_old_pod_is_next_to_be_replaced() -> None:
    view = look(stateful_set(3, current=OLD), [pod(0, revision=OLD), pod(1, revision=OLD), pod(2)], first_seen=50)
    assert short(view.wait) == (WaitReason.REPLACING, 1, Severity.ROLLING)
    assert view.wait.detail == "from old to new"
    assert [r.next for r in view.ordinals] == [False, True, False]


def test_an_overdue_replacement_is_stuck() -> None:
    pods = [pod(0, revision=OLD), pod(1)]
    assert look(stateful_set(2, current=OLD), pods, 79, first_seen=50).severity is Severity.ROLLING
    view = look(stateful_set(2, current=OLD), pods, 80, first_seen=50)
    assert (view.severity, view.wait.headline) == (Severity.STUCK, "web-0 is not replaced")


def test_a_broken_rollout_needs_a_rollback_and_a_deletion() -> None:
    image = waiting("ImagePullBackOff", "not found")
    broken = pod(2, revision=NEW, phase="Pending", ready="False", containers=[image])
    view = look(stateful_set(3, current=OLD), [pod(0, revision=OLD), pod(1, revision=OLD), broken])
    assert short(view.wait) == (WaitReason.PENDING, 2, Severity.STUCK)
    assert view.wait.detail == "image web:1 cannot be pulled"
    assert view.wait.so == "web-1 and web-0 stay on old until web-2 is Ready"
    assert (
        view.wait.next == "check image and registry; roll back to old and delete web-2: a rollback alone does not help"
    )
    assert row(view, 1).next


def test_after_a_rollback_the_broken_pod_must_be_deleted_though_revisions_are_equal() -> None:
    view = look(stateful_set(3, current=NEW), [pod(0), pod(1), crashing(2, revision=BAD)])
    assert (view.rollout.current, view.rollout.update) == (NEW, NEW)
    assert short(view.wait) == (WaitReason.NOT_READY, 2, Severity.STUCK)
    assert view.wait.next == "delete web-2 to move it to new: a rollback alone does not help"
    assert not row(view, 2).next


def test_below_the_partition_deleting_does_not_help() -> None:
    pods = [crashing(0, revision=OLD), pod(1)]
    view = look(stateful_set(2, current=OLD, strategy=rolling(partition=1)), pods)
    assert view.wait.next == "web-0 is below partition 1: if deleted, it is recreated on old"


def test_a_broken_first_template_has_no_revision_to_roll_back_to() -> None:
    view = look(stateful_set(2), [crashing(0)])
    assert view.wait.next == (
        "view the logs of its previous run; a template change does not replace web-0 until you delete it"
    )


def test_a_held_canary_is_no_problem() -> None:
    pods = [pod(0, revision=OLD), pod(1, revision=OLD), pod(2)]
    view = look(stateful_set(3, current=OLD, strategy=rolling(partition=2)), pods)
    assert short(view.wait) == (WaitReason.PARTITION, None, Severity.ROLLING)
    assert (view.wait.headline, view.wait.detail) == ("held by partition 2", "web-0 and web-1 stay on old")


def test_a_partition_that_reaches_no_pod_is_reported() -> None:
    view = look(stateful_set(1, current=OLD, strategy=rolling(partition=7)), [pod(0, revision=OLD)])
    assert view.wait.headline == "held by partition 7"
    assert view.wait.detail == "no pod is updated (1 replica); web-0 stays on old"


def test_a_partition_without_an_update_is_not_reported() -> None:
    assert look(stateful_set(1, strategy=rolling(partition=1)), [pod(0)]).wait.reason is WaitReason.NOTHING


def test_on_delete_counts_the_outdated_pods() -> None:
    pods = [pod(0, revision=OLD), pod(1), pod(2, revision=OLD)]
    view = look(stateful_set(3, current=OLD, strategy=UpdateStrategy(type="OnDelete")), pods)
    assert short(view.wait) == (WaitReason.ON_DELETE, None, Severity.ROLLING)
    assert view.wait.headline == "2 pods need manual deletion (OnDelete)"
    assert not any(r.next for r in view.ordinals)


def test_an_unknown_strategy_is_reported_by_name() -> None:
    recreate = UpdateStrategy(type="Recreate")
    view = look(stateful_set(1, current=OLD, strategy=recreate), [pod(0, revision=OLD)])
    assert (view.rollout.strategy, view.wait.detail) == ("Recreate", "Recreate: web-0 not at new yet")


def test_with_ordered_ready_the_highest_surplus_pod_is_removed_first() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), pod(2)], first_seen=50)
    assert short(view.wait) == (WaitReason.SCALING_DOWN, 2, Severity.ROLLING)
    assert view.wait.headline == "web-2 is next to be removed"
    assert row(view, 2).next


def test_scaling_down_waits_for_the_terminating_pod() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), terminating(2, asked=50)])
    assert (view.wait.headline, view.wait.so) == ("waits for web-2", "web-1 is not removed until web-2 is gone")
    assert view.wait.next == "then web-1 is removed"


def test_an_overdue_removal_is_stuck() -> None:
    assert look(stateful_set(1), [pod(0), pod(1)], 80, first_seen=50).severity is Severity.STUCK


def test_expected_pods_come_before_surplus_ones() -> None:
    view = look(stateful_set(1), [crashing(0), pod(1)])
    assert short(view.wait) == (WaitReason.NOT_READY, 0, Severity.STUCK)
    assert view.wait.so == "web-1 is not removed until web-0 is Ready"


def test_a_single_surplus_pod_is_removed_though_not_ready() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), crashing(2)], first_seen=50)
    assert (view.wait.headline, view.severity) == ("web-2 is next to be removed", Severity.ROLLING)


def test_two_surplus_pods_that_are_not_ready_wait_for_each_other() -> None:
    view = look(stateful_set(1), [pod(0), crashing(1), crashing(2)])
    assert short(view.wait) == (WaitReason.SCALING_DOWN, 1, Severity.STUCK)
    assert view.wait.headline == "waits for web-1"
    assert view.wait.detail == "scale-down stuck: web-2 and web-1 are both not Ready"
    assert view.wait.next == "delete web-2: it is beyond the replica count"


def test_two_starting_surplus_pods_are_no_problem_yet() -> None:
    assert look(stateful_set(1), [pod(0), starting(1), starting(2)]).severity is Severity.ROLLING


def test_a_surplus_pod_stuck_in_termination() -> None:
    view = look(stateful_set(1), [pod(0), terminating(1, asked=10)], 100)
    assert (view.severity, view.why.headline) == (Severity.STUCK, "web-1 stuck Terminating")

"""What the controller waits for: the decision list of updateStatefulSet, one case after the other."""

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


def test_without_pods_to_read_nothing_is_claimed() -> None:
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


def test_a_controller_that_does_not_act_comes_before_all_else() -> None:
    view = look(stateful_set(2, generation=7, observed=6), [crashing(0)], 60, first_seen=10)
    assert view.wait.reason is WaitReason.NOT_OBSERVED


def test_a_set_that_is_being_deleted_names_its_finalizers() -> None:
    going = stateful_set(1, deletion_timestamp=at(10), finalizers=("foregroundDeletion",))
    view = look(going, [terminating(0, asked=10)], 20)
    assert short(view.wait) == (WaitReason.DELETING, None, Severity.ROLLING)
    assert view.wait.detail == "finalizers foregroundDeletion"
    assert look(going, [], 611).wait.severity is Severity.STUCK


def test_in_order_the_lowest_that_is_not_available_holds_up_the_rest() -> None:
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


def test_the_start_of_an_end_stays_when_the_kubelet_moves_the_deadline() -> None:
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


def test_a_replacement_that_does_not_come_is_stuck() -> None:
    pods = [pod(0, revision=OLD), pod(1)]
    assert look(stateful_set(2, current=OLD), pods, 79, first_seen=50).severity is Severity.ROLLING
    view = look(stateful_set(2, current=OLD), pods, 80, first_seen=50)
    assert (view.severity, view.wait.headline) == (Severity.STUCK, "web-0 is not replaced")


def test_in_a_broken_rollout_undo_and_delete_go_together() -> None:
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


def test_after_the_undo_the_broken_pod_must_be_deleted_although_revisions_are_equal() -> None:
    view = look(stateful_set(3, current=NEW), [pod(0), pod(1), crashing(2, revision=BAD)])
    assert (view.rollout.current, view.rollout.update) == (NEW, NEW)
    assert short(view.wait) == (WaitReason.NOT_READY, 2, Severity.STUCK)
    assert view.wait.next == "delete web-2 to move it to new: a rollback alone does not help"
    assert not row(view, 2).next


def test_below_the_partition_deletion_does_not_help() -> None:
    pods = [crashing(0, revision=OLD), pod(1)]
    view = look(stateful_set(2, current=OLD, strategy=rolling(partition=1)), pods)
    assert view.wait.next == "web-0 is below partition 1: if deleted, it is recreated on old"


def test_a_first_template_that_is_broken_has_nothing_to_undo_to() -> None:
    view = look(stateful_set(2), [crashing(0)])
    assert view.wait.next == (
        "view the logs of its previous run; a template change does not replace web-0 until you delete it"
    )


def test_a_canary_is_held_and_nothing_is_wrong_with_it() -> None:
    pods = [pod(0, revision=OLD), pod(1, revision=OLD), pod(2)]
    view = look(stateful_set(3, current=OLD, strategy=rolling(partition=2)), pods)
    assert short(view.wait) == (WaitReason.PARTITION, None, Severity.ROLLING)
    assert (view.wait.headline, view.wait.detail) == ("held by partition 2", "web-0 and web-1 stay on old")


def test_a_partition_that_lets_nothing_through_says_so() -> None:
    view = look(stateful_set(1, current=OLD, strategy=rolling(partition=7)), [pod(0, revision=OLD)])
    assert view.wait.headline == "held by partition 7"
    assert view.wait.detail == "no pod is updated (1 replica); web-0 stays on old"


def test_a_partition_without_anything_to_update_is_silent() -> None:
    assert look(stateful_set(1, strategy=rolling(partition=1)), [pod(0)]).wait.reason is WaitReason.NOTHING


def test_on_delete_counts_who_waits() -> None:
    pods = [pod(0, revision=OLD), pod(1), pod(2, revision=OLD)]
    view = look(stateful_set(3, current=OLD, strategy=UpdateStrategy(type="OnDelete")), pods)
    assert short(view.wait) == (WaitReason.ON_DELETE, None, Severity.ROLLING)
    assert view.wait.headline == "2 pods need manual deletion (OnDelete)"
    assert not any(r.next for r in view.ordinals)


def test_a_strategy_that_is_not_known_is_reported_as_it_is() -> None:
    recreate = UpdateStrategy(type="Recreate")
    view = look(stateful_set(1, current=OLD, strategy=recreate), [pod(0, revision=OLD)])
    assert (view.rollout.strategy, view.wait.detail) == ("Recreate", "Recreate: web-0 not at new yet")


def test_in_order_the_highest_goes_first() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), pod(2)], first_seen=50)
    assert short(view.wait) == (WaitReason.SCALING_DOWN, 2, Severity.ROLLING)
    assert view.wait.headline == "web-2 is next to be removed"
    assert row(view, 2).next


def test_the_one_that_ends_is_waited_for() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), terminating(2, asked=50)])
    assert (view.wait.headline, view.wait.so) == ("waits for web-2", "web-1 is not removed until web-2 is gone")
    assert view.wait.next == "then web-1 is removed"


def test_a_removal_that_does_not_come_is_stuck() -> None:
    assert look(stateful_set(1), [pod(0), pod(1)], 80, first_seen=50).severity is Severity.STUCK


def test_survivors_come_first() -> None:
    view = look(stateful_set(1), [crashing(0), pod(1)])
    assert short(view.wait) == (WaitReason.NOT_READY, 0, Severity.STUCK)
    assert view.wait.so == "web-1 is not removed until web-0 is Ready"


def test_one_condemned_pod_that_is_not_ready_is_removed_all_the_same() -> None:
    view = look(stateful_set(1), [pod(0), pod(1), crashing(2)], first_seen=50)
    assert (view.wait.headline, view.severity) == ("web-2 is next to be removed", Severity.ROLLING)


def test_two_condemned_pods_that_are_not_ready_wait_for_each_other() -> None:
    view = look(stateful_set(1), [pod(0), crashing(1), crashing(2)])
    assert short(view.wait) == (WaitReason.SCALING_DOWN, 1, Severity.STUCK)
    assert view.wait.headline == "waits for web-1"
    assert view.wait.detail == "scale-down stuck: web-2 and web-1 are both not Ready"
    assert view.wait.next == "delete web-2: it is beyond the replica count"


def test_two_condemned_pods_that_are_still_starting_are_no_trouble_yet() -> None:
    assert look(stateful_set(1), [pod(0), starting(1), starting(2)]).severity is Severity.ROLLING


def test_a_condemned_pod_that_does_not_end_is_stuck() -> None:
    view = look(stateful_set(1), [pod(0), terminating(1, asked=10)], 100)
    assert (view.severity, view.why.headline) == (Severity.STUCK, "web-1 stuck Terminating")

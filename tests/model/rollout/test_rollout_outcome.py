"""What ends a rollout, and what only seems to."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from stsview.model.finding import Finding, Level, Ref
from stsview.model.rollout.rollout_outcome import PATIENCE_SECONDS, RolloutWatch, Stage
from stsview.model.rollout.saved_partition import PAUSED_PARTITION
from stsview.model.views import SetView
from stsview.objects.kinds import PODS
from stsview.objects.statefulset import UpdateStrategy
from tests.support.model.build import NEW, OLD, at, crashing, look, owned_by, pod, rolling, stateful_set, without

LONG = PATIENCE_SECONDS + 1


def with_error(view: SetView, ordinal: int, since: float) -> SetView:
    about = Ref("Pod", "default", f"web-{ordinal}")
    finding = Finding("crashes", Level.ERROR, about, f"web-{ordinal}: it crashes", at(since), (), ordinals=(ordinal,))
    return replace(view, findings=(finding,))


def test_an_unobserved_generation_is_not_done() -> None:
    pods = [pod(0), pod(1), pod(2)]
    watch = RolloutWatch("set-uid")
    assert watch.evaluate(look(stateful_set(), pods), at(60)).stage is Stage.DONE
    changed = stateful_set(generation=2)
    standing = watch.evaluate(look(changed, pods, 60, first_seen=60), at(60))
    assert (standing.stage, standing.headline) == (Stage.PROGRESSING, "waits for the StatefulSet controller")
    late = look(changed, pods, 100, first_seen=60)
    standing = watch.evaluate(late, at(100))
    assert (standing.stage, standing.until) == (Stage.PROGRESSING, at(100 + PATIENCE_SECONDS))
    assert watch.evaluate(late, at(100 + LONG)).stage is Stage.STUCK


def test_with_parallel_only_a_broken_updated_pod_makes_the_rollout_stuck() -> None:
    between = stateful_set(current=OLD, update=NEW, policy="Parallel", strategy=rolling())
    old = [crashing(0, revision=OLD), pod(1, revision=OLD), crashing(2, revision=OLD)]
    view = with_error(with_error(look(between, old, first_seen=59), 2, since=1), 0, since=1)
    watch = RolloutWatch("set-uid")
    standing = watch.evaluate(view, at(60))
    assert (standing.stage, standing.headline) == (Stage.PROGRESSING, "web-2 is next to be replaced")
    assert watch.evaluate(view, at(60 + LONG)).stage is Stage.PROGRESSING

    new = [crashing(0, revision=OLD), pod(1, revision=OLD), crashing(2, revision=NEW)]
    made = with_error(look(between, new, 200), 2, since=1)
    assert watch.evaluate(made, at(200)).until == at(200 + PATIENCE_SECONDS)
    standing = watch.evaluate(made, at(200 + LONG))
    assert (standing.stage, standing.words) == (Stage.STUCK, "web-2: it crashes")
    assert RolloutWatch("set-uid").evaluate(made, at(200)).stage is Stage.STUCK, "who comes late is told at once"


def test_a_passing_problem_does_not_make_the_rollout_stuck() -> None:
    between = stateful_set(current=OLD, update=NEW)
    pods = [pod(0, revision=OLD), pod(1, revision=OLD), crashing(2, revision=NEW)]
    bad, good = with_error(look(between, pods), 2, since=50), look(stateful_set(), [pod(0), pod(1), pod(2)])
    watch = RolloutWatch("set-uid")
    assert watch.evaluate(bad, at(60)).stage is Stage.PROGRESSING
    assert watch.evaluate(good, at(70)).stage is Stage.DONE
    assert watch.evaluate(bad, at(60 + LONG)).stage is Stage.PROGRESSING
    soon = replace(bad.findings[0], until=at(60) + timedelta(minutes=5))
    assert RolloutWatch("set-uid").evaluate(replace(bad, findings=(soon,)), at(200)).until == soon.until


def test_an_operator_may_delete_pods_of_its_set_at_any_time() -> None:
    owner = owned_by(kind="Kafka", name="my")
    strategy = UpdateStrategy(type="OnDelete")
    waiting = stateful_set(2, current=OLD, update=NEW, strategy=strategy, owner_references=owner)
    view = look(waiting, [pod(0, revision=OLD), pod(1, revision=OLD)])
    standing = RolloutWatch("set-uid").evaluate(view, at(10_000))
    assert (standing.stage, standing.headline) == (Stage.PROGRESSING, "waits for Kafka my, which deletes the pods")


def test_a_deleted_recreated_or_unreadable_set() -> None:
    watch = RolloutWatch("set-uid")
    assert watch.evaluate(None, at(60)).stage is Stage.GONE
    assert watch.evaluate(look(stateful_set(uid="other"), [pod(0)]), at(60)).stage is Stage.GONE
    assert watch.evaluate(look(stateful_set(deletion_timestamp=at(30)), [pod(0)]), at(60)).stage is Stage.GONE
    assert watch.evaluate(look(stateful_set(), coverage=without(PODS)), at(60)).stage is Stage.UNKNOWN


def test_a_paused_rollout_is_held_and_names_the_partition_of_resume() -> None:
    pods = [pod(0, revision=OLD), pod(1, revision=NEW)]
    paused = stateful_set(2, current=OLD, update=NEW, strategy=rolling(1), annotations={PAUSED_PARTITION: "0"})
    standing = RolloutWatch("set-uid").evaluate(look(paused, pods), at(60))
    assert standing.stage is Stage.HELD
    assert standing.words == "paused at partition 1 (resume continues to 0): web-0 stays on the old revision"

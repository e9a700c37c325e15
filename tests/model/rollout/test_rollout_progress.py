from __future__ import annotations

from datetime import datetime

from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.model.views import RolloutView, WaitReason
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, Present
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, RevisionMeta, UpdateStrategy
from tests.support.model.build import (
    NEW,
    OLD,
    at,
    look,
    owned_by,
    pod,
    rolling,
    row,
    starting,
    stateful_set,
    terminating,
)

ON_DELETE = UpdateStrategy(type="OnDelete")


def rollout(pods: list[Pod], strategy: UpdateStrategy | None = None, current: str = OLD) -> RolloutView:
    return look(stateful_set(len(pods), current=current, strategy=strategy), pods).rollout


def test_a_settled_set_has_no_rollout() -> None:
    view = rollout([pod(0), pod(1)], current=NEW)
    assert (view.active, view.held, view.updated, view.expected) == (False, False, 2, 2)


def test_updated_means_at_the_update_revision_and_available() -> None:
    view = rollout([pod(0, revision=OLD), starting(1), terminating(2, asked=50), pod(3)])
    assert (view.active, view.updated) == (True, 1)


def test_a_starting_last_pod_keeps_the_rollout_active() -> None:
    assert rollout([pod(0), starting(1)]).active
    assert not rollout([pod(0), pod(1)]).active


def test_equal_revisions_do_not_mean_done() -> None:
    view = rollout([pod(0), pod(1, revision="web-bad", ready="False")], current=NEW)
    assert (view.active, view.updated) == (True, 1)


def test_a_reached_partition_holds_a_canary() -> None:
    pods = [pod(0, revision=OLD), pod(1, revision=OLD), pod(2)]
    view = rollout(pods, rolling(partition=2))
    assert (view.active, view.held, view.updated, view.partition) == (True, True, 1, 2)
    assert not rollout([*pods[:2], starting(2)], rolling(partition=2)).held
    assert not rollout(pods, rolling(partition=1)).held


def test_a_partition_counts_from_the_first_ordinal() -> None:
    pods = [pod(5, revision=OLD), pod(6)]
    view = look(stateful_set(2, start=5, current=OLD, strategy=rolling(partition=1)), pods)
    assert (view.rollout.held, view.rollout.partition) == (True, 1)


def test_a_partition_beyond_the_replicas_is_cropped_to_them() -> None:
    view = rollout([pod(0, revision=OLD), pod(1, revision=OLD)], rolling(partition=99))
    assert (view.partition, view.held, view.updated) == (2, True, 0)


def test_on_delete_is_done_though_the_current_revision_stays() -> None:
    assert not rollout([pod(0), pod(1)], ON_DELETE).active
    assert rollout([pod(0, revision=OLD), pod(1)], ON_DELETE).active
    assert rollout([pod(0)], ON_DELETE).strategy == "OnDelete"


def test_at_update_is_unknown_before_there_is_an_update_revision() -> None:
    view = look(stateful_set(1, current="", update=""), [pod(0)])
    assert row(view, 0).at_update is None
    assert row(look(stateful_set(1), [pod(0, revision=OLD)]), 0).at_update is False


def test_max_unavailable_is_a_number_or_a_share_rounded_down_and_at_least_one() -> None:
    def of(value: int | str | None) -> int | None:
        return max_unavailable_of(stateful_set(10, strategy=rolling(max_unavailable=value)))

    assert [of(None), of(3), of(0), of("25%"), of("5%"), of("x"), of("9" * 40 + "%")] == [None, 3, 1, 2, 1, 1, 1]


def entry(
    manager: str, seconds: float, *, template: bool = True, subresource: str = "", more: bool = False
) -> ManagedFieldsEntry:
    """`more`: it owns the update strategy as well, as one that paused the rollout does."""
    owned = Present() if more else None
    spec = FieldsOfSpec(template=Present() if template else None, update_strategy=owned)
    return ManagedFieldsEntry(manager=manager, time=at(seconds), subresource=subresource, fields_v1=FieldsV1(spec=spec))


def revision(name: str, created: float, written: float | None = None) -> ControllerRevision:
    """`written`: when the controller created it, or made it the newest again."""
    wrote = ManagedFieldsEntry(manager="kube-controller-manager", time=at(written)) if written is not None else None
    return ControllerRevision(
        metadata=RevisionMeta(
            name=name,
            namespace="default",
            creation_timestamp=at(created),
            owner_references=owned_by(),
            managed_fields=(wrote,) if wrote is not None else (),
        )
    )


def changed(
    *entries: ManagedFieldsEntry, revisions: tuple[ControllerRevision, ...] = ()
) -> tuple[str, datetime | None]:
    view = look(stateful_set(1, managed_fields=entries), [pod(0)], revisions=revisions).rollout
    return view.manager, view.since


def test_the_last_manager_of_the_template() -> None:
    assert changed(
        entry("helm", 10), entry("kubectl-set", 30), entry("kube-controller-manager", 50, subresource="status")
    ) == (
        "kubectl-set",
        at(30),
    )
    assert changed(entry("helm", 10), entry("kubectl-scale", 30, template=False)) == ("helm", at(10))
    assert changed() == ("", None)


def test_of_two_entries_in_one_second_the_later_counts() -> None:
    assert changed(entry("helm", 10), entry("kubectl-set", 10))[0] == "kubectl-set"


def test_a_newer_abandoned_revision_hides_the_last_manager() -> None:
    assert changed(entry("helm", 10), revisions=(revision(NEW, 10), revision("web-bad", 40))) == ("", None)
    assert changed(entry("helm", 10), revisions=(revision(OLD, 5), revision(NEW, 10)))[0] == "helm"


def test_a_pause_takes_no_credit_for_the_template() -> None:
    """The manager that pauses has changed the template at some time as well."""
    restarted, paused = entry("kubectl-rollout", 40), entry("stsview", 50, more=True)
    known = (revision(OLD, 10, 10), revision(NEW, 41, 41))
    assert changed(restarted, paused, revisions=known) == ("kubectl-rollout", at(40))
    rolled_back = (revision(NEW, 5, 41), revision(OLD, 20, 20))
    assert changed(restarted, paused, revisions=rolled_back) == ("kubectl-rollout", at(40))


def test_the_revision_tells_when_a_manager_changed_the_template_that_wrote_more_since() -> None:
    helm, paused = entry("helm", 10, more=True), entry("stsview", 50, more=True)
    assert changed(helm, paused, revisions=(revision(NEW, 41, 41),)) == ("stsview", at(41))
    also = entry("argocd-controller", 60, more=True)
    assert changed(helm, paused, also, revisions=(revision(NEW, 41, 41),)) == ("", at(41))


def test_without_the_revision_the_time_of_a_manager_that_may_have_written_more_is_unknown() -> None:
    assert changed(entry("stsview", 50, more=True)) == ("stsview", None)
    assert changed(entry("kubectl-rollout", 40)) == ("kubectl-rollout", at(40))


def test_a_change_that_the_controller_has_not_observed_is_not_dated_by_the_revision() -> None:
    stateful = stateful_set(1, managed_fields=(entry("helm", 10), entry("kubectl-set", 30)), generation=2)
    view = look(stateful, [pod(0)], revisions=(revision(NEW, 10, 10),)).rollout
    assert (view.manager, view.since) == ("kubectl-set", at(30))


def test_the_history_is_the_oldest_revision_first() -> None:
    view = look(stateful_set(1), [pod(0)], revisions=(revision(NEW, 40), revision(OLD, 10)))
    assert view.rollout.history == (OLD, NEW)


def test_the_saved_partition_is_read_from_a_valid_annotation() -> None:
    def before(value: str | None, name: str) -> tuple[int | None, int | None]:
        annotations = {} if value is None else {name: value}
        seen = look(stateful_set(1, annotations=annotations), [pod(0)]).rollout
        return seen.paused_from, seen.canary_from

    assert before("0", PAUSED_PARTITION) == (0, None)
    assert before("3", CANARY_PARTITION) == (None, 3)
    for wrong in (None, "", "-1", "x", "9" * 20, "٣", "1\n", "2147483648"):
        assert before(wrong, PAUSED_PARTITION) == before(wrong, CANARY_PARTITION) == (None, None)


def test_a_held_rollout_names_its_pause_or_canary_and_the_next_step() -> None:
    def wait(**annotations: str) -> tuple[str, str]:
        held = stateful_set(2, annotations=annotations, strategy=rolling(1))
        seen = look(held, [pod(0, revision=OLD), pod(1, revision=NEW)]).wait
        assert seen.reason is WaitReason.PARTITION
        return seen.headline, seen.next

    assert wait() == ("held by partition 1", "lower the partition to continue")
    assert wait(**{CANARY_PARTITION: "0"}) == ("canary: held by partition 1", "next pod, finish or abort")
    paused = ("paused at partition 1", "resume sets the partition back to 0")
    assert wait(**{PAUSED_PARTITION: "0"}) == paused
    assert wait(**{PAUSED_PARTITION: "0", CANARY_PARTITION: "0"}) == paused
    assert wait(**{PAUSED_PARTITION: "\x1b[2J"}) == wait()

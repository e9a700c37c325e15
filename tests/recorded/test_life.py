"""Created, scaled 3 → 5 → 2, a pod deleted, to 0, to 3, deleted; nothing goes wrong."""

from __future__ import annotations

import pytest

from stsview.model.views import Place, Severity, WaitReason
from tests.recorded.conftest import Play
from tests.support.recorded.player import History

GIB = 1024**3


@pytest.fixture
def life(history: Play) -> History:
    return history("life")


def test_at_first_every_ordinal_is_missing(life: History) -> None:
    view = life.first(lambda view: True).set
    assert [row.state.label for row in view.ordinals] == ["missing"] * 3
    assert [row.dns.status for row in view.ordinals] == ["no pod"] * 3
    assert (view.claims_bound, view.claims_expected, view.claims_bytes) == (0, 3, 0)
    assert (view.wait.headline, view.wait.detail) == ("waits for zookeeper-0", "about to be created")
    assert view.wait.so == "zookeeper-1 and zookeeper-2 are not created until zookeeper-0 is Ready"
    assert [row.next for row in view.ordinals] == [True, False, False]


def test_the_states_of_a_starting_pod(life: History) -> None:
    words: list[str] = []
    for moment in life.between(0, 11):
        word = moment.set.ordinals[0].state.label
        if not words or words[-1] != word:
            words.append(word)
    assert words == ["missing", "Pending", "ContainerCreating", "Starting", "Ready"]


def test_a_scheduler_waiting_for_a_claim_is_no_problem(life: History) -> None:
    view = life.first(lambda view: "unbound" in view.ordinals[0].state.detail).set
    assert (view.ordinals[0].state.label, view.severity) == ("Pending", Severity.ROLLING)
    assert view.wait.detail == "the scheduler waits for its PVCs"


def test_the_name_is_published_with_the_endpoint_slice(life: History) -> None:
    words: list[str] = []
    for moment in life.between(0, 11):
        word = moment.set.ordinals[0].dns.status
        if not words or words[-1] != word:
            words.append(word)
    assert words == ["no pod", "not ready", "published"]


def test_a_complete_set_is_healthy(life: History) -> None:
    view = life.at(11).set
    assert (view.severity, view.ready, view.available) == (Severity.HEALTHY, 3, 3)
    assert view.wait.reason is WaitReason.NOTHING
    assert (view.claims_bound, view.claims_bytes) == (3, 30 * GIB)
    assert [row.claims[0].storage_class for row in view.ordinals] == ["my-fast-storage"] * 3
    assert (view.service.status, view.service.selected) == ("headless", 3)
    assert (view.rollout.active, view.rollout.updated) == (False, 3)
    assert view.rollout.manager == "kubectl-client-side-apply"
    assert view.rollout.history == ("zookeeper-6f4ddbdbb6",)
    assert view.images == ("zookeeper:3.8.1",)
    assert [row.node for row in view.ordinals] == ["fake-node-1", "fake-node-2", "fake-node-3"]


def test_scaling_up_waits_for_each_pod(life: History) -> None:
    up = life.command("kubectl scale sts zookeeper --replicas=5")
    waits = [moment.set.wait.headline for moment in life.between(up, up + 6)]
    assert list(dict.fromkeys(waits)) == ["waits for zookeeper-3", "waits for zookeeper-4", ""]


def test_scaling_down_removes_the_highest_first_and_marks_surplus_pods(life: History) -> None:
    down = life.command("kubectl scale sts zookeeper --replicas=2")
    view = life.at(down).set
    assert [row.place for row in view.ordinals] == [Place.EXPECTED] * 2 + [Place.SURPLUS] * 3
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.SCALING_DOWN, 4)
    assert view.wait.so == "zookeeper-3 and zookeeper-2 are not removed until zookeeper-4 is gone"
    assert view.ordinals[4].state.label == "Terminating"
    assert view.ordinals[3].next
    assert (view.ready, view.replicas) == (2, 2)
    gone = [moment.set.wait.ordinal for moment in life.between(down, down + 7.2)]
    assert list(dict.fromkeys(gone)) == [4, 3, 2, None]


def test_a_deleted_pod_is_replaced_by_one_of_another_uid(life: History) -> None:
    deleted = life.command("kubectl delete pod zookeeper-0")
    before, after = life.at(deleted - 3).set.ordinals[0], life.at(deleted + 3).set.ordinals[0]
    assert before.state.label == after.state.label == "Ready"
    assert before.uid != after.uid
    words = list(dict.fromkeys(m.set.ordinals[0].state.label for m in life.between(deleted - 2.4, deleted + 3)))
    assert words == ["Terminating", "missing", "Pending", "ContainerCreating", "Starting", "Ready"]


def test_a_set_scaled_to_zero_is_healthy(life: History) -> None:
    zero = life.command("kubectl scale sts zookeeper --replicas=0")
    view = life.at(zero + 4.9).set
    assert (view.severity, view.ordinals, view.claims_expected) == (Severity.HEALTHY, (), 0)


def test_scaling_up_again_reuses_the_old_claims(life: History) -> None:
    again = life.command("kubectl scale sts zookeeper --replicas=3")
    assert [row.claims[0].status for row in life.at(again).set.ordinals] == ["Bound"] * 3


def test_the_deleted_set_leaves_an_empty_fleet(life: History) -> None:
    last = life.moments[-1]
    assert last.fleet.sets == {}
    assert set(last.fleet.counts.values()) == {0}

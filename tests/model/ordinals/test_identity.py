from __future__ import annotations

from stsview.model.ordinals.identity import identify
from stsview.model.settings import ModelSettings
from stsview.model.views import Place
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet
from tests.support.model.build import around, look, owned_by, pod, stateful_set


def names(stateful: StatefulSet, pods: list[Pod]) -> tuple[list[tuple[int, bool]], list[int], list[tuple[str, Place]]]:
    identity = identify(around(stateful, pods), ModelSettings())
    return (
        [(slot.ordinal, slot.pod is not None) for slot in identity.expected],
        [slot.ordinal for slot in identity.surplus],
        [(slot.name, slot.place) for slot in identity.strays],
    )


def test_every_expected_ordinal_has_a_row_even_without_a_pod() -> None:
    assert names(stateful_set(3), [pod(0), pod(2)]) == ([(0, True), (1, False), (2, True)], [], [])


def test_ordinals_begin_at_spec_ordinals_start() -> None:
    expected, condemned, _ = names(stateful_set(2, start=5), [pod(4), pod(5)])
    assert expected == [(5, True), (6, False)]
    assert condemned == [4]


def test_owned_pods_out_of_range_are_surplus() -> None:
    _, condemned, strays = names(stateful_set(1), [pod(10), pod(0), pod(2)])
    assert (condemned, strays) == ([2, 10], [])


def test_a_set_of_no_replicas_has_no_rows() -> None:
    assert names(stateful_set(0), []) == ([], [], [])


def test_a_matching_pod_without_an_owner_is_an_orphan() -> None:
    expected, _, strays = names(stateful_set(2), [pod(0), pod(1, owners=()), pod(7, owners=())])
    assert expected == [(0, True), (1, False)]
    assert strays == [("web-1", Place.ORPHANED), ("web-7", Place.ORPHANED)]


def test_a_pod_of_another_owner_under_an_expected_name_is_foreign() -> None:
    other = pod(1, owners=owned_by("job-uid", "Job", "one-off"))
    unrelated = pod(0, owners=(), labels={"app": "other"})
    expected, _, strays = names(stateful_set(2), [unrelated, other])
    assert expected == [(0, False), (1, False)]
    assert strays == [("web-0", Place.FOREIGN), ("web-1", Place.FOREIGN)]


def test_a_pod_of_another_owner_outside_the_ordinals_is_ignored() -> None:
    assert names(stateful_set(1), [pod(0), pod(4, owners=owned_by("other"))])[2] == []
    assert names(stateful_set(1), [pod(0), pod(4, owners=(), labels={"app": "other"})])[2] == []


def test_owners_are_matched_by_uid_not_by_name() -> None:
    former = pod(0, owners=owned_by("uid-of-the-set-before"))
    expected, _, strays = names(stateful_set(1), [former])
    assert expected == [(0, False)]
    assert strays == [("web-0", Place.FOREIGN)]


def test_a_pod_of_another_set_with_a_longer_name_is_ignored() -> None:
    assert names(stateful_set(1), [pod(0, set_name="web-1", owners=())]) == ([(0, False)], [], [])


def test_the_number_of_rows_is_limited() -> None:
    view = look(stateful_set(2_000_000_000), [pod(0), pod(1_999_999_999)], settings=ModelSettings(max_rows=5))
    assert [row.ordinal for row in view.ordinals] == [0, 1, 2, 3, 4, 1_999_999_999]
    assert (view.replicas, view.claims_expected) == (2_000_000_000, 2_000_000_000)
    assert "1999999994 more expected ordinals without a pod are not shown" in view.unknown

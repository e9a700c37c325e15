from __future__ import annotations

import pytest

from stsview.model.cache.coverage import Coverage
from stsview.model.states import Health, ResizeStage
from stsview.model.views import ClaimView
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.meta import OwnerReference
from tests.support.model.build import around, at, claim, look, pod, row, stateful_set, view_of, without
from tests.support.reports import report

GIB = 1024**3


def first_claim(held: PersistentVolumeClaim | None, now: float = 60) -> ClaimView:
    view = look(stateful_set(1), [pod(0)], now, claims=[held] if held else [])
    return row(view, 0).claims[0]


def test_a_bound_claim() -> None:
    view = first_claim(claim("data-web-0"))
    assert (view.template, view.name, view.status, view.health) == ("data", "data-web-0", "Bound", Health.READY)
    assert (view.size, view.requested, view.resize) == (10 * GIB, 10 * GIB, ResizeStage.COMPLETE)
    assert (view.storage_class, view.volume, view.uid) == ("fast", "pv-data-web-0", "data-web-0-uid")


def test_a_claim_keeps_its_size_until_it_is_resized() -> None:
    view = first_claim(claim("data-web-0", size="10Gi", requested="20Gi"))
    assert (view.size, view.requested, view.resize) == (10 * GIB, 20 * GIB, ResizeStage.REQUESTED)


def test_an_existing_claim_shows_its_own_size() -> None:
    assert first_claim(claim("data-web-0", size="5Gi")).size == 5 * GIB


@pytest.mark.parametrize(
    ("held", "word", "health"),
    [
        (claim("data-web-0", phase="Pending"), "Pending", Health.PROGRESSING),
        (claim("data-web-0", phase="Lost"), "Lost", Health.DEGRADED),
        (claim("data-web-0", deletion_timestamp=at(50)), "Terminating", Health.DEGRADED),
        (None, "missing", Health.MISSING),
    ],
)
def test_other_states(held: PersistentVolumeClaim | None, word: str, health: Health) -> None:
    view = first_claim(held)
    assert (view.status, view.health) == (word, health)


def test_a_pending_claim_shows_the_requested_size() -> None:
    assert first_claim(claim("data-web-0", phase="Pending", requested="7Gi")).size == 7 * GIB


def test_a_claim_pending_for_long_under_a_pod_warns() -> None:
    assert first_claim(claim("data-web-0", phase="Pending"), now=120).health is Health.WARNING


def test_a_claim_pending_for_long_without_a_pod_may_wait_for_its_first_consumer() -> None:
    view = look(stateful_set(1), [], 5000, claims=[claim("data-web-0", phase="Pending")])
    assert row(view, 0).claims[0].health is Health.PROGRESSING


@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.ABSENT, Coverage.LOADING])
def test_an_unreadable_claim_is_unknown_never_missing(coverage: Coverage) -> None:
    objects = around(stateful_set(1), [pod(0)], claims=[], coverage=without(CLAIMS, coverage=coverage))
    assert row(view_of(objects), 0).claims[0].status == "unknown"


def test_claims_already_read_are_shown_during_the_list() -> None:
    objects = around(stateful_set(1), [pod(0)], coverage=without(CLAIMS, coverage=Coverage.LOADING))
    assert row(view_of(objects), 0).claims[0].status == "Bound"


def test_claims_of_no_template_come_last() -> None:
    view = look(
        stateful_set(1), [pod(0, claims=["shared", "data-web-0"])], claims=[claim("shared"), claim("data-web-0")]
    )
    assert [(c.template, c.name) for c in row(view, 0).claims] == [("data", "data-web-0"), ("", "shared")]
    assert (view.claims_bound, view.claims_expected, view.claims_bytes) == (1, 1, 10 * GIB)


def test_a_set_counts_the_claims_of_its_expected_ordinals() -> None:
    pending = claim("data-web-1", phase="Pending")
    view = look(stateful_set(4), [pod(0), pod(1), pod(9)], claims=[claim("data-web-0"), pending, claim("data-web-9")])
    assert (view.claims_bound, view.claims_expected, view.claims_bytes) == (1, 4, 10 * GIB)


def test_the_claim_of_a_missing_pod_is_shown() -> None:
    view = look(stateful_set(2), [pod(0)], claims=[claim("data-web-0"), claim("data-web-1")])
    assert row(view, 1).claims[0].status == "Bound"


def test_a_claim_of_the_former_pod_is_stale() -> None:
    stale = claim("data-web-0", owner_references=(OwnerReference(kind="Pod", name="web-0", uid="former"),))
    view = look(stateful_set(1), [], 10, claims=[stale], first_seen=5)
    assert view.wait.detail == "PVC data-web-0 still belongs to the previous pod and is deleted first"


def test_ephemeral_claims_are_shown_apart_from_those_that_outlive_the_pod() -> None:
    row = report("ephemeral").view().ordinals[0]
    assert [(claim.name, claim.status) for claim in row.claims] == [("data-sol-0", "Bound")]
    assert [(claim.name, claim.status) for claim in row.ephemeral_claims] == [("sol-0-scratch", "Bound")]

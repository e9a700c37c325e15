"""What holds at every moment of every recorded history."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.store import Store
from stsview.model.views import Place, Severity, WaitReason
from stsview.objects.kinds import LEASES, WATCHED
from stsview.objects.stream_messages import Applied, Batch
from tests.recorded.conftest import Play
from tests.support.model.oracle import Oracle
from tests.support.recorded.player import NAMES, play

SMOOTH = (
    "life",
    "rollout-restart",
    "canary-partition",
    "on-delete",
    "min-ready-seconds",
    "budget-drain",
    "claim-unbound",
)
"""Histories without failures: pods are created, removed and replaced normally."""


@pytest.mark.parametrize("name", NAMES)
def test_incremental_views_equal_views_from_scratch(name: str) -> None:
    stores: list[tuple[Store, Oracle, datetime]] = []

    def compare(store: Store, oracle: Oracle, now: datetime) -> None:
        assert store.fleet == oracle.fleet(now)
        stores.append((store, oracle, now))

    play(name, watch=compare)
    store, oracle, now = stores[-1]
    fresh = Store()
    for kind in WATCHED:
        fresh.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    # The recorded kubelets renew their leases, but post no status, so their heartbeats become old.
    for kind in (*WATCHED, LEASES):
        objects = tuple(Applied(held) for held in oracle.held[kind.name].values())
        fresh.apply(Batch(kind, objects, replace=True), now)
    fresh.refresh(now)
    # For an observer who has only just started, an absent object may not have arrived yet.
    long_after = now + timedelta(seconds=ModelSettings().stream_silence)
    for looking in (fresh, store):
        looking.refresh(long_after)
    assert fresh.fleet == store.fleet
    assert set(fresh.fleet.counts) == set(Severity)


@pytest.mark.parametrize("name", SMOOTH)
def test_where_nothing_goes_wrong_nothing_is_stuck_or_at_risk(name: str, history: Play) -> None:
    moments = history(name).between(0)
    assert {moment.set.severity for moment in moments} == {Severity.HEALTHY, Severity.ROLLING}
    assert not [moment for moment in moments if any(row.state.health is Health.DEGRADED for row in moment.set.ordinals)]


@pytest.mark.parametrize("name", NAMES)
def test_each_severity_has_an_explanation(name: str, history: Play) -> None:
    for moment in history(name).between(0):
        view = moment.set
        assert view.why.severity is view.severity
        assert bool(view.why.headline) == (view.severity is not Severity.HEALTHY)
        assert (view.why.reason is WaitReason.NOTHING) == (view.severity is Severity.HEALTHY)
        assert sum(row.next for row in view.ordinals) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_instants_are_never_in_the_future_and_deadlines_never_in_the_past(name: str, history: Play) -> None:
    for moment in history(name).between(0):
        view = moment.set
        begun = [view.why.since, view.severity_since, view.rollout.since, *(row.state.since for row in view.ordinals)]
        assert all(instant <= moment.now for instant in begun if instant is not None)
        assert all(row.state.until > moment.now for row in view.ordinals if row.state.until is not None)
        assert view.next_change is None or view.next_change > moment.now


@pytest.mark.parametrize("name", NAMES)
def test_every_expected_ordinal_has_its_row_at_every_moment(name: str, history: Play) -> None:
    for moment in history(name).between(0):
        view = moment.set
        expected = [row.ordinal for row in view.ordinals if row.place is Place.EXPECTED]
        assert expected == list(range(view.start, view.start + view.replicas))
        for row in view.ordinals:
            assert row.name == f"zookeeper-{row.ordinal}"
            assert row.dns.name == f"{row.name}.zk-hs.{view.namespace}.svc.cluster.local"
            assert [claim.name for claim in row.claims] == [f"data-{row.name}"]


@pytest.mark.parametrize("name", NAMES)
def test_each_history_ends_well(name: str, history: Play) -> None:
    last = history(name).between(0)[-1].set
    assert last.severity is Severity.HEALTHY
    assert last.ready == last.replicas == 3
    assert [row.dns.status for row in last.ordinals] == ["published"] * 3
    assert (last.claims_bound, last.claims_expected) == (3, 3)

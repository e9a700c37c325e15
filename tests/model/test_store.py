from __future__ import annotations

import pytest

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.states import DnsStatus, ServiceStatus
from stsview.model.store import MANY, Store
from stsview.model.views import Place, Severity
from stsview.objects.kinds import (
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    NODES,
    PODS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import (
    at,
    claim,
    crashing,
    endpoint,
    endpoint_slice,
    node,
    owned_by,
    pod,
    service,
    stateful_set,
    storage_class,
    terminating,
    volume,
)

WEB = Key("default", "web")


def apply(store: Store, kind: Kind, *objects: KubernetesObject, now: float = 60) -> None:
    store.apply(Batch(kind, tuple(Applied(o) for o in objects)), at(now))


@pytest.fixture
def store() -> Store:
    """A settled set of one pod."""
    store = Store()
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    apply(store, STATEFULSETS, stateful_set(1))
    apply(store, PODS, pod(0))
    apply(store, CLAIMS, claim("data-web-0"))
    apply(store, SERVICES, service())
    apply(store, ENDPOINT_SLICES, endpoint_slice(endpoint(pod(0))))
    apply(store, NODES, node())
    apply(store, VOLUMES, volume("pv-data-web-0"))
    apply(store, CLASSES, storage_class())
    assert store.refresh(at(60)) == {WEB}
    return store


def test_an_empty_store_has_an_empty_fleet_with_all_counts() -> None:
    fleet = Store().fleet
    assert fleet.sets == {}
    assert fleet.counts == dict.fromkeys(Severity, 0)


def test_a_settled_set_is_healthy_and_time_changes_nothing(store: Store) -> None:
    assert store.fleet.sets[WEB].severity is Severity.HEALTHY
    assert store.fleet.counts[Severity.HEALTHY] == 1
    assert store.next_change is None
    assert store.refresh(at(10_000)) == frozenset()


def test_the_fleet_is_the_same_object_until_something_looks_different(store: Store) -> None:
    before = store.fleet
    apply(store, PODS, pod(0))
    assert store.refresh(at(70)) == frozenset()
    assert store.fleet is before
    apply(store, PODS, crashing(0))
    assert store.refresh(at(70)) == {WEB}
    assert store.fleet is not before
    assert before.sets[WEB].severity is Severity.HEALTHY
    assert (store.fleet.counts[Severity.HEALTHY], store.fleet.counts[Severity.STUCK]) == (0, 1)


def test_an_invisible_change_does_not_change_the_view(store: Store) -> None:
    apply(store, PODS, pod(0, annotations={"checked": "yes"}))
    assert store.refresh(at(70)) == frozenset()


def test_views_are_derived_at_the_refresh_and_not_before(store: Store) -> None:
    apply(store, PODS, crashing(0))
    assert store.fleet.sets[WEB].severity is Severity.HEALTHY


def test_time_alone_makes_a_termination_stuck(store: Store) -> None:
    apply(store, PODS, terminating(0, asked=60))
    store.refresh(at(61))
    assert store.next_change == at(90)
    assert store.refresh(at(89)) == frozenset()
    assert store.refresh(at(90)) == {WEB}
    assert store.next_change == at(120)
    assert store.refresh(at(120)) == {WEB}
    assert store.fleet.sets[WEB].severity is Severity.STUCK
    assert store.next_change is None


def test_a_clock_set_back_makes_nothing_late(store: Store) -> None:
    """A clock set forward looks like a suspended machine until the next answer of the server."""
    apply(store, PODS, terminating(0, asked=60))
    store.refresh(at(61))
    assert store.refresh(at(3600)) == {WEB}
    assert store.fleet.sets[WEB].severity is Severity.STUCK
    assert store.refresh(at(62)) == {WEB}
    assert store.fleet.sets[WEB].severity is Severity.ROLLING
    assert store.next_change == at(90)


def test_sightings_of_a_clock_that_was_ahead_count_from_now(store: Store) -> None:
    store.apply(Batch(PODS, (Deleted(pod(0)),)), at(3600))
    store.refresh(at(3600))
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(3600)
    assert store.refresh(at(62)) == {WEB}
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(62)
    store.apply(Batch(PODS, (Applied(pod(0)),)), at(5000))
    store.refresh(at(63))
    store.apply(Batch(PODS, (Deleted(pod(0)),)), at(5000))
    store.refresh(at(70))
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(70)


def test_a_deleted_set_leaves_fleet_counts_and_deadlines(store: Store) -> None:
    apply(store, PODS, terminating(0, asked=60))
    store.refresh(at(61))
    store.apply(Batch(STATEFULSETS, (Deleted(stateful_set(1)),)), at(62))
    assert store.refresh(at(62)) == {WEB}
    assert store.fleet.sets == {}
    assert set(store.fleet.counts.values()) == {0}
    assert store.next_change is None


def test_a_set_created_and_deleted_between_refreshes_is_not_reported(store: Store) -> None:
    apply(store, STATEFULSETS, stateful_set(name="brief", uid="brief-uid"))
    store.apply(Batch(STATEFULSETS, (Deleted(stateful_set(name="brief", uid="brief-uid")),)), at(62))
    assert store.refresh(at(62)) == frozenset()


def test_a_recreated_set_inherits_no_sightings(store: Store) -> None:
    anew = stateful_set(1, uid="uid-of-the-next")
    store.apply(Batch(STATEFULSETS, (Deleted(stateful_set(1)), Applied(anew))), at(70))
    assert store.refresh(at(70)) == {WEB}
    view = store.fleet.sets[WEB]
    assert (view.uid, view.ready) == ("uid-of-the-next", 0)
    assert [row.place for row in view.ordinals] == [Place.EXPECTED, Place.FOREIGN]
    assert view.ordinals[0].state.since == at(70)
    apply(store, PODS, pod(0, uid="new-pod", owners=owned_by("uid-of-the-next")), now=75)
    store.refresh(at(75))
    assert store.fleet.sets[WEB].ready == 1


def test_a_late_deletion_of_the_former_pod_is_ignored(store: Store) -> None:
    apply(store, PODS, pod(0, uid="second"))
    store.apply(Batch(PODS, (Deleted(pod(0)),)), at(62))
    store.refresh(at(62))
    assert store.fleet.sets[WEB].ordinals[0].uid == "second"


def test_an_ordinal_is_missing_since_the_change_that_showed_it(store: Store) -> None:
    store.apply(Batch(PODS, (Deleted(pod(0)),)), at(62))
    store.refresh(at(65))
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(62)
    apply(store, CLAIMS, claim("data-web-0", phase="Pending"), now=80)
    store.refresh(at(81))
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(62), "the first sighting counts"


def test_an_ordinal_missing_again_has_a_new_time(store: Store) -> None:
    for now, change in ((62, Deleted(pod(0))), (70, Applied(pod(0, uid="second")))):
        store.apply(Batch(PODS, (change,)), at(now))
        store.refresh(at(now))
    store.apply(Batch(PODS, (Deleted(pod(0, uid="second")),)), at(90))
    store.refresh(at(90))
    assert store.fleet.sets[WEB].ordinals[0].state.since == at(90)


def test_without_coverage_everything_is_unknown() -> None:
    store = Store()
    apply(store, STATEFULSETS, stateful_set(2))
    store.refresh(at(60))
    assert store.fleet.counts[Severity.UNKNOWN] == 1
    assert [row.state.label for row in store.fleet.sets[WEB].ordinals] == ["unknown", "unknown"]
    store.cover(PODS, "", KindCoverage(Coverage.COMPLETE))
    assert store.refresh(at(61)) == {WEB}
    assert store.fleet.sets[WEB].ordinals[0].state.label == "missing"


def test_revoked_permissions_leave_no_stale_data(store: Store) -> None:
    store.cover(PODS, "", KindCoverage(Coverage.FORBIDDEN, "you may not list pods"))
    assert store.refresh(at(61)) == {WEB}
    view = store.fleet.sets[WEB]
    assert (view.severity, view.ordinals[0].state.label, view.ordinals[0].uid) == (Severity.UNKNOWN, "unknown", None)


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        Store().apply(Batch(Kind("Secret", "secrets", "", type(pod(0))), ()), at(0))


def test_a_refresh_stops_when_its_time_is_up_and_the_next_one_proceeds(store: Store) -> None:
    apply(store, STATEFULSETS, *(stateful_set(1, name=f"web{number}", uid=f"uid-{number}") for number in range(5)))
    asked = iter((True, True, False))
    assert len(store.refresh(at(60), lambda: next(asked))) == 3
    assert store.pending
    assert len(store.refresh(at(60))) == 2
    assert not store.pending
    assert len(store.fleet.sets) == 6
    apply(store, STATEFULSETS, *(stateful_set(2, name=f"web{number}", uid=f"uid-{number}") for number in range(5)))
    seen = Key("default", "web3")
    assert store.refresh(at(61), lambda: False, first=(seen, WEB)) == {seen}, "what is in sight comes first"
    assert len(store.refresh(at(61))) == 4


def test_while_lists_are_read_a_new_set_is_shown_alone() -> None:
    store = Store()
    apply(store, SERVICES, service("web"))
    store.cover(SERVICES, "", KindCoverage(Coverage.COMPLETE))
    sets = [stateful_set(1, name=f"web{number}", uid=f"uid-{number}", service="web") for number in range(MANY + 2)]
    apply(store, STATEFULSETS, *sets)
    seen, other = Key("default", "web7"), Key("default", "web8")

    def service_status(key: Key) -> ServiceStatus:
        return store.fleet.sets[key].service.status

    assert len(store.refresh(at(60), more_to_come=True, first=(seen,))) == len(sets)
    assert (service_status(seen), service_status(other)) == (ServiceStatus.HEADLESS, ServiceStatus.UNKNOWN)
    assert store.refresh(at(60), more_to_come=True, first=(other,)) == {other}, "what comes into sight is shown whole"
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    assert len(store.refresh(at(70))) == len(sets)
    rows = [view.ordinals[0] for view in store.fleet.sets.values()]
    assert {row.dns.status for row in rows} == {DnsStatus.NO_POD}
    assert {row.state.since for row in rows} == {at(70)}, "nothing was seen to be missing before"


def test_while_lists_are_read_many_sets_keep_the_view_that_they_have() -> None:
    store = Store()
    sets = [stateful_set(1, name=f"web{number}", uid=f"uid-{number}") for number in range(MANY + 1)]
    apply(store, STATEFULSETS, *sets)
    assert len(store.refresh(at(60), more_to_come=True)) == len(sets), "what has no view gets one"
    store.cover(STATEFULSETS, "", KindCoverage(Coverage.COMPLETE))
    assert store.refresh(at(61), more_to_come=True) == frozenset()
    assert not store.pending
    seen = Key("default", "web7")
    apply(store, STATEFULSETS, stateful_set(2, name="web7", uid="uid-7"))
    assert store.refresh(at(61), more_to_come=True, first=(seen,)) == {seen}, "what is in sight does not wait"
    apply(store, STATEFULSETS, stateful_set(1, name="another", uid="uid"))
    assert store.refresh(at(62), more_to_come=True) == {Key("default", "another")}
    assert all(view.severity is Severity.UNKNOWN for view in store.fleet.sets.values())
    apply(store, PODS, pod(0, set_name="web7", uid="pod"))
    assert store.refresh(at(62), more_to_come=True) == frozenset(), "the rest of the list may change others too"
    assert store.refresh(at(62)) >= {seen}, "a list that comes to a halt hides nothing"
    assert "pod" in [row.uid for row in store.fleet.sets[seen].ordinals]
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    assert len(store.refresh(at(63))) == len(sets) + 1
    assert not any(view.severity is Severity.UNKNOWN for view in store.fleet.sets.values())

"""Which warning events are held, for which set, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.cache import Cache
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.held_events import STRAYS
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding
from stsview.model.store import Store
from stsview.objects.event import Event
from stsview.objects.kinds import CLAIMS, EVENTS, PODS, STATEFULSETS, Kind, KubernetesObject
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import at, claim, event, pod, stateful_set

WEB, DB = Key("default", "web"), Key("default", "db")


def applied(kind: Kind, *objects: KubernetesObject) -> Batch:
    return Batch(kind, tuple(Applied(one) for one in objects))


def known(cache: Cache) -> Cache:
    for kind in (STATEFULSETS, PODS, CLAIMS, EVENTS):
        cache.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    return cache


@pytest.fixture
def cache() -> Cache:
    """A set of three, of which pod 1 is missing, and another set."""
    held = known(Cache())
    held.apply(applied(STATEFULSETS, stateful_set(3), stateful_set(1, name="db", uid="db-uid")))
    held.apply(applied(PODS, pod(0, uid="pod-0", claims=("shared",)), pod(2, uid="pod-2")))
    held.apply(applied(CLAIMS, claim("data-web-0", uid="claim-0")))
    return held


def held_by(cache: Cache, key: Key = WEB) -> list[Event]:
    objects = cache.objects_of(key)
    assert objects is not None
    return list(objects.events)


@pytest.mark.parametrize(
    ("about", "kind", "touched"),
    [
        ("web", "StatefulSet", {WEB}),
        ("web-0", "Pod", {WEB}),
        ("web-1", "Pod", {WEB}),
        ("db-0", "Pod", {DB}),
        ("data-web-1", "PersistentVolumeClaim", {WEB}),
        ("data-db-0", "PersistentVolumeClaim", {DB}),
        ("shared", "PersistentVolumeClaim", {WEB}),
        ("web", "Service", set()),
        ("web-0", "Node", set()),
        ("other", "StatefulSet", set()),
        ("other-0", "Pod", set()),
        ("web-01", "Pod", set()),
        ("web", "Pod", set()),
        ("logs-web-0", "PersistentVolumeClaim", set()),
        ("other", "PersistentVolumeClaim", set()),
    ],
)
def test_an_event_affects_only_the_set_it_concerns(cache: Cache, about: str, kind: str, touched: set[Key]) -> None:
    said = event(about, kind=kind)
    assert cache.apply(applied(EVENTS, said)) == touched
    assert [held_by(cache, key) for key in (WEB, DB)] == [[said] if key in touched else [] for key in (WEB, DB)]
    assert cache.apply(applied(EVENTS, said)) == set(), "told twice, as after a new list"
    assert cache.apply(Batch(EVENTS, (Deleted(said),))) == touched
    assert held_by(cache) == held_by(cache, DB) == []


def test_an_event_of_another_namespace_does_not_count(cache: Cache) -> None:
    assert cache.apply(applied(EVENTS, event("web-0", namespace="elsewhere"))) == set()
    assert held_by(cache) == []


def test_normal_events_are_not_held(cache: Cache) -> None:
    assert cache.apply(applied(EVENTS, event("web-0", type="Normal"))) == set()
    assert held_by(cache) == []


@pytest.mark.parametrize(
    ("about", "kind", "uid", "counts"),
    [
        ("web", "StatefulSet", "set-uid", True),
        ("web", "StatefulSet", "former", False),
        ("web-0", "Pod", "pod-0", True),
        ("web-0", "Pod", "former", False),
        ("web-0", "Pod", "", True),
        ("web-1", "Pod", "former", True),
        ("web-7", "Pod", "former", False),
        ("data-web-0", "PersistentVolumeClaim", "claim-0", True),
        ("data-web-0", "PersistentVolumeClaim", "former", False),
        ("data-web-1", "PersistentVolumeClaim", "former", True),
        ("data-web-7", "PersistentVolumeClaim", "former", False),
    ],
)
def test_events_of_an_existing_object_are_its_own_and_of_a_missing_one_its_predecessors(
    cache: Cache, about: str, kind: str, uid: str, counts: bool
) -> None:
    cache.apply(applied(EVENTS, event(about, kind=kind, uid=uid)))
    assert bool(held_by(cache)) is counts


def test_former_events_count_while_the_pod_is_missing_but_not_for_its_successor(cache: Cache) -> None:
    said = event("web-0", uid="pod-0")
    cache.apply(applied(EVENTS, said))
    assert cache.apply(Batch(PODS, (Deleted(pod(0, uid="pod-0")),))) == {WEB}
    assert held_by(cache) == [said]
    assert cache.apply(applied(PODS, pod(0, uid="pod-0-again"))) == {WEB}
    assert held_by(cache) == []


def test_events_of_a_surplus_pod_count_and_those_of_a_removed_one_do_not(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(5, uid="pod-5")))
    said = [event("web-5", uid="pod-5"), event("data-web-5", kind="PersistentVolumeClaim", last=1)]
    cache.apply(applied(EVENTS, *said))
    assert held_by(cache) == said
    cache.apply(Batch(PODS, (Deleted(pod(5, uid="pod-5")),)))
    assert held_by(cache) == []


def test_events_are_sorted_by_when_they_were_last_seen(cache: Cache) -> None:
    told = [event("web-0", "B", last=30), event("web", "A", kind="StatefulSet", last=10), event("web-2", "C", last=20)]
    cache.apply(applied(EVENTS, *told))
    assert [one.reason for one in held_by(cache)] == ["A", "C", "B"]
    cache.apply(applied(EVENTS, event("web", "A", kind="StatefulSet", last=40, times=2)))
    assert [one.reason for one in held_by(cache)] == ["C", "B", "A"]


@pytest.mark.parametrize(
    ("about", "kind"),
    [("web", "StatefulSet"), ("web-1", "Pod"), ("data-web-1", "PersistentVolumeClaim")],
)
def test_events_may_arrive_before_their_set(about: str, kind: str) -> None:
    cache = Cache()
    said = event(about, kind=kind)
    assert cache.apply(applied(EVENTS, said)) == set()
    known(cache)
    assert cache.apply(applied(STATEFULSETS, stateful_set())) == {WEB}
    assert held_by(cache) == [said]


def others(count: int, **more: Any) -> list[Event]:
    """Warnings about pods named like those of a set that does not exist."""
    return [event("other-0", name=f"other.{number}", **more) for number in range(count)]


def test_no_event_is_dropped_before_the_sets_are_listed() -> None:
    cache = Cache()
    said = event("web-0")
    cache.apply(applied(EVENTS, said, *others(STRAYS + 5)))
    cache.cover(STATEFULSETS, "", KindCoverage(Coverage.LOADING))
    cache.apply(applied(STATEFULSETS, stateful_set()))
    known(cache)
    assert held_by(cache) == [said]
    cache.apply(applied(STATEFULSETS, stateful_set(1, name="other", uid="other-uid")))
    assert len(held_by(cache, Key("default", "other"))) == STRAYS, "the oldest are gone"


def test_only_events_of_no_set_are_dropped(cache: Cache) -> None:
    said = event("web-0")
    cache.apply(applied(EVENTS, said))
    for start in range(3):
        cache.apply(applied(EVENTS, *(event("other-0", name=f"o.{start}.{n}") for n in range(STRAYS))))
    assert held_by(cache) == [said]
    cache.apply(applied(STATEFULSETS, stateful_set(1, name="other", uid="other-uid")))
    assert {one.metadata.name.split(".")[1] for one in held_by(cache, Key("default", "other"))} == {"2"}


def test_an_event_whose_set_arrived_is_not_dropped(cache: Cache) -> None:
    late = Key("default", "late")
    said = event("late-0")
    cache.apply(applied(EVENTS, said))
    cache.apply(applied(STATEFULSETS, stateful_set(1, name="late", uid="late-uid")))
    cache.apply(applied(EVENTS, *others(2 * STRAYS)))
    assert held_by(cache, late) == [said]


@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.ABSENT])
def test_forbidden_events_are_unknown(cache: Cache, coverage: Coverage) -> None:
    cache.apply(applied(EVENTS, event("web-0")))
    assert cache.cover(EVENTS, "", KindCoverage(coverage, "no")) == {WEB, DB}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert (objects.events, objects.complete(EVENTS), objects.covered(EVENTS).reason) == ((), False, "no")


def test_an_event_storm_derives_its_set_once_per_refresh_and_others_never() -> None:
    derived: list[Key] = []

    def examine(case: RuleInput) -> tuple[Finding, ...]:
        derived.append(case.view.key)
        return ()

    store = Store(examine=examine)
    for kind in (STATEFULSETS, PODS, CLAIMS, EVENTS):
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    store.apply(applied(STATEFULSETS, stateful_set(), stateful_set(name="db", uid="db-uid")), at(0))
    store.refresh(at(60))
    derived.clear()
    for times in range(1, 500):
        store.apply(applied(EVENTS, event("web-0", times=times, last=60 + times / 100)), at(60))
    store.refresh(at(65))
    assert derived == [WEB]
    store.apply(applied(EVENTS, event("web-0", times=499, last=60 + 4.99)), at(65))
    store.refresh(at(65))
    assert derived == [WEB], "nothing new was said"

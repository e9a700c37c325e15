"""An undecodable object is neither missing nor healthy."""

from __future__ import annotations

import pytest

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.undecodable import UndecodableObjects
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.views import SetView, Severity
from stsview.objects.kinds import (
    CLAIMS,
    CLASSES,
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
from stsview.objects.stream_messages import Applied, Batch
from tests.support.model.build import START, claim, pod, service, stateful_set

WEB, DB = Key("default", "web"), Key("default", "db")


def applied(kind: Kind, *objects: KubernetesObject) -> Batch:
    return Batch(kind, tuple(map(Applied, objects)))


def complete(*malformed: Key) -> KindCoverage:
    return KindCoverage(Coverage.COMPLETE, malformed=frozenset(malformed))


@pytest.fixture
def store() -> Store:
    store = Store(ModelSettings())
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    for batch in (
        applied(STATEFULSETS, stateful_set(replicas=2), stateful_set(name="db", uid="db-uid", service="db")),
        applied(PODS, pod(0), pod(1), pod(0, set_name="db")),
        applied(CLAIMS, claim("data-web-0"), claim("data-web-1")),
        applied(SERVICES, service("web")),
    ):
        store.apply(batch, START)
    store.refresh(START)
    return store


def web(store: Store) -> SetView:
    return store.fleet.sets[WEB]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (PODS, "web-1", "Pod web-1 cannot be decoded"),
        (CLAIMS, "data-web-0", "PersistentVolumeClaim data-web-0 cannot be decoded"),
        (SERVICES, "web", "Service web cannot be decoded"),
    ],
)
def test_only_the_affected_set_is_unknown_and_gives_the_reason(store: Store, kind: Kind, name: str, said: str) -> None:
    store.cover(kind, "", complete(Key("default", name), Key("other", name), Key("default", "another-thing")))
    assert store.refresh(START) == {WEB}
    assert said in web(store).unknown
    assert web(store).severity >= Severity.UNKNOWN
    assert store.fleet.sets[DB].unknown == ()
    store.cover(kind, "", complete())
    assert store.refresh(START) == {WEB}
    assert web(store).unknown == ()


def test_an_undecodable_pod_is_not_missing(store: Store) -> None:
    store.apply(Batch(PODS, applied(PODS, pod(0), pod(0, set_name="db")).changes, replace=True), START)
    store.cover(PODS, "", complete(Key("default", "web-1")))
    store.refresh(START)
    state = web(store).ordinals[1].state
    assert (state.label, state.detail) == ("unknown", "Pod web-1 cannot be decoded")


@pytest.mark.parametrize("kind", [NODES, VOLUMES, CLASSES])
def test_referenced_objects_are_matched_by_name(kind: Kind) -> None:
    malformed = UndecodableObjects()
    malformed.update(kind, "", complete(Key("", "one")))
    assert malformed
    known = complete()
    assert malformed.coverage_for(kind, "default", known, [Key("", "other")]) is known
    seen = malformed.coverage_for(kind, "default", known, [Key("", "other"), Key("", "one")])
    assert (seen.complete, seen.reason) == (False, f"{kind.name} one cannot be decoded")
    malformed.update(kind, "", None)
    assert not malformed


def test_coverage_of_a_namespace_takes_precedence_there() -> None:
    malformed = UndecodableObjects()
    malformed.update(PODS, "", complete(Key("default", "web-0"), Key("other", "web-0")))
    malformed.update(PODS, "default", complete())
    assert malformed.coverage_for(PODS, "default", complete(), [WEB]).complete
    assert not malformed.coverage_for(PODS, "other", complete(), [Key("other", "web")]).complete


def test_a_forbidden_kind_stays_forbidden() -> None:
    malformed = UndecodableObjects()
    malformed.update(PODS, "", complete(Key("default", "web-0")))
    forbidden = KindCoverage(Coverage.FORBIDDEN, "no")
    assert malformed.coverage_for(PODS, "default", forbidden, [WEB]) is forbidden

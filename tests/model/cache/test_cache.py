"""Which sets a change affects: those that depend on the object, and no others."""

from __future__ import annotations

import pytest

from stsview.model.cache.cache import Cache
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.kinds import (
    CLAIMS,
    ENDPOINT_SLICES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.statefulset import ControllerRevision, RevisionMeta
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import claim, endpoint, endpoint_slice, owned_by, pod, running, service, stateful_set

WEB, DB = Key("default", "web"), Key("default", "db")


def applied(kind: Kind, *objects: KubernetesObject) -> Batch:
    return Batch(kind, tuple(Applied(o) for o in objects))


def deleted(kind: Kind, *objects: KubernetesObject) -> Batch:
    return Batch(kind, tuple(Deleted(o) for o in objects))


def revision(owner: str = "set-uid", name: str = "web-new") -> ControllerRevision:
    return ControllerRevision(metadata=RevisionMeta(name=name, namespace="default", owner_references=owned_by(owner)))


@pytest.fixture
def cache() -> Cache:
    cache = Cache()
    for kind in WATCHED:
        cache.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    cache.apply(applied(STATEFULSETS, stateful_set(), stateful_set(name="db", uid="db-uid", service="db")))
    return cache


@pytest.mark.parametrize(
    ("kind", "object_", "touched"),
    [
        (PODS, pod(0), {WEB}),
        (PODS, pod(0, set_name="db"), {DB}),
        (PODS, pod(0, set_name="unknown"), set()),
        (PODS, pod(0, set_name="web-1"), set()),
        (PODS, pod(0, namespace="elsewhere"), set()),
        (CLAIMS, claim("data-web-0"), {WEB}),
        (CLAIMS, claim("data-db-12"), {DB}),
        (CLAIMS, claim("logs-web-0"), set()),
        (CLAIMS, claim("web-0"), set()),
        (SERVICES, service("web"), {WEB}),
        (SERVICES, service("other"), set()),
        (ENDPOINT_SLICES, endpoint_slice(service_name="db"), {DB}),
        (ENDPOINT_SLICES, endpoint_slice(service_name="other"), set()),
        (REVISIONS, revision(), {WEB}),
        (REVISIONS, revision("unowned"), set()),
        (STATEFULSETS, stateful_set(5), {WEB}),
    ],
)
def test_an_object_affects_the_sets_that_depend_on_it(
    cache: Cache, kind: Kind, object_: KubernetesObject, touched: set[Key]
) -> None:
    assert cache.apply(applied(kind, object_)) == touched
    assert cache.apply(applied(kind, object_)) == set(), "an equal object touches nothing"
    assert cache.apply(deleted(kind, object_)) == touched
    assert cache.apply(deleted(kind, object_)) == set()


def test_a_mounted_claim_affects_the_set_of_its_pod_whatever_its_name() -> None:
    cache = Cache()
    cache.apply(applied(STATEFULSETS, stateful_set()))
    cache.apply(applied(PODS, pod(0, claims=["shared"])))
    assert cache.apply(applied(CLAIMS, claim("shared"))) == {WEB}


def test_one_claim_name_can_belong_to_two_sets() -> None:
    cache = Cache()
    cache.apply(applied(STATEFULSETS, stateful_set(name="a", uid="1", templates=["data-web"])))
    cache.apply(applied(STATEFULSETS, stateful_set(name="web-a", uid="2", templates=["data"])))
    assert cache.apply(applied(CLAIMS, claim("data-web-a-0"))) == {Key("default", "a"), Key("default", "web-a")}


def test_a_slice_that_changes_its_service_affects_both_sets(cache: Cache) -> None:
    cache.apply(applied(ENDPOINT_SLICES, endpoint_slice(service_name="web")))
    assert cache.apply(applied(ENDPOINT_SLICES, endpoint_slice(service_name="db"))) == {WEB, DB}


def test_the_deletion_of_a_former_object_does_not_remove_its_successor(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(0, uid="now")))
    assert cache.apply(deleted(PODS, pod(0, uid="former"))) == set()
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert objects.pods["web-0"].metadata.uid == "now"


def test_a_pod_replaced_between_two_lists_is_the_new_one(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(0, uid="former"), pod(1)))
    assert cache.apply(Batch(PODS, (Applied(pod(0, uid="now")), Applied(pod(1))), replace=True)) == {WEB}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert objects.pods["web-0"].metadata.uid == "now"


def test_a_complete_list_removes_objects_not_in_it(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(0), pod(1), pod(0, set_name="db")))
    assert cache.apply(Batch(PODS, (Applied(pod(0)), Applied(pod(0, set_name="db"))), replace=True)) == {WEB}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert list(objects.pods) == ["web-0"]


def test_a_list_of_one_namespace_changes_no_other(cache: Cache) -> None:
    cache.apply(applied(STATEFULSETS, stateful_set(namespace="other", uid="other-uid")))
    cache.apply(applied(PODS, pod(0), pod(0, namespace="other")))
    assert cache.apply(Batch(PODS, (), replace=True, namespace="other")) == {Key("other", "web")}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert list(objects.pods) == ["web-0"]


def test_pods_received_before_their_set_are_found() -> None:
    cache = Cache()
    cache.cover(PODS, "", KindCoverage(Coverage.COMPLETE))
    assert cache.apply(applied(PODS, pod(0))) == set()
    assert cache.apply(applied(STATEFULSETS, stateful_set())) == {WEB}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert list(objects.pods) == ["web-0"]


def test_a_deleted_set_has_no_objects(cache: Cache) -> None:
    assert cache.apply(deleted(STATEFULSETS, stateful_set())) == {WEB}
    assert cache.objects_of(WEB) is None


def test_unreadable_kinds_are_dropped(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(0)))
    cache.apply(applied(CLAIMS, claim("data-web-0")))
    cache.apply(applied(SERVICES, service("web")))
    cache.apply(applied(ENDPOINT_SLICES, endpoint_slice(endpoint(pod(0)))))
    cache.apply(applied(REVISIONS, revision()))
    for kind in (PODS, CLAIMS, SERVICES, ENDPOINT_SLICES, REVISIONS):
        cache.cover(kind, "", KindCoverage(Coverage.FORBIDDEN, "no"))
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert (dict(objects.pods), dict(objects.claims), objects.service) == ({}, {}, None)
    assert (objects.slices, objects.revisions) == ((), ())


def test_unreadable_sets_are_dropped_until_read_again(cache: Cache) -> None:
    cache.apply(applied(STATEFULSETS, stateful_set(namespace="other", uid="other-uid")))
    assert cache.cover(STATEFULSETS, "", KindCoverage(Coverage.FORBIDDEN, "no")) == {WEB, DB, Key("other", "web")}
    assert cache.set_keys == []
    cache.cover(STATEFULSETS, "", KindCoverage(Coverage.LOADING))
    assert cache.objects_of(WEB) is None, "an old picture does not come back as a new one"


def test_a_kind_read_in_one_namespace_survives_being_forbidden_in_all(cache: Cache) -> None:
    cache.apply(applied(STATEFULSETS, stateful_set(namespace="other", uid="other-uid")))
    cache.cover(STATEFULSETS, "other", KindCoverage(Coverage.COMPLETE))
    cache.cover(STATEFULSETS, "", KindCoverage(Coverage.FORBIDDEN, "no"))
    assert cache.set_keys == [Key("other", "web")]


def test_a_kind_read_in_all_namespaces_replaces_one_forbidden_in_a_namespace(cache: Cache) -> None:
    cache.cover(PODS, "default", KindCoverage(Coverage.FORBIDDEN, "no"))
    cache.cover(PODS, "", KindCoverage(Coverage.LOADING))
    cache.apply(applied(PODS, pod(0)))
    cache.cover(PODS, "", KindCoverage(Coverage.COMPLETE))
    cache.cover(PODS, "default", None)
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert list(objects.pods) == ["web-0"]


@pytest.mark.parametrize(
    ("everywhere", "kept"), [(Coverage.COMPLETE, True), (Coverage.LOADING, False), (Coverage.FORBIDDEN, False)]
)
def test_a_namespace_without_a_stream_of_its_own_any_more(cache: Cache, everywhere: Coverage, kept: bool) -> None:
    cache.cover(PODS, "default", KindCoverage(Coverage.COMPLETE))
    cache.apply(applied(PODS, pod(0)))
    cache.cover(PODS, "", KindCoverage(everywhere))
    assert cache.cover(PODS, "default", None) == {WEB, DB}
    assert cache.cover(PODS, "default", None) == set()
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert list(objects.pods) == (["web-0"] if kept else [])


def test_only_changed_coverage_affects_the_sets_of_its_namespace(cache: Cache) -> None:
    cache.apply(applied(STATEFULSETS, stateful_set(namespace="other", uid="other-uid")))
    forbidden = KindCoverage(Coverage.FORBIDDEN, "no")
    assert cache.cover(PODS, "other", forbidden) == {Key("other", "web")}
    assert cache.cover(PODS, "other", forbidden) == set()
    assert cache.cover(CLAIMS, "", forbidden) == {WEB, DB, Key("other", "web")}
    objects, others = cache.objects_of(WEB), cache.objects_of(Key("other", "web"))
    assert objects is not None
    assert others is not None
    assert (objects.complete(PODS), others.complete(PODS)) == (True, False)


def test_a_changed_pod_affects_its_set_again(cache: Cache) -> None:
    cache.apply(applied(PODS, pod(0)))
    assert cache.apply(applied(PODS, pod(0, containers=[running(restarts=1)]))) == {WEB}

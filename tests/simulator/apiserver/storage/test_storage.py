"""Storage: versions, locks, generations, order of events, determinism."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import (
    CLAIMS,
    CONFIG_MAPS,
    NAMESPACES,
    PODS,
    SERVICES,
    STATEFUL_SETS,
    STORAGE_CLASSES,
)
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import claim, config_map, pod, stateful_set


def _refusal(call: Any, *arguments: Any, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        call(*arguments, **options)
    return refused.value


def test_create_sets_uid_version_and_timestamp(storage: Storage) -> None:
    before = storage.resource_version
    made = storage.create(CONFIG_MAPS, config_map("a"))
    assert made["metadata"]["uid"]
    assert made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert made["metadata"]["resourceVersion"] == str(before + 1) == str(storage.resource_version)
    assert storage.get(CONFIG_MAPS, "default", "a") is made
    assert list(made)[:3] == ["kind", "apiVersion", "metadata"]


def test_missing_existing_and_homeless_objects_are_refused(storage: Storage) -> None:
    assert str(_refusal(storage.get, STATEFUL_SETS, "default", "x")) == 'statefulsets.apps "x" not found'
    storage.create(CONFIG_MAPS, config_map("a"))
    taken = _refusal(storage.create, CONFIG_MAPS, config_map("a"))
    assert (taken.code, str(taken)) == (409, 'configmaps "a" already exists')
    homeless = _refusal(storage.create, CONFIG_MAPS, config_map("a", namespace="nowhere"))
    assert (homeless.code, str(homeless)) == (404, 'namespaces "nowhere" not found')


def test_generate_name(storage: Storage) -> None:
    made = storage.create(CONFIG_MAPS, {"metadata": {"generateName": "web-", "namespace": "default"}})
    name = made["metadata"]["name"]
    assert name.startswith("web-")
    assert len(name) == len("web-") + 5


def test_stored_objects_are_copies(storage: Storage) -> None:
    mine = config_map("a", {"k": "1"})
    made = storage.create(CONFIG_MAPS, mine)
    mine["data"]["k"] = "2"
    storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["data"].update(k="3"))
    assert made["data"] == {"k": "1"}
    assert storage.get(CONFIG_MAPS, "default", "a")["data"] == {"k": "3"}


def test_an_update_with_an_old_version_conflicts(storage: Storage) -> None:
    old = storage.create(CONFIG_MAPS, config_map("a"))
    storage.update(CONFIG_MAPS, {**old, "data": {"k": "1"}})
    late = _refusal(storage.update, CONFIG_MAPS, {**old, "data": {"k": "2"}})
    assert (late.code, late.reason) == (409, "Conflict")
    unlocked = config_map("a", {"k": "3"})
    assert storage.update(CONFIG_MAPS, unlocked)["data"] == {"k": "3"}


def test_an_update_with_another_uid_conflicts(storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    other = _refusal(storage.update, CONFIG_MAPS, config_map("a", uid="another"))
    assert other.code == 409
    assert "Precondition failed: UID in precondition: another" in str(other)


def test_an_unchanged_update_writes_nothing(storage: Storage) -> None:
    made = storage.create(STATEFUL_SETS, stateful_set(), manager="one")
    version = storage.resource_version
    events: list[WatchEvent] = []
    storage.subscribe(events.append)
    again = storage.modify(STATEFUL_SETS, "default", "web", lambda one: None, manager="two")
    assert again is made
    assert storage.resource_version == version
    assert not events


def test_the_generation_follows_the_spec_only(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    where = (STATEFUL_SETS, "default", "web")
    assert storage.get(*where)["metadata"]["generation"] == 1
    storage.modify(*where, lambda one: one["metadata"].update(labels={"a": "b"}))
    storage.modify(*where, lambda one: one["status"].update(replicas=3), subresource="status")
    assert storage.get(*where)["metadata"]["generation"] == 1
    storage.modify(*where, lambda one: one["spec"].update(replicas=3))
    assert storage.get(*where)["metadata"]["generation"] == 2


def test_main_and_status_endpoints_ignore_each_others_fields(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, {**stateful_set(), "status": {"replicas": 9}})
    where = (STATEFUL_SETS, "default", "web")
    assert storage.get(*where)["status"]["replicas"] == 0

    def both(one: dict[str, Any]) -> None:
        one["spec"]["replicas"] = 5
        one["status"]["replicas"] = 5

    storage.modify(*where, both, subresource="status")
    assert (storage.get(*where)["spec"]["replicas"], storage.get(*where)["status"]["replicas"]) == (1, 5)
    storage.modify(*where, lambda one: one.update(spec={**one["spec"], "replicas": 7}, status={"replicas": 7}))
    assert (storage.get(*where)["spec"]["replicas"], storage.get(*where)["status"]["replicas"]) == (7, 5)


def test_server_owned_metadata_is_ignored(storage: Storage) -> None:
    made = storage.create(PODS, pod())
    foreign: dict[str, Any] = {
        "uid": None,
        "creationTimestamp": "1999-01-01T00:00:00Z",
        "deletionTimestamp": "1999-01-01T00:00:00Z",
        "generation": 77,
        "managedFields": [],
    }
    storage.modify(PODS, "default", "web-0", lambda one: one["metadata"].update(foreign, labels={"a": "b"}))
    metadata = storage.get(PODS, "default", "web-0")["metadata"]
    for name in ("uid", "creationTimestamp", "generation"):
        assert metadata[name] == made["metadata"][name]
    assert "deletionTimestamp" not in metadata
    assert metadata["managedFields"]


def test_a_dry_run_stores_nothing(storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a"))
    version = storage.resource_version
    assert storage.create(CONFIG_MAPS, config_map("b"), dry_run=True)["metadata"]["uid"]
    changed = storage.update(CONFIG_MAPS, config_map("a", {"k": "1"}), dry_run=True)
    assert changed["data"] == {"k": "1"}
    storage.delete(CONFIG_MAPS, "default", "a", dry_run=True)
    assert _refusal(storage.create, CONFIG_MAPS, config_map("a"), dry_run=True).reason == "AlreadyExists"
    assert storage.resource_version == version
    assert [one["metadata"]["name"] for one in storage.list(CONFIG_MAPS)] == ["a"]
    assert storage.get(CONFIG_MAPS, "default", "a")["data"] == {}


def test_lists_are_in_etcd_key_order(storage: Storage) -> None:
    for namespace in ("a", "a-b"):
        storage.create(NAMESPACES, {"metadata": {"name": namespace}})
    for namespace, name in (("a", "z"), ("a-b", "x"), ("a", "10"), ("a", "9"), ("default", "m")):
        storage.create(CONFIG_MAPS, config_map(name, namespace=namespace))
    everywhere = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in storage.list(CONFIG_MAPS)]
    assert everywhere == [("a-b", "x"), ("a", "10"), ("a", "9"), ("a", "z"), ("default", "m")]
    assert [one["metadata"]["name"] for one in storage.list(CONFIG_MAPS, "a")] == ["10", "9", "z"]
    picked = storage.list(CONFIG_MAPS, selector=lambda one: one["metadata"]["name"] == "m")
    assert len(picked) == 1


def test_subscribers_receive_events_in_order_and_nested_writes_later(storage: Storage) -> None:
    received: list[tuple[str, str, str]] = []

    def follow_up(event: WatchEvent) -> None:
        if event.resource is PODS and event.type == "ADDED":
            storage.create(CONFIG_MAPS, config_map(f"for-{event.object['metadata']['name']}"))

    storage.subscribe(follow_up)
    stop = storage.subscribe(
        lambda event: received.append((event.type, event.resource.kind, event.object["metadata"]["name"]))
    )
    storage.create(PODS, pod("web-0"))
    storage.modify(PODS, "default", "web-0", lambda one: one["metadata"].update(labels={"a": "b"}))
    storage.delete(CONFIG_MAPS, "default", "for-web-0")
    stop()
    storage.create(CONFIG_MAPS, config_map("unheard"))
    assert received == [
        ("ADDED", "Pod", "web-0"),
        ("ADDED", "ConfigMap", "for-web-0"),
        ("MODIFIED", "Pod", "web-0"),
        ("DELETED", "ConfigMap", "for-web-0"),
    ]


def test_events_carry_the_previous_object_and_their_version(storage: Storage) -> None:
    made = storage.create(CONFIG_MAPS, config_map("a"))
    events: list[WatchEvent] = []
    storage.subscribe(events.append)
    changed = storage.modify(CONFIG_MAPS, "default", "a", lambda one: one.update(data={"k": "1"}))
    storage.delete(CONFIG_MAPS, "default", "a")
    modified, deleted = events
    assert (modified.previous, modified.object, modified.rv) == (made, changed, made_version(changed))
    assert deleted.previous == changed
    assert deleted.object["metadata"]["resourceVersion"] == str(deleted.rv) == str(modified.rv + 1)


def made_version(obj: dict[str, Any]) -> int:
    return int(obj["metadata"]["resourceVersion"])


def test_admitters_can_refuse_creation(storage: Storage) -> None:
    def refuse(resource: Any, obj: dict[str, Any]) -> None:
        raise ApiError.forbidden(resource, obj["metadata"]["name"], "exceeded quota: q")

    storage.admitters.append(refuse)
    refused = _refusal(storage.create, PODS, pod())
    assert str(refused) == 'pods "web-0" is forbidden: exceeded quota: q'
    assert storage.find(PODS, "default", "web-0") is None


def test_a_terminating_namespace_refuses_new_objects_and_is_removed_when_finalized(storage: Storage) -> None:
    storage.create(NAMESPACES, {"metadata": {"name": "old"}})
    storage.delete(NAMESPACES, "", "old")
    namespace = storage.get(NAMESPACES, "", "old")
    assert namespace["status"]["phase"] == "Terminating"
    refused = _refusal(storage.create, CONFIG_MAPS, config_map("a", namespace="old"))
    assert (refused.code, refused.status["details"]["causes"][0]["reason"]) == (403, "NamespaceTerminating")
    storage.modify(NAMESPACES, "", "old", lambda one: one["spec"].update(finalizers=[]))
    assert storage.find(NAMESPACES, "", "old") is not None
    storage.modify(NAMESPACES, "", "old", lambda one: one["spec"].update(finalizers=[]), subresource="finalize")
    assert storage.find(NAMESPACES, "", "old") is None


def test_a_service_keeps_its_cluster_ip_if_an_update_omits_it(storage: Storage) -> None:
    plain = {"metadata": {"name": "a", "namespace": "default"}, "spec": {"selector": {"app": "a"}}}
    address = storage.create(SERVICES, plain)["spec"]["clusterIP"]
    assert address.startswith("10.96.")
    updated = storage.update(SERVICES, {**plain, "spec": {"selector": {"app": "b"}}})
    assert updated["spec"]["clusterIP"] == address
    refused = _refusal(storage.update, SERVICES, {**plain, "spec": {"clusterIP": "None"}})
    assert refused.code == 422


def test_a_claim_without_a_class_gets_the_default_class(storage: Storage) -> None:
    marked = {"storageclass.kubernetes.io/is-default-class": "true"}
    storage.create(STORAGE_CLASSES, {"metadata": {"name": "fast", "annotations": marked}, "provisioner": "p"})
    assert storage.create(CLAIMS, claim("a"))["spec"]["storageClassName"] == "fast"
    assert storage.create(CLAIMS, claim("b", storageClassName=""))["spec"]["storageClassName"] == ""


_calls = st.lists(
    st.tuples(st.sampled_from(["create", "label", "delete", "force"]), st.sampled_from(["web-0", "web-1", "web-2"])),
    max_size=25,
)


def _play(calls: list[tuple[str, str]]) -> list[tuple[str, int, dict[str, Any]]]:
    storage = Storage(ManualClock(), seed=3)
    recorded: list[tuple[str, int, dict[str, Any]]] = []
    storage.subscribe(lambda event: recorded.append((event.type, event.rv, event.object)))
    for call, name in calls:
        try:
            if call == "create":
                storage.create(PODS, pod(name, nodeName="n"))
            elif call == "label":
                storage.modify(PODS, "default", name, lambda one: one["metadata"].update(labels={"a": "b"}))
            else:
                storage.delete(PODS, "default", name, grace_seconds=0 if call == "force" else None)
        except ApiError as error:
            recorded.append((error.reason, 0, {}))
    return recorded


@given(_calls)
@settings(max_examples=30, deadline=None)
def test_equal_calls_produce_equal_histories(calls: list[tuple[str, str]]) -> None:
    assert _play(calls) == _play(calls)


@given(_calls)
@settings(max_examples=30, deadline=None)
def test_replaying_events_yields_the_storage(calls: list[tuple[str, str]]) -> None:
    """A client that applies all events has the stored objects."""
    storage = Storage(ManualClock(), seed=3)
    start = storage.resource_version
    for call, name in calls:
        try:
            if call == "create":
                storage.create(PODS, pod(name, nodeName="n"))
            elif call == "label":
                storage.modify(PODS, "default", name, lambda one: one["metadata"].update(labels={"a": "b"}))
            else:
                storage.delete(PODS, "default", name, grace_seconds=0 if call == "force" else None)
        except ApiError:
            continue
    events = storage.history.after(start)
    mirror: dict[str, dict[str, Any]] = {}
    for event in events:
        name = event.object["metadata"]["name"]
        assert (event.type == "ADDED") == (name not in mirror)
        if event.type == "DELETED":
            del mirror[name]
        else:
            mirror[name] = event.object
    assert [event.rv for event in events] == list(range(start + 1, storage.resource_version + 1))
    assert mirror == {one["metadata"]["name"]: one for one in storage.list(PODS)}

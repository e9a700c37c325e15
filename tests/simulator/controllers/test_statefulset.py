"""The StatefulSet controller beyond the recorded histories."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import CLAIMS, CONTROLLER_REVISIONS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.statefulset.revisions import revision_data, revision_hash
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.simulator.clusters import (
    NAMESPACE,
    annotate_pod,
    claims,
    delete_pod,
    edit_spec,
    empty_cluster,
    events,
    pod,
    pods,
    stateful_set,
    states,
    status,
    with_set,
)


def test_ordinals_can_start_anywhere() -> None:
    cluster = with_set(replicas=2, ordinals={"start": 5})

    assert states(cluster) == {"web-5": "ready", "web-6": "ready"}
    assert sorted(claims(cluster)) == ["data-web-5", "data-web-6"]

    edit_spec(cluster, ordinals={"start": 6})
    cluster.advance(60)
    assert states(cluster) == {"web-6": "ready", "web-7": "ready"}


def test_parallel_sets_do_not_wait_for_readiness() -> None:
    cluster = empty_cluster()
    cluster.apply(
        with_service("web", "web:1", 4, podManagementPolicy="Parallel", annotations=fault_annotations(unready="true"))
    )

    cluster.advance(1)
    assert len(pods(cluster)) == 4

    cluster.scale(NAMESPACE, "web", 0)
    cluster.advance(0.01)
    assert set(states(cluster).values()) <= {"terminating"}


def test_an_ordered_set_waits_for_an_unready_pod() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "web:1", 3, annotations=fault_annotations(unready="true", unready_ordinals="1")))
    cluster.advance(120)
    assert states(cluster) == {"web-0": "ready", "web-1": "Running"}

    cluster.edit(PODS, NAMESPACE, "web-1", lambda one: one["metadata"].update(annotations={}))
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready", "web-1": "ready", "web-2": "ready"}


def test_a_parallel_set_is_not_deadlocked_by_a_broken_update() -> None:
    """KEP-3541 says otherwise; the code does not."""
    cluster = with_set(podManagementPolicy="Parallel")
    cluster.images.missing.add("web:typo")
    cluster.set_image(NAMESPACE, "web", "web:typo")
    cluster.advance(60)
    assert states(cluster)["web-2"] == "Pending"

    cluster.set_image(NAMESPACE, "web", "web:1")
    cluster.advance(60)

    assert set(states(cluster).values()) == {"ready"}


def test_an_ordered_set_is_deadlocked_until_the_broken_pod_is_deleted() -> None:
    """kubernetes/kubernetes#67250."""
    cluster = with_set()
    cluster.images.missing.add("web:typo")
    cluster.set_image(NAMESPACE, "web", "web:typo")
    cluster.advance(60)
    cluster.set_image(NAMESPACE, "web", "web:1")
    cluster.advance(3600)
    stuck = status(cluster)
    assert states(cluster)["web-2"] == "Pending"
    assert (stuck["currentRevision"], stuck["updatedReplicas"]) == (stuck["updateRevision"], 2)

    delete_pod(cluster, "web-2")
    cluster.advance(60)

    assert set(states(cluster).values()) == {"ready"}


def test_a_reverted_template_reuses_its_revision_name() -> None:
    cluster = with_set(replicas=1)
    first = status(cluster)["updateRevision"]
    cluster.set_image(NAMESPACE, "web", "web:2")
    cluster.advance(60)
    cluster.set_image(NAMESPACE, "web", "web:1")
    cluster.advance(60)

    assert status(cluster)["currentRevision"] == first
    revisions = cluster.storage.list(CONTROLLER_REVISIONS, NAMESPACE)
    assert [one["revision"] for one in revisions if one["metadata"]["name"] == first] == [3]


def test_history_is_truncated_to_used_revisions_and_the_limit() -> None:
    cluster = with_set(replicas=1, revisionHistoryLimit=2)
    for number in range(2, 8):
        cluster.set_image(NAMESPACE, "web", f"web:{number}")
        cluster.advance(60)

    numbers = sorted(one["revision"] for one in cluster.storage.list(CONTROLLER_REVISIONS, NAMESPACE))
    assert numbers == [5, 6, 7]


def test_an_existing_revision_name_is_a_collision() -> None:
    cluster = empty_cluster()
    manifests = with_service("web", "web:1", 1)
    made = cluster.storage.create(
        STATEFUL_SETS, {**manifests[1], "metadata": {"name": "web", "namespace": NAMESPACE}}, dry_run=True
    )
    name = f"web-{revision_hash(revision_data(made), 0)}"
    foreign: Object = {"metadata": {"name": name, "namespace": NAMESPACE}, "data": {"spec": {}}, "revision": 1}
    cluster.storage.create(CONTROLLER_REVISIONS, foreign)

    cluster.apply(manifests)
    cluster.advance(60)

    assert status(cluster)["collisionCount"] == 1
    assert status(cluster)["readyReplicas"] == 1


def test_a_failed_pod_is_recreated() -> None:
    cluster = with_set(replicas=2)
    before = pod(cluster, "web-0")["metadata"]["uid"]

    cluster.storage.modify(
        PODS,
        NAMESPACE,
        "web-0",
        lambda one: one["status"].update(phase="Failed", reason="Evicted"),
        subresource="status",
    )
    cluster.advance(60)

    assert states(cluster) == {"web-0": "ready", "web-1": "ready"}
    assert pod(cluster, "web-0")["metadata"]["uid"] != before
    assert events(cluster, "web", "SuccessfulDelete") == ["Delete Pod web-0 in StatefulSet web successful"]


def test_a_pod_name_in_use_stops_the_set_without_an_event() -> None:
    cluster = empty_cluster()
    container = {"name": "squatter", "image": "squatter:1"}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "spec": {"containers": [container]}}
    )
    cluster.apply(with_service("web", "web:1", 3))
    cluster.advance(300)

    assert status(cluster)["replicas"] == 1
    assert events(cluster, "web", "FailedCreate") == []

    delete_pod(cluster, "web-1")
    cluster.advance(1100)
    assert set(states(cluster).values()) == {"ready"}


def test_pods_are_released_and_adopted_with_their_labels() -> None:
    cluster = with_set(replicas=2)
    uid = pod(cluster, "web-1")["metadata"]["uid"]

    cluster.edit(PODS, NAMESPACE, "web-1", lambda one: one["metadata"]["labels"].update(app="other"))
    cluster.advance(5)
    assert "ownerReferences" not in pod(cluster, "web-1")["metadata"]
    assert status(cluster)["replicas"] == 1

    cluster.edit(PODS, NAMESPACE, "web-1", lambda one: one["metadata"]["labels"].update(app="web"))
    cluster.advance(5)
    assert pod(cluster, "web-1")["metadata"]["uid"] == uid
    assert [one["kind"] for one in pod(cluster, "web-1")["metadata"]["ownerReferences"]] == ["StatefulSet"]
    assert status(cluster)["readyReplicas"] == 2


def test_a_removed_pod_name_label_is_restored() -> None:
    cluster = with_set(replicas=1)

    def strip(one: Object) -> None:
        del one["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"]

    cluster.edit(PODS, NAMESPACE, "web-0", strip)
    cluster.advance(5)

    assert pod(cluster, "web-0")["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "web-0"
    assert events(cluster, "web", "SuccessfulUpdate") == ["Update Pod web-0 in StatefulSet web successful"]


def test_a_recreated_set_adopts_orphaned_pods_revisions_and_claims() -> None:
    cluster = with_set()
    before = {name: one["metadata"]["uid"] for name, one in pods(cluster).items()}
    revision = status(cluster)["currentRevision"]
    cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Orphan")
    cluster.advance(1)
    assert {name: one["metadata"]["uid"] for name, one in pods(cluster).items()} == before

    cluster.apply(with_service("web", "web:1", 3, storage="20Gi"))
    cluster.advance(60)

    assert {name: one["metadata"]["uid"] for name, one in pods(cluster).items()} == before
    assert status(cluster)["currentRevision"] == status(cluster)["updateRevision"] == revision
    owners = {one["metadata"]["ownerReferences"][0]["uid"] for one in pods(cluster).values()}
    assert owners == {stateful_set(cluster)["metadata"]["uid"]}
    assert {one["status"]["capacity"]["storage"] for one in claims(cluster).values()} == {"10Gi"}


def test_an_explicit_rolling_update_without_a_partition_counts_by_current_replicas() -> None:
    """The older rule applies while rollingUpdate is unset.

    An explicit `updateStrategy: {type: RollingUpdate}` keeps it unset.
    """
    cluster = with_set(updateStrategy={"type": "RollingUpdate"})
    old = status(cluster)["currentRevision"]
    cluster.edit_template(
        NAMESPACE, "web", image="web:2", annotations=fault_annotations(unready="true", unready_ordinals="2")
    )
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready", "web-1": "ready", "web-2": "Running"}

    delete_pod(cluster, "web-0")
    cluster.advance(60)

    assert pod(cluster, "web-0")["metadata"]["labels"]["controller-revision-hash"] == old


def test_scale_down_is_stuck_with_two_unready_surplus_pods_until_the_highest_is_deleted() -> None:
    cluster = with_set(replicas=5)
    for ordinal in (3, 4):
        annotate_pod(cluster, f"web-{ordinal}", fault_annotations(unready="true"))
    cluster.advance(5)
    cluster.scale(NAMESPACE, "web", 3)
    cluster.advance(600)
    assert len(pods(cluster)) == 5

    delete_pod(cluster, "web-4")
    cluster.advance(60)

    assert sorted(pods(cluster)) == ["web-0", "web-1", "web-2"]


def test_scale_down_deletes_the_highest_pod_even_if_it_is_unready() -> None:
    cluster = with_set(replicas=5)
    annotate_pod(cluster, "web-4", fault_annotations(unready="true"))
    cluster.advance(5)
    cluster.scale(NAMESPACE, "web", 3)
    cluster.advance(60)

    assert sorted(pods(cluster)) == ["web-0", "web-1", "web-2"]


def test_max_unavailable_updates_several_pods_with_its_gate() -> None:
    cluster = with_set(
        replicas=4,
        settings={"max_unavailable": MaxUnavailable.V1_37},
        podManagementPolicy="Parallel",
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}},
    )
    cluster.set_image(NAMESPACE, "web", "web:2")
    cluster.advance(1)

    assert [name for name, word in states(cluster).items() if word == "terminating"] == ["web-1", "web-2", "web-3"]


def test_a_terminating_claim_delays_its_pod_with_an_event() -> None:
    cluster = with_set(replicas=2)
    cluster.edit(CLAIMS, NAMESPACE, "data-web-1", lambda one: one["metadata"]["finalizers"].append("example.com/keep"))
    cluster.storage.delete(CLAIMS, NAMESPACE, "data-web-1")
    delete_pod(cluster, "web-1")
    cluster.advance(20)

    assert states(cluster) == {"web-0": "ready"}
    assert events(cluster, "web", "FailedCreate") == [
        "Create Pod web-1 in StatefulSet web failed error: pvc data-web-1 is being deleted"
    ]

    cluster.edit(CLAIMS, NAMESPACE, "data-web-1", lambda one: one["metadata"].pop("finalizers"))
    cluster.advance(120)
    assert states(cluster) == {"web-0": "ready", "web-1": "ready"}


def test_ordinals_too_large_for_the_api_are_ignored() -> None:
    cluster = with_set(replicas=1)
    labels = {"app": "web"}
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-99999999999", "labels": labels},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        }
    )
    cluster.advance(10)

    assert status(cluster)["replicas"] == 1

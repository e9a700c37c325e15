"""What a kubelet does with a pod: pulling, starting, probing, restarting, ending."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.latencies import RECORDED
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.simulator.box import (
    NAMESPACE,
    annotate_pod,
    condition_reason,
    delete_pod,
    empty_cluster,
    events,
    pod,
    state_of,
    states,
    with_set,
)


def one_pod(annotations: dict[str, str] | None = None, **spec: Any) -> SimulatedCluster:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "web:1", 1, annotations=annotations, pod=spec))
    return cluster


def container(cluster: SimulatedCluster) -> Object:
    return dict(pod(cluster, "web-0")["status"]["containerStatuses"][0])


def waiting(cluster: SimulatedCluster) -> str:
    return str((container(cluster)["state"].get("waiting") or {}).get("reason", ""))


def history_of(cluster: SimulatedCluster, read: str) -> list[Any]:
    """What a field of web-0's status was, change by change."""
    found: list[Any] = []
    for event in cluster.storage.history.after(0):
        if event.resource is PODS and event.type != "DELETED":
            value = event.object["status"].get(read)
            if not found or found[-1] != value:
                found.append(value)
    return found


def test_an_image_that_is_not_there_is_tried_again_and_again() -> None:
    cluster = one_pod()
    cluster.images.missing.add("web:1")
    cluster.advance(600)
    assert waiting(cluster) == "ImagePullBackOff"
    assert "not found" in container(cluster)["state"]["waiting"]["message"]
    assert {"Error: ErrImagePull", "Error: ImagePullBackOff"} <= set(events(cluster, "web-0", "Failed"))

    cluster.images.missing.clear()
    cluster.advance(310)
    assert states(cluster) == {"web-0": "ready"}


def test_a_node_pulls_an_image_once() -> None:
    cluster = empty_cluster(latencies=replace(RECORDED, pull=10.0))
    cluster.apply(with_service("web", "web:1", 1))
    cluster.advance(60)
    assert any(
        text.startswith('Successfully pulled image "web:1" in 10.0') for text in events(cluster, "web-0", "Pulled")
    )

    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert any("already present on machine" in text for text in events(cluster, "web-0", "Pulled"))


def test_a_name_that_is_no_image_is_told_apart() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "Web:1", 1))
    cluster.advance(10)

    assert waiting(cluster) == "InvalidImageName"


def test_a_crash_is_restarted_at_once_then_after_pauses_that_double_to_five_minutes() -> None:
    cluster = one_pod(fault_annotations(crash="3"))
    starts: list[float] = []
    seen: set[str] = set()

    def look(event: Any) -> None:
        if event.resource is PODS:
            for status in event.object["status"].get("containerStatuses") or ():
                if "running" in status["state"] and status["containerID"] not in seen:
                    seen.add(status["containerID"])
                    starts.append(cluster.timeline.monotonic())

    cluster.storage.subscribe(look)
    cluster.advance(1800)

    pauses = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert pauses[:8] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert waiting(cluster) == "CrashLoopBackOff"
    assert container(cluster)["lastState"]["terminated"]["exitCode"] == 3
    assert container(cluster)["restartCount"] == len(starts) - 1


def test_a_crash_that_is_mended_heals_by_itself() -> None:
    cluster = one_pod(fault_annotations(crash="1"))
    cluster.advance(60)
    cluster.edit(PODS, NAMESPACE, "web-0", lambda one: one["metadata"].update(annotations={}))
    cluster.advance(120)

    assert states(cluster) == {"web-0": "ready"}
    assert container(cluster)["restartCount"] > 0


def test_misbehaviour_may_concern_some_ordinals_only() -> None:
    cluster = with_set(annotations=fault_annotations(crash="1", crash_ordinals="0, 2"), podManagementPolicy="Parallel")

    assert states(cluster) == {"web-0": "Running", "web-1": "ready", "web-2": "Running"}


def test_a_pod_becomes_unready_and_ready_again_when_told() -> None:
    cluster = one_pod()
    cluster.advance(30)
    annotate_pod(cluster, "web-0", fault_annotations(unready="true"))
    cluster.advance(1)
    assert states(cluster) == {"web-0": "Running"}
    assert condition_reason(pod(cluster, "web-0"), "Ready") == "ContainersNotReady"
    assert events(cluster, "web-0", "Unhealthy") == ["Readiness probe failed: HTTP probe failed with statuscode: 503"]

    annotate_pod(cluster, "web-0", {PREFIX + "unready": "false"})
    cluster.advance(1)
    assert states(cluster) == {"web-0": "ready"}


def test_probes_hooks_and_annotations_set_the_pace() -> None:
    probing = {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 40}
    hook = {"preStop": {"sleep": {"seconds": 12}}}
    cluster = empty_cluster()
    manifests = with_service("web", "web:1", 1)
    manifests[1]["spec"]["template"]["spec"]["containers"][0].update(readinessProbe=probing, lifecycle=hook)
    cluster.apply(manifests)
    cluster.advance(40)
    assert states(cluster) == {"web-0": "Running"}
    cluster.advance(5)
    assert states(cluster) == {"web-0": "ready"}

    delete_pod(cluster, "web-0")
    cluster.advance(12)
    assert states(cluster) == {"web-0": "terminating"}
    cluster.advance(4)
    assert states(cluster)["web-0"] != "terminating"


def test_init_containers_come_one_after_the_other_and_side_cars_stay() -> None:
    first = {"name": "first", "image": "init:1"}
    side_car = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}
    cluster = one_pod(initContainers=[first, side_car])
    cluster.run_until(lambda: "initContainerStatuses" in pod(cluster, "web-0")["status"])
    assert condition_reason(pod(cluster, "web-0"), "Initialized") == "ContainersNotInitialized"
    assert waiting(cluster) == "PodInitializing"

    cluster.advance(20)
    done, running = pod(cluster, "web-0")["status"]["initContainerStatuses"]
    assert done["state"]["terminated"]["reason"] == "Completed"
    assert "running" in running["state"]
    assert states(cluster) == {"web-0": "ready"}


def test_readiness_gates_wait_for_somebody_else() -> None:
    cluster = one_pod(readinessGates=[{"conditionType": "example.com/in-sync"}])
    cluster.advance(30)
    assert states(cluster) == {"web-0": "Running"}
    assert condition_reason(pod(cluster, "web-0"), "Ready") == "ReadinessGatesNotReady"

    def in_sync(one: Object) -> None:
        one["status"]["conditions"].append({"type": "example.com/in-sync", "status": "True"})

    cluster.storage.modify(PODS, NAMESPACE, "web-0", in_sync, subresource="status")
    cluster.advance(1)
    assert states(cluster) == {"web-0": "ready"}


def test_the_end_is_confirmed_in_the_recorded_order() -> None:
    cluster = one_pod()
    cluster.advance(30)
    since = cluster.storage.resource_version
    delete_pod(cluster, "web-0")
    cluster.run_until(
        lambda: any(
            event.type == "DELETED" and event.resource is PODS for event in cluster.storage.history.after(since)
        )
    )

    story = [
        (event.type, event.object["status"]["phase"], event.object["metadata"]["deletionGracePeriodSeconds"])
        for event in cluster.storage.history.after(since)
        if event.resource is PODS and "deletionTimestamp" in event.object["metadata"]
    ]
    assert story == [
        ("MODIFIED", "Running", 30),
        ("MODIFIED", "Succeeded", 30),
        ("MODIFIED", "Succeeded", 0),
        ("DELETED", "Succeeded", 0),
    ]


def test_what_does_not_end_in_time_is_killed_at_the_deadline() -> None:
    cluster = one_pod(fault_annotations(stop_after="90"), terminationGracePeriodSeconds=10)
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    deadline = instant(pod(cluster, "web-0")["metadata"]["deletionTimestamp"])
    cluster.run_until(lambda: pod(cluster, "web-0")["status"]["phase"] == "Failed")

    assert cluster.now() == deadline
    assert container(cluster)["state"]["terminated"]["exitCode"] == 137


def test_a_shorter_grace_period_shortens_the_end() -> None:
    cluster = one_pod(fault_annotations(stop_after="90"), terminationGracePeriodSeconds=300)
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    cluster.advance(1)
    delete_pod(cluster, "web-0", grace_seconds=5)
    cluster.advance(10)

    assert states(cluster)["web-0"] != "terminating"


def test_a_stuck_pod_ends_when_it_is_freed() -> None:
    cluster = one_pod()
    cluster.advance(30)
    annotate_pod(cluster, "web-0", fault_annotations(stuck="true"))
    delete_pod(cluster, "web-0")
    cluster.advance(24 * 3600)
    assert states(cluster) == {"web-0": "terminating"}
    assert state_of(pod(cluster, "web-0")) == "terminating"
    assert condition_reason(pod(cluster, "web-0"), "Ready") == ""

    annotate_pod(cluster, "web-0", {PREFIX + "stuck": "false"})
    cluster.advance(60)
    assert states(cluster) == {"web-0": "ready"}


def test_containers_write_logs() -> None:
    cluster = one_pod(fault_annotations(crash="1"))
    cluster.advance(60)
    current = cluster.kubelet.log_of(pod(cluster, "web-0"), "web", False)
    before = cluster.kubelet.log_of(pod(cluster, "web-0"), "web", True)

    assert current is not None
    assert before is not None
    assert current.lines[-1][1].endswith("ERROR [main] exiting with code 1")
    assert current.lines[0][1] != before.lines[0][1]
    assert cluster.kubelet.log_of(pod(cluster, "web-0"), "other", False) is None


def test_whoever_listens_hears_more_and_silence_costs_nothing() -> None:
    cluster = one_pod()
    cluster.advance(60)
    steps = cluster.engine.steps
    cluster.advance(600)
    assert cluster.engine.steps == steps

    log = cluster.kubelet.log_of(pod(cluster, "web-0"), "web", False)
    assert log is not None
    lines = len(log.lines)
    cluster.advance(60)
    assert len(log.lines) > lines + 10


def test_the_log_of_a_silent_node_cannot_be_read() -> None:
    cluster = one_pod()
    cluster.advance(30)
    cluster.fail_node(pod(cluster, "web-0")["spec"]["nodeName"], NodeFault.KUBELET)

    with pytest.raises(ApiError, match="no route to host"):
        cluster.kubelet.log_of(pod(cluster, "web-0"), "web", False)


def test_a_volume_that_cannot_be_unmounted_holds_the_pod_after_its_containers_ended() -> None:
    cluster = one_pod(fault_annotations(unmount="stuck"))
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    cluster.advance(3600)
    assert states(cluster) == {"web-0": "terminating"}
    assert "terminated" in container(cluster)["state"]

    annotate_pod(cluster, "web-0", {PREFIX + "unmount": "false"})
    cluster.advance(1)
    assert states(cluster)["web-0"] != "terminating"

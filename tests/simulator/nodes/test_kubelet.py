"""The lifecycle of a pod: pulling, starting, probing, restarting, terminating."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import EVENTS, PODS
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.latencies import RECORDED
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.simulator.clusters import (
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
    """The values of a field of web-0's status, change by change."""
    found: list[Any] = []
    for event in cluster.storage.history.after(0):
        if event.resource is PODS and event.type != "DELETED":
            value = event.object["status"].get(read)
            if not found or found[-1] != value:
                found.append(value)
    return found


def test_a_missing_image_is_retried() -> None:
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


def test_an_invalid_image_name_has_its_own_reason() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "Web:1", 1))
    cluster.advance(10)

    assert waiting(cluster) == "InvalidImageName"


def test_crashes_restart_with_back_off_up_to_five_minutes() -> None:
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


def test_a_fixed_crash_recovers() -> None:
    cluster = one_pod(fault_annotations(crash="1"))
    cluster.advance(60)
    cluster.edit(PODS, NAMESPACE, "web-0", lambda one: one["metadata"].update(annotations={}))
    cluster.advance(120)

    assert states(cluster) == {"web-0": "ready"}
    assert container(cluster)["restartCount"] > 0


def test_faults_can_be_limited_to_ordinals() -> None:
    cluster = with_set(annotations=fault_annotations(crash="1", crash_ordinals="0, 2"), podManagementPolicy="Parallel")

    assert states(cluster) == {"web-0": "Running", "web-1": "ready", "web-2": "Running"}


def test_readiness_follows_the_annotation() -> None:
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


def test_probes_hooks_and_annotations_set_durations() -> None:
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


def test_init_containers_run_in_order_and_sidecars_stay() -> None:
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


def test_readiness_gates_wait_for_their_condition() -> None:
    cluster = one_pod(readinessGates=[{"conditionType": "example.com/in-sync"}])
    cluster.advance(30)
    assert states(cluster) == {"web-0": "Running"}
    assert condition_reason(pod(cluster, "web-0"), "Ready") == "ReadinessGatesNotReady"

    def in_sync(one: Object) -> None:
        one["status"]["conditions"].append({"type": "example.com/in-sync", "status": "True"})

    cluster.storage.modify(PODS, NAMESPACE, "web-0", in_sync, subresource="status")
    cluster.advance(1)
    assert states(cluster) == {"web-0": "ready"}


def test_termination_is_confirmed_in_the_recorded_order() -> None:
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


def test_containers_are_killed_at_the_deadline() -> None:
    cluster = one_pod(fault_annotations(stop_after="90"), terminationGracePeriodSeconds=10)
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    deadline = instant(pod(cluster, "web-0")["metadata"]["deletionTimestamp"])
    cluster.run_until(lambda: pod(cluster, "web-0")["status"]["phase"] == "Failed")

    assert cluster.now() == deadline
    assert container(cluster)["state"]["terminated"]["exitCode"] == 137


def test_a_shorter_grace_period_shortens_termination() -> None:
    cluster = one_pod(fault_annotations(stop_after="90"), terminationGracePeriodSeconds=300)
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    cluster.advance(1)
    delete_pod(cluster, "web-0", grace_seconds=5)
    cluster.advance(10)

    assert states(cluster)["web-0"] != "terminating"


def test_a_stuck_pod_terminates_when_the_fault_is_cleared() -> None:
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


def test_followed_logs_grow_and_others_cost_nothing() -> None:
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


def test_logs_of_an_unreachable_node_are_an_error() -> None:
    cluster = one_pod()
    cluster.advance(30)
    cluster.fail_node(pod(cluster, "web-0")["spec"]["nodeName"], NodeFault.KUBELET)

    with pytest.raises(ApiError, match="no route to host"):
        cluster.kubelet.log_of(pod(cluster, "web-0"), "web", False)


def test_a_stuck_unmount_keeps_the_pod_after_its_containers_terminated() -> None:
    cluster = one_pod(fault_annotations(unmount="stuck"))
    cluster.advance(30)
    delete_pod(cluster, "web-0")
    cluster.advance(3600)
    assert states(cluster) == {"web-0": "terminating"}
    assert "terminated" in container(cluster)["state"]

    annotate_pod(cluster, "web-0", {PREFIX + "unmount": "false"})
    cluster.advance(1)
    assert states(cluster)["web-0"] != "terminating"


def test_one_container_of_several_can_be_unready() -> None:
    names = ("web", "proxy")
    cluster = one_pod(
        fault_annotations(unready="true", unready_containers="proxy"),
        containers=[{"name": name, "image": "web:1"} for name in names],
    )
    cluster.advance(60)
    status = pod(cluster, "web-0")["status"]
    assert {one["name"]: one["ready"] for one in status["containerStatuses"]} == {"web": True, "proxy": False}
    ready = next(one for one in status["conditions"] if one["type"] == "Ready")
    assert ready["message"] == "containers with unready status: [proxy]"
    assert events(cluster, "web-0", "Unhealthy")[0].startswith("Readiness probe failed: ")

    annotate_pod(cluster, "web-0", fault_annotations(unready_containers="web"))
    cluster.advance(5)
    status = pod(cluster, "web-0")["status"]
    assert {one["name"]: one["ready"] for one in status["containerStatuses"]} == {"web": False, "proxy": True}


PROXY = {"name": "proxy", "image": "web:1"}
TWO = [{"name": "web", "image": "web:1"}, PROXY]


def statuses(cluster: SimulatedCluster, kind: str = "containerStatuses") -> dict[str, Object]:
    return {one["name"]: one for one in pod(cluster, "web-0")["status"].get(kind, ())}


def test_pods_on_the_host_network_have_the_address_of_their_node() -> None:
    cluster = one_pod(hostNetwork=True)
    cluster.advance(30)
    status = pod(cluster, "web-0")["status"]
    assert status["podIP"] == status["hostIP"]
    assert status["podIPs"] == status["hostIPs"]


def test_one_container_of_several_can_crash() -> None:
    cluster = one_pod(fault_annotations(crash="3", crash_containers="proxy"), containers=TWO)
    cluster.advance(120)
    both = statuses(cluster)
    assert both["web"]["ready"]
    assert both["web"]["restartCount"] == 0
    assert both["proxy"]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert both["proxy"]["lastState"]["terminated"]["exitCode"] == 3
    assert both["proxy"]["restartCount"] > 1
    assert pod(cluster, "web-0")["status"]["phase"] == "Running"
    about = [one["involvedObject"]["fieldPath"] for one in cluster.storage.list(EVENTS) if one["reason"] == "BackOff"]
    assert set(about) == {"spec.containers{proxy}"}

    annotate_pod(cluster, "web-0", fault_annotations(crash="false"))
    cluster.advance(120)
    assert states(cluster) == {"web-0": "ready"}


def test_an_image_that_cannot_be_pulled_holds_up_no_other_container() -> None:
    cluster = one_pod(
        fault_annotations(image_pull="fail", image_pull_containers="proxy"),
        containers=TWO,
    )
    cluster.advance(60)
    both = statuses(cluster)
    assert both["web"]["ready"]
    assert both["proxy"]["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert pod(cluster, "web-0")["status"]["phase"] == "Pending"


HTTP = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 5, "failureThreshold": 2}
TCP = {"tcpSocket": {"port": 80}, "periodSeconds": 5, "failureThreshold": 2}


@pytest.mark.parametrize(
    ("fault", "probe", "output"),
    [
        ("liveness", HTTP, "Liveness probe failed: HTTP probe failed with statuscode: 503"),
        ("liveness", TCP, "Liveness probe failed: dial tcp {ip}:80: connect: connection refused"),
        ("startup", HTTP, "Startup probe failed: HTTP probe failed with statuscode: 503"),
    ],
)
def test_a_failing_probe_restarts_its_container(fault: str, probe: Object, output: str) -> None:
    cluster = one_pod(
        fault_annotations(**{fault: "fail", f"{fault}_containers": "proxy"}),
        containers=[TWO[0], {**PROXY, f"{fault}Probe": probe}],
    )
    cluster.advance(5)
    cluster.run_until(lambda: statuses(cluster)["proxy"]["restartCount"] == 1)
    failed = output.format(ip=pod(cluster, "web-0")["status"]["podIP"])
    assert set(events(cluster, "web-0", "Unhealthy")) == {failed}
    assert events(cluster, "web-0", "Killing") == [f"Container proxy failed {fault} probe, will be restarted"]
    both = statuses(cluster)
    assert both["web"]["restartCount"] == 0
    assert both["proxy"]["lastState"]["terminated"]["exitCode"] == 143

    cluster.advance(300)
    assert statuses(cluster)["proxy"]["restartCount"] > 3
    annotate_pod(cluster, "web-0", fault_annotations(**{fault: "false"}))
    cluster.advance(400)
    assert states(cluster) == {"web-0": "ready"}


def test_a_container_that_ignores_sigterm_is_killed_at_the_deadline_of_its_probe() -> None:
    probe = {**HTTP, "terminationGracePeriodSeconds": 7}
    cluster = one_pod(
        fault_annotations(liveness="fail", stop_after="60"),
        containers=[{"name": "web", "image": "web:1", "livenessProbe": probe}],
    )
    cluster.advance(5)
    cluster.run_until(lambda: container(cluster)["restartCount"] == 1)
    assert container(cluster)["lastState"]["terminated"]["exitCode"] == 137
    assert container(cluster)["lastState"]["terminated"]["reason"] == "Error"


def test_a_sidecar_restarts_on_its_own() -> None:
    sidecar = {**PROXY, "restartPolicy": "Always", "livenessProbe": HTTP}
    cluster = one_pod(initContainers=[sidecar])
    cluster.advance(30)
    assert states(cluster) == {"web-0": "ready"}
    annotate_pod(cluster, "web-0", fault_annotations(liveness="fail", liveness_containers="proxy"))
    cluster.run_until(lambda: statuses(cluster, "initContainerStatuses")["proxy"]["restartCount"] > 1)
    assert events(cluster, "web-0", "Killing") == ["Init container proxy failed liveness probe"]
    assert container(cluster)["restartCount"] == 0
    assert condition_reason(pod(cluster, "web-0"), "Initialized") == ""

    annotate_pod(cluster, "web-0", fault_annotations(liveness="false", crash="1", crash_containers="proxy"))
    cluster.advance(30)
    ready = next(one for one in pod(cluster, "web-0")["status"]["conditions"] if one["type"] == "Ready")
    assert ready["message"] == "containers with unready status: [proxy]"
    delete_pod(cluster, "web-0")
    cluster.run_until(lambda: pod(cluster, "web-0")["status"]["phase"] == "Succeeded")


def test_a_startup_probe_delays_readiness() -> None:
    probe = {**HTTP, "initialDelaySeconds": 20}
    cluster = one_pod(containers=[{"name": "web", "image": "web:1", "startupProbe": probe}])
    cluster.advance(15)
    assert container(cluster)["started"] is False
    cluster.advance(15)
    assert container(cluster)["started"] is True
    assert states(cluster) == {"web-0": "ready"}


def test_one_init_container_of_several_can_crash() -> None:
    cluster = one_pod(
        fault_annotations(init_crash="3", init_crash_containers="second"),
        initContainers=[{"name": name, "image": "web:1"} for name in ("first", "second")],
    )
    cluster.advance(60)
    first, second = pod(cluster, "web-0")["status"]["initContainerStatuses"]
    assert first["state"]["terminated"]["exitCode"] == 0
    assert second["lastState"]["terminated"]["exitCode"] == 3
    assert second["restartCount"] > 0
    assert any(one.startswith("Back-off restarting failed container second in") for one in events(cluster, "web-0"))
    assert pod(cluster, "web-0")["status"]["phase"] == "Pending"

    annotate_pod(cluster, "web-0", fault_annotations(init_crash="false"))
    cluster.advance(120)
    assert states(cluster) == {"web-0": "ready"}

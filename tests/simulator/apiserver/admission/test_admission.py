"""Admission that refuses the pods and PVCs of a set, as its FailedCreate events tell."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.admission.webhooks import Webhook
from stsview.simulator.apiserver.resources import LIMIT_RANGES, NAMESPACES, PRIORITY_CLASSES
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import with_service
from tests.support.simulator.clusters import NAMESPACE, empty_cluster, events, pod, states


def apply(cluster: SimulatedCluster, pod_spec: dict[str, Any] | None = None, replicas: int = 1) -> None:
    cluster.apply(with_service("web", "web:1", replicas, pod=pod_spec or {}))
    cluster.advance(60)


def limit_range(cluster: SimulatedCluster, **item: Any) -> None:
    cluster.storage.create(
        LIMIT_RANGES, {"metadata": {"name": "bounds", "namespace": NAMESPACE}, "spec": {"limits": [item]}}
    )


def refused(cluster: SimulatedCluster) -> str:
    """Why the set's pod is not created."""
    assert states(cluster) == {}
    texts = events(cluster, "web", "FailedCreate")
    start = "Create Pod web-0 in StatefulSet web failed error: "
    assert all(text.startswith(start) for text in texts)
    [why] = {text.removeprefix(start) for text in texts}
    return why


def container(**resources: dict[str, str]) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": "web:1", "resources": resources}]}


def test_a_limit_range_completes_containers() -> None:
    cluster = empty_cluster()
    limit_range(
        cluster,
        type="Container",
        default={"memory": "512Mi"},
        defaultRequest={"memory": "256Mi"},
        max={"memory": "1Gi"},
    )
    apply(cluster, container())
    made = pod(cluster, "web-0")
    assert made["spec"]["containers"][0]["resources"] == {
        "limits": {"memory": "512Mi"},
        "requests": {"memory": "256Mi"},
    }
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: memory request for container web; memory limit for container web"
    )
    assert made["status"]["qosClass"] == "Burstable"


LIMITS = [
    (
        {"type": "Container", "max": {"memory": "1Gi"}},
        {"limits": {"memory": "2Gi"}, "requests": {"memory": "1Gi"}},
        "maximum memory usage per Container is 1Gi, but limit is 2Gi",
    ),
    (
        {"type": "Container", "min": {"cpu": "100m", "memory": "64Mi"}},
        {"requests": {"cpu": "50m", "memory": "1Mi"}},
        "[minimum cpu usage per Container is 100m, but request is 50m, "
        "minimum memory usage per Container is 64Mi, but request is 1Mi]",
    ),
    (
        {"type": "Pod", "max": {"memory": "1Gi"}},
        {"requests": {"memory": "1Gi"}},
        "maximum memory usage per Pod is 1Gi.  No limit is specified",
    ),
]


@pytest.mark.parametrize(("item", "resources", "why"), LIMITS)
def test_a_limit_range_refuses_pods(item: dict[str, Any], resources: dict[str, dict[str, str]], why: str) -> None:
    cluster = empty_cluster()
    limit_range(cluster, **item)
    apply(cluster, container(**resources))
    assert refused(cluster) == f'pods "web-0" is forbidden: {why}'

    cluster.storage.delete(LIMIT_RANGES, NAMESPACE, "bounds")
    cluster.advance(300)
    assert states(cluster) == {"web-0": "ready"}


def test_a_limit_range_refuses_claims() -> None:
    cluster = empty_cluster()
    limit_range(cluster, type="PersistentVolumeClaim", max={"storage": "5Gi"})
    apply(cluster)
    why = 'persistentvolumeclaims "data-web-0" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi'
    about = [text for text in events(cluster, "web", "FailedCreate") if text.startswith("Create Claim data-web-0")]
    assert about[0].endswith(f"{why}, but request is 10Gi")


def test_a_priority_class_sets_the_priority() -> None:
    cluster = empty_cluster()
    apply(cluster, {"priorityClassName": "gold"})
    assert refused(cluster) == 'pods "web-0" is forbidden: no PriorityClass with name gold was found'

    cluster.storage.create(PRIORITY_CLASSES, {"metadata": {"name": "gold"}, "value": 7, "preemptionPolicy": "Never"})
    cluster.advance(300)
    spec = pod(cluster, "web-0")["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (7, "Never")


def test_the_global_default_is_the_priority_of_pods_without_a_class() -> None:
    cluster = empty_cluster()
    cluster.storage.create(PRIORITY_CLASSES, {"metadata": {"name": "all"}, "value": 3, "globalDefault": True})
    apply(cluster)
    spec = pod(cluster, "web-0")["spec"]
    assert (spec["priorityClassName"], spec["priority"]) == ("all", 3)


PLAIN = {"name": "web", "image": "web:1"}
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
STANDARDS = [
    (
        "restricted",
        {"containers": [PLAIN]},
        'allowPrivilegeEscalation != false (container "web" must set '
        "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities "
        '(container "web" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true '
        '(pod or container "web" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "web" '
        'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ),
    (
        "restricted",
        {
            "containers": [{**PLAIN, "securityContext": {**SAFE, "runAsUser": 0}}],
            "volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}],
        },
        'restricted volume types (volume "logs" uses restricted volume type "hostPath"), '
        'runAsUser=0 (container "web" must not set runAsUser=0)',
    ),
    (
        "baseline",
        {
            "hostNetwork": True,
            "hostPID": True,
            "containers": [
                {
                    **PLAIN,
                    "ports": [{"containerPort": 80, "hostPort": 80}],
                    "securityContext": {"privileged": True, "capabilities": {"add": ["SYS_ADMIN"]}},
                }
            ],
            "volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}],
        },
        'non-default capabilities (container "web" must not include "SYS_ADMIN" in securityContext.capabilities.add), '
        'host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume "logs"), '
        'hostPort (container "web" uses hostPort 80), '
        'privileged (container "web" must not set securityContext.privileged=true)',
    ),
    ("restricted", {"containers": [{**PLAIN, "securityContext": SAFE}]}, ""),
    ("baseline", {"containers": [PLAIN]}, ""),
    ("privileged", {"hostNetwork": True}, ""),
]


@pytest.mark.parametrize(("level", "spec", "why"), STANDARDS)
def test_a_namespace_enforces_a_pod_security_standard(level: str, spec: dict[str, Any], why: str) -> None:
    cluster = empty_cluster()
    label = {"pod-security.kubernetes.io/enforce": level}
    cluster.edit(NAMESPACES, "", NAMESPACE, lambda one: one["metadata"]["labels"].update(label))
    apply(cluster, spec)
    if why:
        assert refused(cluster) == f'pods "web-0" is forbidden: violates PodSecurity "{level}:latest": {why}'
    else:
        assert states(cluster) == {"web-0": "ready"}


def test_a_webhook_refuses_pods() -> None:
    cluster = empty_cluster()
    cluster.storage.webhooks["policy"] = Webhook("policy.example.com", message="label team is missing")
    apply(cluster)
    why = 'admission webhook "policy.example.com" denied the request: label team is missing'
    assert refused(cluster) == why

    cluster.storage.webhooks["policy"] = Webhook("policy.example.com", unreachable_service="security/gate")
    cluster.advance(1200)
    assert events(cluster, "web", "FailedCreate")[-1].endswith(
        'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post '
        '"https://gate.security.svc:443/validate?timeout=10s": no endpoints available for service "gate"'
    )
    cluster.storage.webhooks.clear()
    cluster.advance(1200)
    assert states(cluster) == {"web-0": "ready"}


def test_a_webhook_of_deletions_keeps_surplus_pods() -> None:
    cluster = empty_cluster()
    apply(cluster, replicas=2)
    webhook = Webhook("keep.example.com", operations=frozenset({"DELETE"}), namespaces=frozenset({NAMESPACE}))
    cluster.storage.webhooks["keep"] = webhook
    cluster.scale(NAMESPACE, "web", 1)
    cluster.advance(60)
    assert sorted(states(cluster)) == ["web-0", "web-1"]
    [text] = set(events(cluster, "web", "FailedDelete"))
    assert text.endswith('admission webhook "keep.example.com" denied the request without explanation')

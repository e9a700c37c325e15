"""Sets as operators and platform teams run them: with an owner, budgets, an autoscaler, a ConfigMap and a Secret."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import AUTOSCALERS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import budget, headless, stateful_set

_API = "monitoring.coreos.com"
_NAMES = {"plural": "prometheuses", "singular": "prometheus", "kind": "Prometheus", "shortNames": ["prom"]}
_DEFINITION: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"prometheuses.{_API}"},
    "spec": {
        "group": _API,
        "scope": "Namespaced",
        "names": {**_NAMES, "listKind": "PrometheusList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}],
    },
}
_CONFIGURATION = """\
global:
  scrape_interval: 30s
scrape_configs:
- job_name: pods
  kubernetes_sd_configs: [{role: pod}]
"""


def deploy_operated(cluster: SimulatedCluster) -> None:
    """Apply a Prometheus object, and what its operator makes of it."""
    name, namespace = "prometheus-main", "monitoring"
    cluster.apply(_DEFINITION)
    [owner] = cluster.apply(
        {
            "apiVersion": f"{_API}/v1",
            "kind": "Prometheus",
            "metadata": {"name": "main"},
            "spec": {"replicas": 2, "retention": "15d", "serviceAccountName": "prometheus"},
        },
        namespace,
    )
    made = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"main.yml": _CONFIGURATION}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{name}-web"},
            "type": "Opaque",
            # The words "demo-only", which nothing accepts.
            "data": {"password": "ZGVtby1vbmx5", "user": "ZGVtby1vbmx5"},
        },
        headless("prometheus-operated", name, port=9090),
        stateful_set(
            name,
            "quay.io/prometheus/prometheus:v3.5.0",
            2,
            service="prometheus-operated",
            storage="50Gi",
            port=9090,
            pod={
                "volumes": [
                    {"name": "config", "configMap": {"name": name}},
                    {"name": "web", "secret": {"secretName": f"{name}-web"}},
                    {"name": "config-out", "emptyDir": {}},
                ]
            },
        ),
        budget(name),
    ]
    made[3]["metadata"]["ownerReferences"] = [
        {
            "apiVersion": f"{_API}/v1",
            "kind": "Prometheus",
            "name": "main",
            "uid": owner["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    cluster.apply(made, namespace)


def deploy_scaled(cluster: SimulatedCluster) -> None:
    """Apply a set without PVCs whose replicas an autoscaler sets."""
    name, namespace = "collector", "telemetry"
    autoscaler: Object = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name},
            "minReplicas": 2,
            "maxReplicas": 8,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                }
            ],
        },
    }
    collector = stateful_set(
        name,
        "otel/opentelemetry-collector:0.134.0",
        4,
        storage=None,
        cpu="250m",
        port=4317,
        pod={"volumes": [{"name": "queue", "emptyDir": {}}]},
        podManagementPolicy="Parallel",
    )
    cluster.apply([headless(f"{name}-hs", name, port=4317), collector, budget(name, "25%"), autoscaler], namespace)
    able = {
        "type": "AbleToScale",
        "status": "True",
        "reason": "ReadyForNewScale",
        "message": "recommended size matches current size",
    }
    active = {
        "type": "ScalingActive",
        "status": "True",
        "reason": "ValidMetricFound",
        "message": "the HPA was able to successfully calculate a replica count from cpu resource utilization",
    }
    status = {"currentReplicas": 4, "desiredReplicas": 4, "conditions": [able, active]}
    cluster.storage.modify(
        AUTOSCALERS,
        namespace,
        name,
        lambda one: one["status"].update(status),
        subresource="status",
        manager="kube-controller-manager",
    )


SCENARIO = Scenario(
    "operator-owned",
    "sets with an owner, budgets, an autoscaler, a ConfigMap and a Secret",
    (ago(deploy_operated, days=8), ago(deploy_scaled, days=4)),
)

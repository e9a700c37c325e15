"""The manifests in deploy/: they fit the exporter and each other, and grant exactly what it needs."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stsview import __version__
from stsview.cli.arguments.parser import parser
from stsview.simulator.apiserver import server
from stsview.simulator.apiserver.auth.rbac import Rule, User, authorize
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.request_info import RequestInfo
from tests.live.conftest import Rig
from tests.support.cli.exporting import PROMTOOL, exporting, needs_promtool
from tests.support.simulator.clusters import together

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"

STRANGER = """
apiVersion: v1
kind: Pod
metadata:
  name: zookeeper-3
spec:
  containers:
  - name: other
    image: other:1
"""

TAKEN = {
    "namespace": "default",
    "statefulset": "zookeeper",
    "rule": "name-taken",
    "level": "error",
    "ordinal": "3",
}


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted(DEPLOY.rglob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def manifest(kind: str) -> dict[str, Any]:
    (found,) = (one for one in manifests() if one["kind"] == kind)
    return found


def rules() -> list[Rule]:
    return [
        Rule(tuple(one["verbs"]), tuple(one["apiGroups"]), tuple(one["resources"]))
        for one in manifest("ClusterRole")["rules"]
    ]


async def test_the_rights_suffice_and_each_is_used(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = {
        (verb, group, resource)
        for rule in rules()
        for verb, group, resource in itertools.product(rule.verbs, rule.groups, rule.resources)
    }
    used: set[tuple[str, str, str]] = set()
    refused: list[str] = []

    def noted(user: User, info: RequestInfo) -> None:
        try:
            authorize(user, info)
        except ApiError as error:
            refused.append(str(error))
            raise
        resource = f"{info.plural}/{info.subresource}" if info.subresource else info.plural
        used.add((info.verb, info.group, resource))

    monkeypatch.setattr(server, "authorize", noted)
    cluster = await rig.cluster(together("zookeeper", "dead-node"))
    # The name of the next ordinal of a set is taken, by a pod that is not in the watch of pods.
    cluster.apply(STRANGER, "default")
    cluster.scale("default", "zookeeper", 4)
    cluster.server.users["nobody"].granted += rules()
    cluster.server.write_kubeconfig(rig.folder / "exporter", user="nobody")
    for streaming in (True, False):
        # Servers before Kubernetes 1.32 send a list in pages, others as the beginning of a watch.
        cluster.server.faults.streaming_lists = streaming
        async with exporting(rig, user="exporter") as exporter:
            await exporter.until(1, "stsview_picture_current")
            await exporter.until(1, "stsview_finding", **TAKEN)
            series = await exporter.series()
        assert series[("stsview_statefulsets", (("severity", "unknown"),))] == 0
        assert not any(name == "stsview_resource_denied" for name, _ in series)
    assert refused == []
    assert used == granted


def test_the_role_is_bound_to_the_account_of_the_pod() -> None:
    binding, account = manifest("ClusterRoleBinding"), manifest("ServiceAccount")
    assert binding["roleRef"]["name"] == manifest("ClusterRole")["metadata"]["name"]
    (subject,) = binding["subjects"]
    namespace = manifest("Namespace")["metadata"]["name"]
    assert (subject["kind"], subject["name"], subject["namespace"]) == (
        "ServiceAccount",
        account["metadata"]["name"],
        namespace,
    )
    assert manifest("Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == account["metadata"]["name"]
    namespaced = ("ServiceAccount", "Deployment", "Service", "ServiceMonitor", "PrometheusRule")
    assert {one["metadata"]["namespace"] for one in manifests() if one["kind"] in namespaced} == {namespace}


def test_the_pod_keeps_the_restricted_pod_security_standard() -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "volumes"} & pod.keys()
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert security["readOnlyRootFilesystem"] is True
        assert not any("hostPort" in port for port in container["ports"])
    assert manifest("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


async def test_ports_probes_and_selectors_fit_the_exporter(rig: Rig) -> None:
    template = manifest("Deployment")["spec"]["template"]
    (container,) = template["spec"]["containers"]
    (port,) = container["ports"]
    given = parser().parse_args(container["args"])
    assert (given.command, given.all_namespaces, given.listen) == ("exporter", True, ("0.0.0.0", port["containerPort"]))  # noqa: S104
    service = manifest("Service")
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    monitor = manifest("ServiceMonitor")["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
    await rig.cluster("zookeeper")
    async with exporting(rig) as exporter:
        await exporter.until(1, "stsview_picture_current")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            get = container[probe]["httpGet"]
            assert get["port"] == port["name"]
            assert (await exporter.get(get["path"]))[0] == 200


def test_the_kustomization_has_every_manifest_and_this_version() -> None:
    text = (DEPLOY / "kustomization.yaml").read_text()
    listed = re.findall(r"^(?:# )?- (\S+\.yaml)$", text, re.MULTILINE)
    present = {str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == present
    assert yaml.safe_load(text)["images"][0]["newTag"] == __version__


async def test_alerts_use_metrics_and_labels_that_there_are(rig: Rig) -> None:
    cluster = await rig.cluster(together("zookeeper", "crash-loop", "broken-rollout"))
    user = cluster.server.users["nobody"]
    user.granted += rules()
    cluster.server.write_kubeconfig(rig.folder / "exporter", user="nobody")
    async with exporting(rig, user="exporter") as exporter:
        await exporter.until(1, "stsview_picture_current")
        labels: dict[str, set[str]] = {}
        for name, pairs in await exporter.series():
            labels.setdefault(name, set()).update(dict(pairs))
    page = (DEPLOY.parent / "docs" / "unattended.md").read_text()
    for alert in manifest("PrometheusRule")["spec"]["groups"][0]["rules"]:
        assert f"`{alert['alert']}`" in page, "the page has every alert"
        for name, selector in re.findall(r"(stsview_\w+)(?:\{([^}]*)\})?", alert["expr"]):
            assert name in labels
            assert set(re.findall(r"(\w+)[=!]", selector)) <= labels[name]
        if "ordinal!=" in alert["expr"]:
            assert "{{ $labels.ordinal }}" in alert["annotations"]["summary"]


@needs_promtool
def test_prometheus_own_tool_takes_the_alerts_and_they_fire(tmp_path: Path) -> None:
    assert PROMTOOL
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(manifest("PrometheusRule")["spec"]))
    shutil.copy(Path(__file__).with_name("alerts.yaml"), tmp_path)
    for words in (["check", "rules", "rules.yaml"], ["test", "rules", "alerts.yaml"]):
        ran = subprocess.run([PROMTOOL, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr

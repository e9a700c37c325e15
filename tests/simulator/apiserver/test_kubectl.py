"""kubectl against the simulator, if kubectl is installed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.resources import (
    BUDGETS,
    CONFIG_MAPS,
    NODES,
    PODS,
    RESOURCE_QUOTAS,
    SECRETS,
    STATEFUL_SETS,
)
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.stats_provider import MetricsState
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from tests.support.simulator import recorded
from tests.support.simulator.manifests import pod

KUBECTL = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="no kubectl on this machine")

ZOOKEEPER = """
apiVersion: v1
kind: Service
metadata: {name: zk-hs}
spec:
  clusterIP: None
  selector: {app: zookeeper}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zookeeper}
spec:
  serviceName: "zk-hs"
  replicas: 3
  selector: {matchLabels: {app: zookeeper}}
  template:
    metadata: {labels: {app: zookeeper}}
    spec:
      containers:
      - name: zk
        image: zookeeper:3.8.1
        volumeMounts: [{name: data, mountPath: /var/lib/zookeeper}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: ["ReadWriteOnce"]
      storageClassName: "my-fast-storage"
      resources: {requests: {storage: 10Gi}}
"""

Kubectl = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def kubectl(server: ApiServer, tmp_path: Path) -> Kubectl:
    """Run kubectl; returns the exit code, and output and errors together."""
    for user in server.users:
        server.write_kubeconfig(tmp_path / user, user)

    async def run(words: str, *, manifest: str = "", user: str = "admin") -> tuple[int, str]:
        assert KUBECTL is not None
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            *words.split(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"KUBECONFIG": str(tmp_path / user), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        out, _ = await asyncio.wait_for(process.communicate(manifest.encode()), 30)
        return process.returncode or 0, out.decode()

    return run


async def test_apply_get_scale_and_delete(kubectl: Kubectl, storage: Storage) -> None:
    assert await kubectl("apply -f -", manifest=ZOOKEEPER) == (
        0,
        "service/zk-hs created\nstatefulset.apps/zookeeper created\n",
    )
    assert "service/zk-hs unchanged" in (await kubectl("apply -f -", manifest=ZOOKEEPER))[1]
    code, table = await kubectl("get sts,svc -o wide")
    assert code == 0
    assert table.split()[:6] == ["NAME", "READY", "AGE", "CONTAINERS", "IMAGES", "statefulset.apps/zookeeper"]
    assert (await kubectl("scale sts zookeeper --replicas=5"))[0] == 0
    assert storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["replicas"] == 5
    code, shown = await kubectl("describe sts zookeeper")
    assert code == 0
    assert "5 desired | 0 total" in shown
    assert (await kubectl("delete sts zookeeper"))[0] == 0
    assert (await kubectl("get sts zookeeper"))[1] == (
        'Error from server (NotFound): statefulsets.apps "zookeeper" not found\n'
    )


@pytest.mark.parametrize(
    ("path", "part"),
    [("/readyz", "ok"), ("/livez", "ok"), ("/version", '"gitVersion"'), ("/api/v1/namespaces/default/pods", "PodList")],
)
async def test_get_raw(kubectl: Kubectl, path: str, part: str) -> None:
    code, text = await kubectl(f"get --raw {path}")
    assert (code, part in text) == (0, True), text
    code, text = await kubectl("get --raw /api/v1/namespaces/default/pods", user="nobody")
    assert code == 1
    assert "(Forbidden)" in text


async def test_rollout_restart_and_history(kubectl: Kubectl, storage: Storage) -> None:
    await kubectl("apply -f -", manifest=ZOOKEEPER)
    code, _ = await kubectl("rollout restart sts zookeeper")
    annotations = storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["template"]["metadata"]["annotations"]
    assert (code, list(annotations)) == (0, ["kubectl.kubernetes.io/restartedAt"])
    recorded.prepare(storage)
    code, history = await kubectl("rollout history sts zookeeper -n demo")
    assert code == 0, history
    assert history.startswith("statefulset.apps/zookeeper")
    code, status = await kubectl("rollout status sts zookeeper -n demo --timeout=5s")
    assert code == 0, status


CHART = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: zk}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: zk}
data: {zoo.cfg: "tickTime=2000"}
---
apiVersion: v1
kind: Secret
metadata: {name: zk}
stringData: {password: x}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: zk}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: zk}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: zk}
subjects: [{kind: ServiceAccount, name: zk, namespace: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: zk}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: zk}
spec: {podSelector: {matchLabels: {app: zookeeper}}, policyTypes: [Ingress]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: zk-exporter}
spec:
  selector: {matchLabels: {app: exporter}}
  template:
    metadata: {labels: {app: exporter}}
    spec: {containers: [{name: exporter, image: "exporter:1"}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: zk}
spec: {selector: {matchLabels: {app: zookeeper}}, endpoints: [{port: metrics}]}
---
"""


async def test_a_chart_is_applied_whole(kubectl: Kubectl) -> None:
    code, text = await kubectl("apply -f -", manifest=CHART + ZOOKEEPER)
    assert (code, text.count(" created")) == (0, 11), text
    code, text = await kubectl("apply -f -", manifest=CHART)
    # stringData is converted to data, so that kubectl sends it each time
    assert (code, text.count(" unchanged"), text.count("secret/zk configured")) == (0, 8, 1), text
    code, text = await kubectl("apply --server-side --force-conflicts -f -", manifest=CHART)
    assert code == 0, text
    code, text = await kubectl("get roles,rolebindings,netpol,servicemonitors,deploy")
    assert (code, text.count("\n")) == (0, 14), text
    assert (await kubectl("delete -f -", manifest=CHART))[0] == 0


async def test_an_unknown_kind_is_refused_by_kubectl(kubectl: Kubectl) -> None:
    unknown = "apiVersion: example.com/v1\nkind: Unicorn\nmetadata: {name: a}\n"
    code, text = await kubectl("apply -f -", manifest=unknown)
    assert code == 1
    assert 'no matches for kind "Unicorn" in version "example.com/v1"' in text


async def test_errors_have_the_real_wording(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", manifest=ZOOKEEPER)
    code, text = await kubectl("apply -f -", manifest=ZOOKEEPER.replace("10Gi", "20Gi"))
    assert code == 1
    assert (
        'The StatefulSet "zookeeper" is invalid: spec: Forbidden: updates to statefulset spec for fields other than'
        in text
    )
    code, text = await kubectl("apply -f -", manifest=ZOOKEEPER.replace("replicas: 3", "replicaz: 3"))
    assert code == 1
    assert 'strict decoding error: unknown field "spec.replicaz"' in text
    assert (await kubectl("delete pod zookeeper-0", user="viewer"))[1].startswith("Error from server (Forbidden): pods")


async def test_server_side_apply_conflicts(kubectl: Kubectl) -> None:
    assert (await kubectl("apply --server-side -f -", manifest=ZOOKEEPER))[0] == 0
    assert (await kubectl("scale sts zookeeper --replicas=2"))[0] == 0
    code, text = await kubectl("apply --server-side -f -", manifest=ZOOKEEPER)
    assert code == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale"' in text
    assert (await kubectl("apply --server-side --force-conflicts -f -", manifest=ZOOKEEPER))[0] == 0


async def test_pods_are_deleted_gracefully_and_by_force(kubectl: Kubectl, storage: Storage) -> None:
    for name in ("web-0", "web-1", "web-2"):
        storage.create(PODS, pod(name, nodeName="n"))
    ended = await asyncio.gather(
        kubectl("delete pod web-0 --wait=false"),
        kubectl("delete pod web-1 --wait=false --grace-period=5"),
        kubectl("delete pod web-2 --force --grace-period=0"),
    )
    assert [code for code, _ in ended] == [0, 0, 0]
    graces = [one["metadata"]["deletionGracePeriodSeconds"] for one in storage.list(PODS)]
    assert graces == [30, 5]
    assert (await kubectl("get pods"))[1].splitlines()[1].split()[:3] == ["web-0", "0/1", "Terminating"]


async def test_a_node_is_drained_by_evictions(kubectl: Kubectl, storage: Storage) -> None:
    storage.create(NODES, {"metadata": {"name": "n1"}})
    storage.create(PODS, pod(nodeName="n1"))
    storage.modify(PODS, "default", "web-0", lambda one: one["status"].update(phase="Failed"), subresource="status")
    code, text = await kubectl("drain n1 --force --timeout=5s")
    assert code == 0, text
    assert storage.find(PODS, "default", "web-0") is None
    assert storage.get(NODES, "", "n1")["spec"]["unschedulable"] is True


async def test_logs(kubectl: Kubectl, storage: Storage, server: ApiServer, clock: ManualClock) -> None:
    storage.create(PODS, pod(nodeName="n"))
    buffer = LogBuffer()
    for number in range(3):
        buffer.append(clock.now(), f"line {number}")
    buffer.close()
    server.set_log_provider(lambda pod, container, previous: None if previous else buffer)
    assert await kubectl("logs web-0 --tail=1 -f") == (0, "line 2\n")
    code, text = await kubectl("logs web-0 -p")
    assert (code, "previous terminated container" in text) == (1, True)
    storage.create(PODS, pod("web-1", {"app": "web"}, nodeName="n"))
    storage.modify(PODS, "default", "web-0", lambda one: one["metadata"].update(labels={"app": "web"}))
    _, text = await kubectl("logs -l app=web --prefix --tail=1 --max-log-requests=2 -f")
    assert sorted(text.splitlines()) == ["[pod/web-0/main] line 2", "[pod/web-1/main] line 2"]


async def test_rights_and_identity(kubectl: Kubectl) -> None:
    (_, editor), (_, viewer), (_, name), (_, rules) = await asyncio.gather(
        kubectl("auth can-i delete pods", user="editor"),
        kubectl("auth can-i delete pods", user="viewer"),
        kubectl("auth whoami", user="viewer"),
        kubectl("auth can-i --list", user="viewer"),
    )
    assert (editor, viewer) == ("yes\n", "no\n")
    assert "viewer" in name
    assert "statefulsets.apps" in rules


async def test_create_by_protobuf(kubectl: Kubectl, storage: Storage) -> None:
    made = await asyncio.gather(
        kubectl("create namespace other"),
        kubectl("create configmap a --from-literal=x=y"),
        kubectl("create secret generic s --from-literal=x=y"),
        kubectl("create quota q --hard=pods=2"),
        kubectl("create pdb b --selector=app=zk --min-available=1"),
        kubectl("create serviceaccount me"),
    )
    assert [code for code, _ in made] == [0] * 6, made
    assert storage.get(CONFIG_MAPS, "default", "a")["data"] == {"x": "y"}
    assert storage.get(SECRETS, "default", "s")["data"] == {"x": "eQ=="}
    assert storage.get(RESOURCE_QUOTAS, "default", "q")["spec"]["hard"] == {"pods": "2"}
    spec = storage.get(BUDGETS, "default", "b")["spec"]
    assert (spec["minAvailable"], spec["selector"]) == (1, {"matchLabels": {"app": "zk"}})


async def test_explain(kubectl: Kubectl) -> None:
    code, text = await kubectl("explain sts.spec.updateStrategy")
    assert (code, "rollingUpdate" in text) == (0, True)


DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backups.db.example.com}
spec:
  group: db.example.com
  names: {plural: backups, singular: backup, kind: Backup, listKind: BackupList, shortNames: [bk]}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true}]
"""
BACKUP = """\
apiVersion: db.example.com/v1
kind: Backup
metadata: {name: nightly}
spec: {schedule: daily}
"""


async def test_a_kind_is_known_once_its_definition_is_applied(kubectl: Kubectl) -> None:
    code, text = await kubectl("apply -f -", manifest=BACKUP)
    assert code == 1
    assert 'no matches for kind "Backup" in version "db.example.com/v1"' in text
    assert (await kubectl("apply -f -", manifest=DEFINITION))[0] == 0
    waited = await kubectl("wait --for=condition=established crd/backups.db.example.com")
    assert waited == (0, "customresourcedefinition.apiextensions.k8s.io/backups.db.example.com condition met\n")
    assert await kubectl("apply -f -", manifest=BACKUP) == (0, "backup.db.example.com/nightly created\n")
    changed = BACKUP.replace("daily", "weekly")
    assert await kubectl("apply -f -", manifest=changed) == (0, "backup.db.example.com/nightly configured\n")
    code, table = await kubectl("get bk")
    assert (code, table.split()[:3]) == (0, ["NAME", "AGE", "nightly"])


async def test_exec_passes_input_output_and_exit_code(tmp_path: Path) -> None:
    """Over TLS: kubectl opens no WebSocket to a URL with a user name."""
    cluster = SimulatedCluster(find("zookeeper"), tls=True)
    await cluster.start()
    try:
        cluster.write_kubeconfig(tmp_path / "config")
        assert KUBECTL is not None
        command = "zookeeper-0", "--stdin", "--", "sh", "-c", "hostname; cat; echo bad >&2; exit 3"
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            "exec",
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"KUBECONFIG": str(tmp_path / "config"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        out, errors = await asyncio.wait_for(process.communicate(b"given\n"), 30)
    finally:
        await cluster.stop()
    assert (process.returncode, out) == (3, b"zookeeper-0\ngiven\n")
    assert errors == b"bad\ncommand terminated with exit code 3\n"


async def test_port_forward_reaches_the_server_of_the_pod(tmp_path: Path) -> None:
    cluster = SimulatedCluster(find("zookeeper"), tls=True)
    await cluster.start()
    try:
        cluster.write_kubeconfig(tmp_path / "config")
        assert KUBECTL is not None
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            *("port-forward", "--address", "127.0.0.1", "zookeeper-1", ":8080"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"KUBECONFIG": str(tmp_path / "config"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        port = int(line.removeprefix("Forwarding from 127.0.0.1:").partition(" ")[0])
        for path in ("a", "b"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /{path} HTTP/1.0\r\n\r\n".encode())
            assert (await asyncio.wait_for(reader.read(), 30)).endswith(f"zookeeper-1:8080 /{path}\n".encode())
            writer.close()
        process.terminate()
        await process.wait()
    finally:
        await cluster.stop()


async def test_top_shows_usage_while_there_is_a_metrics_server(tmp_path: Path) -> None:
    cluster = SimulatedCluster(find("zookeeper"))
    await cluster.start()

    async def top(*words: str) -> tuple[int | None, str]:
        assert KUBECTL is not None
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            "top",
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"KUBECONFIG": str(tmp_path / "config"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode, out.decode()

    try:
        cluster.write_kubeconfig(tmp_path / "config")
        code, pods = await top("pods", "-l", "app=zookeeper")
        assert code == 0, pods
        assert [line.split()[0] for line in pods.splitlines()] == ["NAME", *(f"zookeeper-{one}" for one in range(3))]
        assert all(line.split()[2].endswith("Mi") for line in pods.splitlines()[1:])
        code, nodes = await top("nodes")
        assert (code, len(nodes.splitlines())) == (0, 10)
        cluster.stats.set_state(MetricsState.ABSENT)
        assert await top("pods") == (1, "error: Metrics API not available\n")
    finally:
        await cluster.stop()

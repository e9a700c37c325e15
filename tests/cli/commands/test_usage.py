"""`stsview usage`: measured over HTTP, and what is absent, forbidden or stale."""

from __future__ import annotations

import json

import pytest

from stsview.cli.commands.usage import read_usage_of
from stsview.cli.output.console import Console
from stsview.cli.output.document import to_json
from stsview.cli.output.usage_report import ReadUsage, print_usage, usage_document
from stsview.cli.support.errors import CommandError
from stsview.live.errors import CannotRead
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.stats_provider import MetricsState
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.node_specs import NodeFault
from tests.live.conftest import Rig
from tests.support.cli.checking import advance_until_done, printed_at, target_of


async def read(rig: Rig, name: str = "analytics/clickhouse") -> ReadUsage:
    return await advance_until_done(rig, read_usage_of(target_of(rig), ModelSettings(), name, rig.clock))


def deny(cluster: SimulatedCluster, verb: str, group: str, resource: str) -> None:
    cluster.server.users["admin"].denied.append(Rule((verb,), (group,), (resource,)))


async def test_usage_of_each_ordinal(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    await rig.cluster("disk-full")
    found = await read(rig)
    usage = found.usage
    assert usage.unknown == ()
    assert [pod.ordinal for pod in usage.pods] == [0, 1, 2]
    for pod in usage.pods:
        assert (pod.cpu.request, pod.cpu.limit) == (500_000_000, None)
        assert (pod.memory.request, pod.memory.limit) == (4 * 1024**3, 6 * 1024**3)
        assert (pod.cpu.used or 0) > 100_000_000
        assert (pod.memory.used or 0) > 1024**3
    full = {pod.ordinal: pod.claims[0].fullness or 0 for pod in usage.pods}
    assert full[1] > 0.85 > max(full[0], full[2])

    print_usage(usage, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ORD", "POD", "CPU", "MEMORY", "AGE", "PVC", "USED", "FULL", "INODES"]
    assert "data-clickhouse-1" in lines[2]
    assert f"{int(full[1] * 100)}%" in lines[2]
    narrow = printed_at(80, lambda console: print_usage(usage, console))
    assert all(len(line) <= 80 for line in narrow)
    assert f"{int(full[1] * 100)}%" in narrow[2]

    shown = json.loads(to_json(usage_document(found)))
    assert (shown["kind"], shown["unread"], shown["unreadWhy"]) == ("SetUsage", [], "")
    assert shown["pods"][1]["claims"][0]["capacity"] == 50 * 1024**3


async def test_what_is_absent_forbidden_or_stale_is_told_apart(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    cluster.stats.set_state(MetricsState.STALE)
    await rig.pass_time(200, step=10)
    usage = (await read(rig)).usage
    names = "clickhouse-0, -1 and -2"
    assert usage.unknown == (f"stale: CPU and memory of {names} were measured 3 min ago, not since",)

    cluster.stats.set_state(MetricsState.ABSENT)
    usage = (await read(rig)).usage
    absent = "absent: this cluster has no metrics-server (metrics.k8s.io)"
    assert usage.unknown == (f"{absent}; CPU and memory are from the kubelets",)
    assert all(pod.memory.used is not None for pod in usage.pods)

    deny(cluster, "get", "", "nodes/proxy")
    usage = (await read(rig)).usage
    no_volumes = "forbidden: you may not get nodes/proxy; volumes are unknown"
    assert usage.unknown == (f"{absent}; CPU and memory are unknown", no_volumes)
    assert all((pod.cpu.used, pod.memory.used, pod.claims) == (None, None, ()) for pod in usage.pods)

    cluster.stats.set_state(MetricsState.PRESENT)
    deny(cluster, "list", "metrics.k8s.io", "pods")
    usage = (await read(rig)).usage
    forbidden = "forbidden: you may not list pods.metrics.k8s.io in analytics; CPU and memory are unknown"
    assert usage.unknown == (forbidden, no_volumes)


async def test_one_kubelet_that_does_not_answer_hides_its_pods_only(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    node = next(pod.node for pod in (await read(rig)).usage.pods if pod.ordinal == 1)
    cluster.fail_node(node, NodeFault.KUBELET)
    usage = (await read(rig)).usage
    problem, missing = usage.unknown
    assert missing == "not measured: CPU and memory of clickhouse-1"
    assert problem.startswith(f"the kubelet on {node} cannot be read: ")
    assert "error trying to reach service" in problem
    assert [(pod.memory.used is None, len(pod.claims)) for pod in usage.pods] == [(False, 1), (True, 0), (False, 1)]


async def test_a_set_that_cannot_be_read(rig: Rig) -> None:
    cluster = await rig.cluster("disk-full")
    with pytest.raises(CommandError, match="did you mean"):
        await read(rig, "analytics/clickhous")
    deny(cluster, "get", "apps", "statefulsets")
    with pytest.raises(CannotRead, match=r"^you may not get statefulsets in analytics$"):
        await read(rig)

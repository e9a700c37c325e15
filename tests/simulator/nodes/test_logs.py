"""Generated container logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.log_generators import log_generator_for
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.simulator.clusters import delete_pod, empty_cluster, pod, with_set

IMAGES = (
    "zookeeper:3.8.1",
    "apache/kafka:3.9.0",
    "rabbitmq:3.13.7",
    "nats:2.10.22",
    "redis:7.4.1",
    "valkey/valkey:8.0.1",
    "postgres:16.4",
    "mongo:7.0.14",
    "cassandra:4.1.7",
    "clickhouse/clickhouse-server:24.8",
    "docker.elastic.co/elasticsearch/elasticsearch:8.15.3",
    "opensearchproject/opensearch:2.17.1",
    "quay.io/coreos/etcd:v3.5.17",
    "grafana/loki:3.2.0",
    "prom/prometheus:v2.54.1",
    "bitnami/jmx-exporter:1.0.1",
    "registry.example.com/ledger:1.4",
)


def log_of(cluster: SimulatedCluster, name: str, container: str, *, previous: bool = False) -> LogBuffer:
    buffer = cluster.kubelet.log_of(pod(cluster, name), container, previous)
    assert buffer is not None
    return buffer


def texts(buffer: LogBuffer) -> list[str]:
    return [text for _, text in buffer.lines]


def one(image: str, **more: Any) -> SimulatedCluster:
    cluster = empty_cluster()
    cluster.apply(with_service("app", image, 1, **more))
    cluster.advance(120)
    return cluster


@pytest.mark.parametrize("image", IMAGES)
def test_crash_logs_match_the_software(image: str) -> None:
    cluster = one(image, annotations=fault_annotations(crash="3"))
    output = texts(log_of(cluster, "app-0", "app", previous=True))
    generator = log_generator_for(image)
    assert len(output) == len(generator.startup) + len(generator.failure)
    assert not any("{time}" in line or "{n}" in line for line in output)
    assert any(word in "\n".join(output).lower() for word in ("error", "fatal", "ftl", "exception", '"s":"f"'))
    assert log_of(cluster, "app-0", "app", previous=True).closed


@pytest.mark.parametrize("image", IMAGES)
def test_a_running_container_has_past_lines_and_writes_more(image: str) -> None:
    cluster = one(image)
    buffer = log_of(cluster, "app-0", "app")
    times = [when for when, _ in buffer.lines]
    assert times == sorted(times)
    assert times[-1] <= cluster.now()
    generator, before = log_generator_for(image), len(buffer.lines)
    assert before > len(generator.startup) + 10
    cluster.advance(30)
    assert len(buffer.lines) > before + 5
    assert not buffer.closed


def test_logs_are_generated_on_read_and_stop_later() -> None:
    cluster = one("redis:7.4.1")
    buffer = log_of(cluster, "app-0", "app")
    cluster.advance(3600)
    count = len(buffer.lines)
    assert buffer.lines[-1][0] < cluster.now()
    cluster.advance(60)
    assert len(buffer.lines) == count
    assert log_of(cluster, "app-0", "app") is buffer
    cluster.advance(60)
    assert len(buffer.lines) > count


def test_an_oom_killed_container_logs_nothing_at_the_end() -> None:
    cluster = one("postgres:16.4", annotations=fault_annotations(crash="137"))
    output = texts(log_of(cluster, "app-0", "app", previous=True))
    assert len(output) == len(log_generator_for("postgres:16.4").startup)


def test_a_terminated_pod_logs_its_shutdown_and_its_log_is_dropped() -> None:
    cluster = with_set("web", 1)
    buffer = log_of(cluster, "web-0", "web")
    first = pod(cluster, "web-0")
    delete_pod(cluster, "web-0")
    cluster.advance(60)
    assert buffer.closed
    assert texts(buffer)[-1].endswith("[main] bye")
    assert cluster.kubelet.logs.of(first["metadata"]["uid"], "web", previous=False) is None
    assert texts(log_of(cluster, "web-0", "web"))[0].endswith("starting as web-0")


def test_init_containers_and_sidecars_have_logs() -> None:
    init = [{"name": "sysctl", "image": "busybox:1.37"}, {"name": "mesh", "image": "x", "restartPolicy": "Always"}]
    cluster = one(
        "cassandra:4.1.7",
        sidecars=[{"name": "exporter", "image": "bitnami/jmx-exporter:1.0.1"}],
        pod={"initContainers": init},
    )
    assert texts(log_of(cluster, "app-0", "sysctl"))[-1] == "done"
    assert log_of(cluster, "app-0", "sysctl").closed
    assert not log_of(cluster, "app-0", "mesh").closed
    assert "io.prometheus.jmx" in texts(log_of(cluster, "app-0", "exporter"))[0]
    assert "CassandraDaemon" in texts(log_of(cluster, "app-0", "app"))[0]


def test_all_templates_can_be_formatted() -> None:
    values = dict.fromkeys(("pod", "peer", "host", "image", "tag", "claim", "code", "n", "m", "k"), "x")
    for image in IMAGES:
        generator = log_generator_for(image)
        time = generator.format_time(datetime(2026, 11, 22, 18, 22, 7, 123456, tzinfo=UTC))
        lines = (
            *generator.startup,
            *generator.periodic,
            generator.ready,
            generator.not_ready,
            *generator.failure,
            *generator.shutdown,
        )
        for line in lines:
            assert line.format(time=time, **values).isprintable() or "\t" in line


def test_containers_write_at_a_set_rate_and_the_log_is_rotated() -> None:
    cluster = with_set(replicas=1)
    buffer = log_of(cluster, "web-0", "web")
    before = buffer.written
    cluster.set_log_rate("default", "web", 500)
    cluster.advance(10)
    assert 4_900 <= buffer.written - before <= 5_100
    times = [when for when, _ in buffer.lines[-1000:]]
    assert times == sorted(times)
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(2, abs=0.1)
    cluster.advance(200)
    assert len(buffer.lines) <= 100_000 < buffer.written
    assert len(buffer.since(buffer.written - 10)) == 10
    cluster.set_log_rate("default", "web", 0)
    before = buffer.written
    cluster.advance(10)
    assert buffer.written - before < 50

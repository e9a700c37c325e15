"""Container logs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client
from tests.support.simulator.manifests import pod

LOG = "/api/v1/namespaces/default/pods/web-0/log"


@pytest.fixture
def buffer(storage: Storage, server: ApiServer, clock: ManualClock) -> LogBuffer:
    """The log of the running container; a previous run does not exist."""
    storage.create(PODS, pod(nodeName="n"))
    written = LogBuffer()
    for number in range(3):
        written.append(clock.now() - timedelta(seconds=10 * (3 - number)), f"line {number}")
    server.set_log_provider(lambda pod, container, previous: None if previous else written)
    return written


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "line 0\nline 1\nline 2\n"),
        ("tailLines=2", "line 1\nline 2\n"),
        ("tailLines=0", ""),
        ("tailLines=9", "line 0\nline 1\nline 2\n"),
        ("sinceSeconds=15", "line 2\n"),
        ("sinceTime=2025-12-31T23:59:40Z", "line 1\nline 2\n"),
        ("limitBytes=5", "line "),
        ("tailLines=1&timestamps=true", "2025-12-31T23:59:50.000000000Z line 2\n"),
        ("container=main&tailLines=1", "line 2\n"),
    ],
)
async def test_log_parameters_select_lines(buffer: LogBuffer, client: Client, query: str, text: str) -> None:
    answer = await client("GET", f"{LOG}?{query}")
    assert (answer.code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    assert answer.text == text


async def test_follow_continues_until_the_container_terminates(
    buffer: LogBuffer, client: Client, clock: ManualClock
) -> None:
    async with client.watch(f"{LOG}?follow=true&tailLines=1") as stream:
        assert await stream.line() == b"line 2\n"
        buffer.append(clock.now(), "line 3")
        assert await stream.line() == b"line 3\n"
        buffer.append(clock.now(), "line 4")
        buffer.close()
        assert await stream.line() == b"line 4\n"
        assert await stream.line() == b""


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("container=other", 400, "container other is not valid for pod web-0"),
        ("previous=true", 400, 'previous terminated container "main" in pod "web-0" not found'),
        ("tailLines=some", 400, 'strconv.ParseInt: parsing "some": invalid syntax'),
        ("sinceTime=yesterday", 400, "sinceTime: Invalid isoformat string: 'yesterday'"),
    ],
)
async def test_invalid_log_requests_are_refused(
    buffer: LogBuffer, client: Client, query: str, code: int, message: str
) -> None:
    answer = await client("GET", f"{LOG}?{query}")
    assert (answer.code, answer.json["message"]) == (code, message)


async def test_a_pod_with_several_containers_needs_a_container_name(storage: Storage, client: Client) -> None:
    containers = [{"name": name, "image": "x"} for name in ("a", "b")]
    init = [{"name": "i", "image": "x"}]
    storage.create(PODS, pod(containers=containers, initContainers=init, nodeName="n"))
    answer = await client("GET", LOG)
    assert answer.json["message"] == (
        "a container name must be specified for pod web-0, choose one of: [a b] or one of the init containers: [i]"
    )


async def test_logs_of_waiting_containers_and_unscheduled_pods(storage: Storage, client: Client) -> None:
    storage.create(PODS, pod("web-0", nodeName="n"))
    storage.create(PODS, pod("web-1"))
    waiting = {"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    storage.modify(
        PODS,
        "default",
        "web-0",
        lambda one: one["status"].update(containerStatuses=[waiting]),
        subresource="status",
    )
    answer = await client("GET", LOG)
    assert answer.code == 400
    assert answer.json["message"] == 'container "main" in pod "web-0" is waiting to start: ImagePullBackOff'
    empty = await client("GET", LOG.replace("web-0", "web-1"))
    assert (empty.code, empty.raw) == (200, b"")


async def test_errors_of_the_log_provider_are_returned(buffer: LogBuffer, server: ApiServer, client: Client) -> None:
    def unreachable(pod: dict[str, Any], container: str, previous: bool) -> LogBuffer | None:
        raise ApiError.internal("dial tcp 10.0.0.1:10250: connect: no route to host")

    server.set_log_provider(unreachable)
    assert (await client("GET", LOG)).code == 500

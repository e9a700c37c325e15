"""Forwarded ports: both directions, the end of either side, replaced pods, failures, and the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.port_forward.connection import LINGER_SECONDS
from stsview.actions.port_forward.forward import Forward, ForwardState
from stsview.actions.port_forward.lazy_service import LazyForwardService
from stsview.actions.port_forward.listener import LOOPBACK
from stsview.actions.port_forward.port_spec import parse_port
from stsview.actions.port_forward.service import PortForwards
from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import OPEN, WriteGate
from stsview.live.live import Live
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.port_connection import Connection
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.cluster.conftest import config_for
from tests.support.cluster.server import until
from tests.support.simulator.clusters import annotate_pod, delete_pod, empty_cluster, pod

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWER = b"kafka-1:9092 /hello\n"
MEGABYTE = 1 << 20


class Scene:
    """A served cluster, and forwards over a session."""

    def __init__(self, folder: Path) -> None:
        self.cluster = empty_cluster()
        assert isinstance(self.cluster._clock, ManualClock)
        self.clock = self.cluster._clock
        self.cluster.apply(with_service("kafka", "apache/kafka:3.9.0", 2, port=9092), "default")
        self.cluster.advance(120)
        self.audit = AuditLog(folder / "audit.jsonl")
        self.lines: list[str] = []
        self._sessions: list[Session] = []

    async def start(self) -> None:
        await self.cluster.start()
        self.forwards = self.forwards_of("admin")

    def forwards_of(self, user: str, gate: WriteGate = OPEN) -> PortForwards:
        token = self.cluster.server.users[user].token
        session = Session(config_for(self.cluster.url, credentials=Credentials(token=token)), self.clock, gate=gate)
        self._sessions.append(session)
        made = PortForwards(session, self.audit)
        made.said = lambda forward, words, warning: self.lines.append(words)
        return made

    async def open(self, port: str = ":main", forwards: PortForwards | None = None) -> Forward:
        return (await (forwards or self.forwards).open("default", "kafka-1", [parse_port(port)]))[0]

    def entries(self) -> list[dict[str, Any]]:
        return list(self.audit.entries())

    async def passing(self, condition: Callable[[], object]) -> None:
        """Let time pass until `condition` holds."""
        async with asyncio.timeout(20):
            while not condition():
                await self.clock.advance(0.5)
                await asyncio.sleep(0)

    async def stop(self) -> None:
        await self.forwards.close()
        for session in self._sessions:
            await session.close()
        await self.cluster.stop()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def connect(forward: Forward, address: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = forward.addresses[address]
    return await asyncio.open_connection(host, port, limit=MEGABYTE)


async def get(forward: Forward, address: int = 0) -> bytes:
    """The last line of the answer to a request; empty where the connection was refused."""
    reader, writer = await connect(forward, address)
    try:
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return (await reader.read()).rpartition(b"\r\n")[2]
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_request_is_answered_counted_and_recorded_without_its_content(scene: Scene) -> None:
    forward = await scene.open()
    assert all(host in ("127.0.0.1", "::1") for host, _ in forward.addresses)
    for address in range(len(forward.addresses)):
        assert await get(forward, address) == ANSWER
    assert (forward.state, forward.sent > 0, forward.received > len(ANSWER)) == (ForwardState.FORWARDING, True, True)
    await until(lambda: not forward.connections)
    await scene.forwards.end(forward)
    with pytest.raises(ConnectionError):
        await connect(forward)
    before, end = scene.entries()
    for entry in (before, end):
        assert entry["object"]["uid"] == pod(scene.cluster, "kafka-1")["metadata"]["uid"]
        assert (entry["action"], entry["user"], entry["port"]) == ("port-forward", "admin", 9092)
    assert before["request"]["path"] == "/api/v1/namespaces/default/pods/kafka-1/portforward"
    assert (end["moment"], end["receivedBytes"]) == ("end", forward.received)
    assert b"hello" not in scene.audit.path.read_bytes()
    assert scene.lines == []


async def test_the_rest_of_an_answer_arrives_after_the_client_has_ended_its_side(scene: Scene) -> None:
    more = asyncio.Event()

    async def slow(pod: Object, port: int, connection: Connection) -> None:
        await connection.write(await connection.read())
        await more.wait()
        await connection.write(b" and more")
        await asyncio.Event().wait()

    scene.cluster.server.set_port_provider(slow)
    forward = await scene.open()
    reader, writer = await connect(forward)
    writer.write(b"question")
    writer.write_eof()
    assert await reader.readexactly(8) == b"question"
    await until(lambda: forward.connections == 0)
    more.set()
    assert await reader.readexactly(9) == b" and more"
    # A client that has gone looks the same: it is not waited for much longer.
    began = scene.clock.monotonic()
    await scene.passing(reader.at_eof)
    assert scene.clock.monotonic() - began <= 3 * LINGER_SECONDS
    writer.close()


async def test_neither_side_is_read_faster_than_the_other_reads(scene: Scene) -> None:
    written, reading, total = [0], asyncio.Event(), 24

    async def flood(pod: Object, port: int, connection: Connection) -> None:
        for _ in range(total):
            await connection.write(bytes(MEGABYTE))
            written[0] += 1
        await reading.wait()
        received = 0
        while received < total * MEGABYTE:
            received += len(await connection.read())
        await connection.write(b"all")

    scene.cluster.server.set_port_provider(flood)
    forward = await scene.open()
    reader, writer = await connect(forward)
    for _ in range(3000):
        await asyncio.sleep(0)
    assert written[0] < total
    # However long it takes: a client that reads nothing for minutes, such as a pager, keeps its connection.
    await scene.clock.advance(300)
    await reader.readexactly(total * MEGABYTE)
    sent = 0

    async def send() -> None:
        nonlocal sent
        for _ in range(total):
            sent += 1
            writer.write(bytes(MEGABYTE))
            await writer.drain()

    sending = asyncio.create_task(send())
    for _ in range(3000):
        await asyncio.sleep(0)
    assert sent < total
    reading.set()
    assert await reader.readexactly(3) == b"all"
    await sending
    writer.close()


async def test_a_replaced_pod_is_followed_and_recorded(scene: Scene) -> None:
    forward = await scene.open()
    former = forward.pod.uid
    reader, writer = await connect(forward)
    writer.write(REQUEST)
    await reader.readuntil(ANSWER)
    delete_pod(scene.cluster, "kafka-1")
    await scene.passing(reader.at_eof)
    writer.close()
    await scene.passing(lambda: forward.pod.problem)
    assert forward.state is ForwardState.WAITING
    assert await get(forward) == b""
    await scene.passing(lambda: not forward.pod.problem)
    assert await get(forward) == ANSWER
    assert scene.lines[-1] == "kafka-1 was replaced: forwarding to its new pod"
    assert any(line.startswith("connection to kafka-1:9092 refused: kafka-1 ") for line in scene.lines)
    note = scene.entries()[-1]
    assert (note["moment"], note["words"]) == ("note", "kafka-1 was replaced")
    assert note["object"]["uid"] == pod(scene.cluster, "kafka-1")["metadata"]["uid"] != former


async def test_connections_to_a_pod_that_is_gone_end_although_the_server_keeps_them(scene: Scene) -> None:
    async def silent(pod: Object, port: int, connection: Connection) -> None:
        await asyncio.Event().wait()

    scene.cluster.server.set_port_provider(silent)
    forward = await scene.open()
    reader, writer = await connect(forward)
    await until(lambda: forward.connections)
    delete_pod(scene.cluster, "kafka-1", grace_seconds=0)
    await scene.passing(lambda: scene.lines[-1:] == ["kafka-1 was replaced: forwarding to its new pod"])
    with pytest.raises(ConnectionError):
        await reader.read()
    writer.close()


async def test_a_closed_port_is_told_and_the_forward_stays(scene: Scene) -> None:
    forward = await scene.open(":9")
    assert await get(forward) == b""
    assert await get(forward) == b""
    # Said once: clients try again and again.
    assert scene.lines == ["kafka-1 refused the connection: nothing listens on localhost:9 in the pod"]
    assert forward.state is ForwardState.FAILING
    await until(lambda: not forward.connections)


async def test_a_container_that_does_not_run_is_named(scene: Scene) -> None:
    forward = await scene.open()
    annotate_pod(scene.cluster, "kafka-1", fault_annotations(crash="1"))
    await scene.passing(
        lambda: "running" not in pod(scene.cluster, "kafka-1")["status"]["containerStatuses"][0]["state"]
    )
    assert await get(forward) == b""
    assert scene.lines[-1].startswith("connection to kafka-1:9092 refused: container kafka is not running (")
    assert forward.state is ForwardState.FAILING


async def test_a_lost_server_is_told_and_tried_again_for_new_connections(scene: Scene) -> None:
    forward = await scene.open()
    reader, writer = await connect(forward)
    writer.write(REQUEST)
    await reader.readuntil(ANSWER)
    await scene.cluster.server.stop_listening()
    with pytest.raises(ConnectionError):
        await reader.read()
    writer.close()
    assert await get(forward) == b""
    refused = "connection refused: is the API server running at this address?"
    assert all(refused in line for line in scene.lines)
    assert [line.partition(":")[0] for line in scene.lines if line.startswith("connection")] == [
        "connection to kafka-1",
        "connection to kafka-1",
    ]
    await scene.cluster.server.listen_again()
    assert await get(forward) == ANSWER
    assert scene.lines[-1] == "kafka-1 can be reached again"
    assert forward.state is ForwardState.FORWARDING


async def test_a_missing_right_is_named_before_the_port_opens_or_at_the_first_connection(scene: Scene) -> None:
    forwards = scene.forwards_of("viewer")
    with pytest.raises(Refused, match="you may not get pods/portforward in default"):
        await scene.open(forwards=forwards)
    assert scene.entries() == []
    scene.cluster.server.users["viewer"].granted.append(Rule(("get",), ("",), ("pods/portforward",)))
    forward = await scene.open(forwards=forwards)
    assert await get(forward) == b""
    words = "you may not create pods/portforward in default"
    assert scene.lines == [f"connection to kafka-1:9092 refused: {words}"]
    assert (forward.state, forward.problem) == (ForwardState.FAILING, words)
    await forwards.close()


async def test_a_server_without_websockets_is_told(scene: Scene) -> None:
    scene.cluster.server.faults.port_forward_protocols = ()
    forward = await scene.open()
    assert await get(forward) == b""
    assert "does not open WebSockets here" in scene.lines[0]


@pytest.mark.parametrize(
    ("pod_name", "port", "words"),
    [
        ("kafka-9", ":9092", "kafka-9 does not exist now"),
        ("kafka-1", ":http", "kafka-1 has no port http: use main"),
    ],
)
async def test_what_cannot_be_forwarded_is_refused(scene: Scene, pod_name: str, port: str, words: str) -> None:
    with pytest.raises(Refused) as error:
        await scene.forwards.open("default", pod_name, [parse_port(port)])
    assert str(error.value) == words
    assert scene.entries() == []


async def test_nothing_is_forwarded_in_read_only_mode(scene: Scene) -> None:
    forwards = scene.forwards_of("admin", WriteGate("--read-only"))
    with pytest.raises(Refused, match=r"read-only mode \(--read-only\): no port-forward"):
        await scene.open(forwards=forwards)


async def test_a_taken_port_opens_none_of_several(scene: Scene) -> None:
    first = await scene.open()
    specs = [parse_port(":9092"), parse_port(f"{first.local_port}:9092")]
    with pytest.raises(Refused, match=f"local port {first.local_port} is in use"):
        await scene.forwards.open("default", "kafka-1", specs)
    assert scene.forwards.forwards == [first]
    assert scene.entries()[-1]["moment"] == "end"


async def test_an_audit_log_that_cannot_be_written_opens_nothing(scene: Scene) -> None:
    scene.audit.path.mkdir()
    with pytest.raises(Refused, match="cannot write the audit log"):
        await scene.open()
    assert scene.forwards.forwards == []


async def test_nothing_is_left_behind(scene: Scene) -> None:
    before = asyncio.all_tasks()
    forward = await scene.open()
    reader, writer = await connect(forward)
    writer.write(REQUEST)
    await reader.readuntil(ANSWER)
    await scene.forwards.close()
    with pytest.raises(ConnectionError):
        await reader.read()
    writer.close()
    with pytest.raises(ConnectionError):
        await connect(forward)
    files = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks() - before]
    assert [file for file in files if "/stsview/actions/" in str(file) or "/stsview/cluster/" in str(file)] == []


async def test_screens_keep_a_forward_while_the_context_is_switched(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STSVIEW_AUDIT", str(tmp_path / "audit.jsonl"))
    token = scene.cluster.server.users["admin"].token
    shown = Session(config_for(scene.cluster.url, credentials=Credentials(token=token)), scene.clock)
    live = SimpleNamespace(session=shown)
    service = LazyForwardService(cast("Live", live))
    assert [(one.number, one.name) for one in await service.declared_ports("default", "kafka-1")] == [(9092, "main")]
    (forward,) = await service.open("default", "kafka-1", [parse_port(":9092")], LOOPBACK)
    await shown.close()
    live.session = None
    assert await get(forward) == ANSWER
    with pytest.raises(Refused, match="not connected"):
        await service.open("default", "kafka-1", [parse_port(":9092")], LOOPBACK)
    await service.end(forward)
    assert service.forwards == []
    await service.close()
    assert [entry["moment"] for entry in scene.entries()] == ["before", "end"]

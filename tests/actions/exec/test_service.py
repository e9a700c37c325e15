"""Shells and commands in containers: what is refused, how each end is told, and what the audit log has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from stsview.actions.errors import Refused
from stsview.actions.exec.service import SHELL, ExecOutcome, ExecPlan, Streams, run_exec
from stsview.actions.exec.target import ExecTarget, NotRunning, find_target
from stsview.actions.execution.audit_log import AuditLog
from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate
from stsview.objects.exec_messages import ExecResult
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Server, answer, until
from tests.support.simulator.clusters import empty_cluster, pod

EXPORTER = {"name": "exporter", "image": "bitnami/jmx-exporter:1.0.1"}


class Scene:
    """A served cluster, a session, and an audit log."""

    def __init__(self, folder: Path) -> None:
        self.cluster = empty_cluster()
        assert isinstance(self.cluster._clock, ManualClock)
        self.clock = self.cluster._clock
        self.cluster.apply(with_service("kafka", "apache/kafka:3.9.0", 2, sidecars=[EXPORTER]), "default")
        self.cluster.apply(with_service("etcd", "quay.io/coreos/etcd:v3.5.17", 1), "default")
        self.cluster.advance(120)
        self.audit = AuditLog(folder / "audit.jsonl")
        self.session = Session(config_for("http://unset"), self.clock)

    async def start(self) -> None:
        await self.cluster.start()
        self.session = self.session_as("admin")

    def session_as(self, user: str) -> Session:
        token = self.cluster.server.users[user].token
        return Session(config_for(self.cluster.url, credentials=Credentials(token=token)), self.clock)

    def entries(self) -> list[dict[str, Any]]:
        return list(self.audit.entries())

    async def advancing(self, running: asyncio.Future[ExecOutcome]) -> ExecOutcome:
        """The outcome, while time passes."""
        async with asyncio.timeout(20):
            while not running.done():
                await self.clock.advance(0.25)
                await asyncio.sleep(0)
        return running.result()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(tmp_path)
    await made.start()
    yield made
    await made.session.close()
    await made.cluster.stop()


class Client:
    """Types, and reads the output until it ends."""

    def __init__(self, *typed: bytes, stay: bool = False) -> None:
        self._typed = typed
        self._stay = stay
        self.out = b""

    async def attach(self, streams: Streams) -> None:
        for typed in self._typed:
            await streams.send(typed)
        if not self._stay:
            await streams.end_input()
        async for one in streams.output():
            self.out += one.data

    async def shows(self, data: bytes) -> None:
        await until(lambda: data in self.out)


async def plan(scene: Scene, name: str = "kafka-0", *command: str, tty: bool = False, container: str = "") -> ExecPlan:
    target = await find_target(scene.session, "default", name, container)
    return ExecPlan(target, command, stdin=True, tty=tty)


async def test_the_command_and_its_end_are_recorded_but_never_what_is_typed(scene: Scene) -> None:
    client = Client(b"my secret\n")
    outcome = await run_exec(scene.session, scene.audit, await plan(scene, "kafka-0", "cat"), client.attach)
    assert (outcome.exit_code, outcome.words, client.out) == (0, "", b"my secret\n")
    before, end = scene.entries()
    for entry in (before, end):
        assert (entry["action"], entry["command"], entry["container"]) == ("exec", ["cat"], "kafka")
        assert entry["object"]["uid"] == pod(scene.cluster, "kafka-0")["metadata"]["uid"]
        assert (entry["context"], entry["user"], entry["title"]) == ("test", "admin", "command in kafka-0 (kafka)")
    assert (before["moment"], end["moment"], end["result"]) == ("before", "end", "exit code 0")
    assert end["seconds"] >= 0
    assert b"secret" not in scene.audit.path.read_bytes()


async def test_a_shell_is_the_first_that_there_is(scene: Scene) -> None:
    client = Client(b"echo $0\n", b"exit 9\n")
    outcome = await run_exec(scene.session, scene.audit, await plan(scene), client.attach)
    assert (outcome.exit_code, client.out) == (9, b"bash\n")
    assert scene.entries()[0]["command"] == list(SHELL)


async def test_a_container_without_a_shell_has_another_way_in(scene: Scene) -> None:
    outcome = await run_exec(scene.session, scene.audit, await plan(scene, "etcd-0"), Client().attach)
    assert outcome.exit_code == 127
    assert outcome.words == (
        "container etcd of etcd-0 has no shell; use kubectl debug -it etcd-0 -n default --image=busybox --target=etcd"
    )
    assert scene.entries()[1]["result"] == "not started"


async def test_nothing_is_run_in_read_only_mode_or_without_an_audit_log(scene: Scene, tmp_path: Path) -> None:
    wanted = await plan(scene, "kafka-0", "ls")
    with pytest.raises(Refused, match=r"^cannot write the audit log .*; nothing is sent$"):
        await run_exec(scene.session, AuditLog(tmp_path), wanted, Client().attach)
    scene.session.gate = WriteGate("--read-only")
    with pytest.raises(Refused, match=r"^read-only mode \(--read-only\): no shell, no command$"):
        await run_exec(scene.session, scene.audit, wanted, Client().attach)
    assert scene.entries() == []


@pytest.mark.parametrize("verb", ["get", "create"])
async def test_a_missing_right_names_the_verb(scene: Scene, verb: str) -> None:
    scene.cluster.server.users["admin"].denied.append(Rule((verb,), ("",), ("pods/exec",)))
    outcome = await run_exec(scene.session, scene.audit, await plan(scene, "kafka-0", "ls"), Client().attach)
    assert (outcome.exit_code, outcome.words) == (2, f"command not started: you may not {verb} pods/exec in default")
    assert scene.entries()[1]["result"] == "not started"


async def test_a_server_without_websockets(scene: Scene) -> None:
    scene.cluster.server.faults.exec_protocols = ()
    outcome = await run_exec(scene.session, scene.audit, await plan(scene, "kafka-0", "ls"), Client().attach)
    assert outcome.exit_code == 2
    assert "does not open WebSockets here (400): Kubernetes before 1.30, or a proxy" in outcome.words


def replace_pod(scene: Scene) -> None:
    scene.cluster.storage.delete(PODS, "default", "kafka-0", grace_seconds=0)


def delete_set_and_pod(scene: Scene) -> None:
    scene.cluster.scale("default", "kafka", 0)
    replace_pod(scene)


def crash(scene: Scene) -> None:
    scene.cluster.edit(PODS, "default", "kafka-0", _annotated(crash="1"))


def cut(scene: Scene) -> None:
    scene.cluster.server.cut_connections()


def _annotated(**faults: str) -> Callable[[Any], None]:
    def change(one: Any) -> None:
        one["metadata"].setdefault("annotations", {}).update(fault_annotations(**faults))

    return change


@pytest.mark.parametrize(
    ("happen", "words"),
    [
        (replace_pod, "kafka-0 was replaced: shell ended"),
        (delete_set_and_pod, "kafka-0 was deleted: shell ended"),
        (crash, "container kafka of kafka-0 stopped: shell ended"),
        (cut, "shell lost: the connection to {url} was lost"),
    ],
)
async def test_what_happens_to_the_pod_ends_a_shell_with_a_word(
    scene: Scene, happen: Callable[[Scene], None], words: str
) -> None:
    client = Client(b"echo up\r", stay=True)
    running = asyncio.ensure_future(run_exec(scene.session, scene.audit, await plan(scene, tty=True), client.attach))
    await client.shows(b"\nup")
    happen(scene)
    outcome = await scene.advancing(running)
    assert outcome.words == words.format(url=scene.cluster.url)
    assert outcome.exit_code == (255 if happen is cut else 137)
    assert scene.entries()[1]["words"] == outcome.words


async def test_a_pod_that_is_replaced_while_its_node_is_silent(scene: Scene) -> None:
    """The connection ends at the API server, which does not notice."""
    client = Client(b"echo up\r", stay=True)
    running = asyncio.ensure_future(run_exec(scene.session, scene.audit, await plan(scene, tty=True), client.attach))
    await client.shows(b"\nup")
    scene.cluster.kubelet._workers[pod(scene.cluster, "kafka-0")["metadata"]["uid"]].run_of("kafka").on_end.clear()  # type: ignore[union-attr]
    replace_pod(scene)
    outcome = await scene.advancing(running)
    assert (outcome.words, outcome.exit_code) == ("kafka-0 was replaced: shell ended", 255)
    assert outcome.end.result is ExecResult.LOST


async def test_a_stopped_command_is_recorded(scene: Scene) -> None:
    client = Client(b"x", stay=True)
    running = asyncio.ensure_future(
        run_exec(scene.session, scene.audit, await plan(scene, "kafka-0", "cat"), client.attach)
    )
    await client.shows(b"x")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.entries()[1]["result"] == "stopped"


async def test_the_container_is_that_of_the_annotation_else_the_first(scene: Scene) -> None:
    assert (await plan(scene)).target.container == "kafka"
    named = {"kubectl.kubernetes.io/default-container": "exporter"}
    scene.cluster.edit(PODS, "default", "kafka-0", lambda one: one["metadata"].update(annotations=named))
    assert (await plan(scene)).target.container == "exporter"
    with pytest.raises(Refused, match=r"^kafka-0 has no container x: use kafka, exporter$"):
        await plan(scene, container="x")
    with pytest.raises(Refused, match=r"^no pod kafka-5 in default; did you mean kafka-1\?$"):
        await plan(scene, "kafka-5")


async def test_a_container_that_does_not_run_is_said_before(scene: Scene) -> None:
    crash(scene)
    await scene.clock.advance(60)
    with pytest.raises(NotRunning, match=r"^container kafka of kafka-0 is not running: ") as caught:
        await plan(scene)
    assert caught.value.ran_before


async def test_without_the_right_to_read_pods_the_server_decides(scene: Scene) -> None:
    scene.cluster.server.users["admin"].denied.append(Rule(("get", "list"), ("",), ("pods",)))
    target = await find_target(scene.session, "default", "etcd-0")
    assert target == ExecTarget("default", "etcd-0", "")
    outcome = await run_exec(
        scene.session, scene.audit, ExecPlan(target, ("etcdctl", "endpoint", "health")), Client(stay=True).attach
    )
    assert outcome.exit_code == 0


async def test_runtimes_that_report_a_missing_shell_by_its_exit_code(tmp_path: Path) -> None:
    """CRI-O: the error is in the output, and the exit code is 255 or 127."""
    from aiohttp import web

    async def talk(request: web.Request) -> web.StreamResponse:
        made = web.WebSocketResponse(protocols=("v5.channel.k8s.io",))
        await made.prepare(request)
        await made.send_bytes(b'\x01exec failed: exec: "sh": executable file not found in $PATH\r\n')
        await made.send_bytes(
            b'\x03{"status":"Failure","reason":"NonZeroExitCode",'
            b'"details":{"causes":[{"reason":"ExitCode","message":"255"}]}}'
        )
        return made

    async with Server(answer({}, 201), talk) as server:
        session = Session(config_for(server.url), ManualClock())
        target = ExecTarget("default", "web-0", "web")
        outcome = await run_exec(
            session, AuditLog(tmp_path / "a"), ExecPlan(target, tty=True), Client(stay=True).attach
        )
        await session.close()
    assert outcome.words.startswith("container web of web-0 has no shell; use kubectl debug -it web-0")

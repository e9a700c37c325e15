"""Commands in containers of the simulator, over real WebSockets."""

from __future__ import annotations

import asyncio

import pytest

from stsview.cluster.errors import ClusterError, Forbidden, NotFound, NoWebSockets, Rejected
from stsview.cluster.exec.channels import V4
from stsview.cluster.exec.exec_stream import ExecStream, open_exec
from stsview.cluster.exec.run_command import run_command
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate, WriteRefused
from stsview.objects.exec_messages import ExecEnd, ExecRequest, ExecResult
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.node_specs import NodeFault
from tests.support.cluster.server import until
from tests.support.simulator.clusters import delete_pod, pod


def in_zk(
    *command: str, stdin: bool = False, tty: bool = False, container: str = "", name: str = "zk-0"
) -> ExecRequest:
    return ExecRequest("default", name, container, command, stdin, tty)


class Reader:
    """Reads a stream in the background."""

    def __init__(self, stream: ExecStream) -> None:
        self.out = self.errors = b""
        self.stream = stream
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> ExecEnd | None:
        async for one in self.stream.output():
            self.out += b"" if one.error else one.data
            self.errors += one.data if one.error else b""
        return self.stream.end

    async def shows(self, data: bytes) -> None:
        await until(lambda: data in self.out)

    async def end(self) -> ExecEnd | None:
        return await asyncio.wait_for(self.task, 10)


async def test_input_output_errors_and_exit_code(session: Session) -> None:
    every = bytes(range(256)) * 1000
    async with open_exec(session, in_zk("sh", "-c", "echo bad >&2; cat; exit 3", stdin=True)) as stream:
        reader = Reader(stream)
        await stream.send(every)
        await stream.end_input()
        assert await reader.end() == ExecEnd(ExecResult.EXITED, 3)
    assert (reader.out, reader.errors) == (every, b"bad\n")


async def test_a_terminal_has_a_size_and_control_keys(session: Session) -> None:
    async with open_exec(session, in_zk("bash", stdin=True, tty=True)) as stream:
        reader = Reader(stream)
        await stream.resize(101, 33)
        await reader.shows(b"# ")
        await stream.send(b"stty size\r")
        await reader.shows(b"33 101\r\n")
        await stream.send(b"cat\rx\r")
        await reader.shows(b"x\r\nx\r\n")
        await stream.send(b"\x03")
        await until(lambda: reader.out.partition(b"^C")[2].endswith(b"# "))
        await stream.send(b"exit 5\r")
        assert await reader.end() == ExecEnd(ExecResult.EXITED, 5)


async def test_an_older_server_cannot_end_the_input(cluster: SimulatedCluster, session: Session) -> None:
    cluster.server.faults.exec_protocols = (V4,)
    async with open_exec(session, in_zk("head", "-n", "1", stdin=True)) as stream:
        assert not stream.can_end_input
        reader = Reader(stream)
        await stream.end_input()
        await stream.send(b"one\ntwo\n")
        assert await reader.end() == ExecEnd(ExecResult.EXITED, 0)
    assert reader.out == b"one\n"


async def test_a_slow_reader_stops_the_command(cluster: SimulatedCluster, session: Session) -> None:
    async with open_exec(session, in_zk("yes")) as stream:
        output = stream.output()
        await anext(output)
        connection = stream._socket._socket._reader
        await until(lambda: connection._protocol._reading_paused)
        assert sum(len(one[0].data) for one in connection._buffer) < 1 << 20
        await output.aclose()


async def test_run_command_collects_and_stops(session: Session) -> None:
    found = await run_command(session, in_zk("sh", "-c", "echo a; echo b >&2; false"))
    assert (found.out, found.errors, found.end) == (b"a\n", b"b\n", ExecEnd(ExecResult.EXITED, 1))
    found = await run_command(session, in_zk("yes"), most_bytes=100_000)
    assert found.end == ExecEnd(ExecResult.LOST, problem="stopped after 100,000 bytes of output")


@pytest.mark.parametrize("way", ["cut", "deleted", "force-deleted"])
async def test_how_a_stream_is_lost_or_killed(cluster: SimulatedCluster, session: Session, way: str) -> None:
    async with open_exec(session, in_zk("sh", "-c", "echo up; cat", stdin=True)) as stream:
        reader = Reader(stream)
        await reader.shows(b"up")
        if way == "cut":
            cluster.server.cut_connections()
            end = await reader.end()
            assert end is not None
            assert end.result is ExecResult.LOST
            assert end.problem == f"the connection to {cluster.url} was lost"
            return
        if way == "deleted":
            delete_pod(cluster, "zk-0")
        else:
            cluster.storage.delete(PODS, "default", "zk-0", grace_seconds=0)
        for _ in range(120):
            await cluster._clock.advance(1)  # type: ignore[attr-defined]
        assert await reader.end() == ExecEnd(ExecResult.EXITED, 137)


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        (in_zk("nosuch"), ExecEnd(ExecResult.NOT_STARTED, 127, 'exec: "nosuch": executable file not found in $PATH')),
        (
            in_zk("/bin/sh", name="etcd-0"),
            ExecEnd(ExecResult.NOT_STARTED, 127, 'exec: "/bin/sh": stat /bin/sh: no such file or directory'),
        ),
    ],
)
async def test_what_the_runtime_does_not_start(session: Session, request_: ExecRequest, end: ExecEnd) -> None:
    assert (await run_command(session, request_)).end == end


async def test_a_node_that_does_not_answer(cluster: SimulatedCluster, session: Session) -> None:
    cluster.fail_node(pod(cluster, "zk-0")["spec"]["nodeName"], NodeFault.POWERED_OFF)
    end = (await run_command(session, in_zk("ls"))).end
    assert end.result is ExecResult.NOT_STARTED
    assert end.problem.startswith("error dialing backend: dial tcp ")


async def test_what_the_server_refuses(cluster: SimulatedCluster, session: Session) -> None:
    async def refusal(request: ExecRequest) -> ClusterError:
        with pytest.raises(ClusterError) as raised:
            await run_command(session, request)
        return raised.value

    assert isinstance(await refusal(in_zk("ls", name="zk-7")), NotFound)
    assert isinstance(await refusal(in_zk("ls", container="x")), Rejected)
    for verb in ("create", "get"):
        cluster.server.users["admin"].denied.append(Rule((verb,), ("",), ("pods/exec",)))
        error = await refusal(in_zk("ls"))
        assert isinstance(error, Forbidden)
        assert f'cannot {verb} resource "pods/exec"' in str(error)
    cluster.server.users["admin"].denied.clear()
    cluster.server.faults.exec_protocols = ()
    assert isinstance(await refusal(in_zk("ls")), NoWebSockets)
    session.gate = WriteGate("--read-only")
    assert isinstance(await refusal(in_zk("ls")), WriteRefused)

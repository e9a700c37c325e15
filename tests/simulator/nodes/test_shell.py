"""Commands in simulated containers: the shell, its programs, and how processes end."""

from __future__ import annotations

import asyncio

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecRequest
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.support.cluster.server import until
from tests.support.simulator.clusters import delete_pod, empty_cluster, pod


class Client:
    """A client of exec: gives input, and keeps the output."""

    def __init__(self, *given: bytes, tty: bool = False, open_input: bool = False) -> None:
        self.tty = tty
        self.size = (90, 30) if tty else (0, 0)
        self.out = self.errors = b""
        self._given: asyncio.Queue[bytes] = asyncio.Queue()
        for one in given:
            self._given.put_nowait(one)
        if not open_input:
            self._given.put_nowait(b"")

    def type(self, keys: bytes) -> None:
        if keys:
            self._given.put_nowait(keys)

    async def read(self) -> bytes:
        return await self._given.get()

    async def write(self, data: bytes) -> None:
        self.out += data

    async def write_error(self, data: bytes) -> None:
        self.errors += data


@pytest.fixture(scope="module")
def cluster() -> SimulatedCluster:
    made = empty_cluster()
    made.apply(with_service("kafka", "apache/kafka:3.9.0", 3, port=9092), "default")
    made.apply(with_service("etcd", "quay.io/coreos/etcd:v3.5.17", 3), "default")
    made.apply(with_service("tool", "busybox:1.37", 1), "default")
    unready = fault_annotations(unready="1", unready_ordinals="1")
    made.apply(with_service("redis", "redis:7.4.1", 2, annotations=unready), "default")
    made.advance(300)
    return made


async def run(
    cluster: SimulatedCluster, name: str, *command: str, client: Client | None = None
) -> tuple[int, str, str]:
    client = client or Client()
    found = pod(cluster, name)
    request = ExecRequest(found, found["spec"]["containers"][0]["name"], command)
    code = await asyncio.wait_for(cluster.kubelet.execute(request, client), 10)
    return code, client.out.decode(), client.errors.decode()


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("for a in 1 '2 3'; do for b in x y; do echo $a$b | cat; done; done; echo $a", "1x\n1y\n2 3x\n2 3y\n2 3\n"),
        ("for a in done for; do echo for $a; done > /dev/null; echo done", "done\n"),
        ("echo 'a  b' | wc -c", "5\n"),
        ('A=1; echo "${A}x" ${B:-def} $A"$A"', "1x def 11\n"),
        ("false && echo no || echo yes; true || echo no && echo yes", "yes\nyes\n"),
        ("(exit 4); echo $?; ! true || echo not", "4\nnot\n"),
        ("echo out > /tmp/f; echo more >> /tmp/f; cat < /tmp/f; nosuch 2>/dev/null; echo $?", "out\nmore\n127\n"),
        ("yes | head -2; seq 3 | sort | tail -1", "y\ny\n3\n"),
        ("exec $(command -v bash || command -v ash || echo sh) -c 'echo $0'", "bash\n"),
        ("command -v bash >/dev/null 2>&1 && echo has; [ -x /bin/zsh ] || echo lacks", "has\nlacks\n"),
        (
            "hostname -f; id -un; stat 2>&1",
            "kafka-0.kafka-hs.default.svc.cluster.local\nappuser\nsh: stat: not found\n",
        ),
        ("cd /data && pwd && ls -1 | head -1", "/data\nlost+found\n"),
        ("df -h /data | tail -1 | grep -c 10G", "1\n"),
        ("kafka-consumer-groups --list | head -1", "billing\n"),
    ],
)
async def test_a_shell_runs_lines(cluster: SimulatedCluster, line: str, out: str) -> None:
    _, found, _ = await run(cluster, "kafka-0", "sh", "-c", line)
    assert found == out


async def test_a_shell_reads_a_script_and_returns_its_exit_code(cluster: SimulatedCluster) -> None:
    client = Client(b"echo one\necho two >&2\n", b"exit 300\n")
    assert await run(cluster, "kafka-0", "sh", client=client) == (44, "one\n", "two\n")


async def test_input_and_output_hold_any_bytes(cluster: SimulatedCluster) -> None:
    every = bytes(range(256)) * 300
    client = Client(every[:1000], every[1000:])
    assert (await asyncio.wait_for(run_bytes(cluster, client), 10)) == every


async def run_bytes(cluster: SimulatedCluster, client: Client) -> bytes:
    found = pod(cluster, "kafka-0")
    await cluster.kubelet.execute(ExecRequest(found, "kafka", ["cat"]), client)
    return client.out


async def test_names_resolve_as_the_cluster_dns_answers(cluster: SimulatedCluster) -> None:
    ready = pod(cluster, "redis-0")["status"]["podIP"]
    code, out, _ = await run(cluster, "kafka-0", "getent", "hosts", "redis-0.redis-hs")
    assert (code, out.split()) == (0, [ready, "redis-0.redis-hs.default.svc.cluster.local"])
    # Not ready, and the Service does not publish such addresses.
    assert (await run(cluster, "kafka-0", "getent", "hosts", "redis-1.redis-hs"))[:2] == (2, "")
    _, out, _ = await run(cluster, "kafka-0", "getent", "hosts", "kafka-hs.default.svc.cluster.local")
    assert len(out.splitlines()) == 3
    code, out, _ = await run(cluster, "tool-0", "nslookup", "redis-0.redis-hs")
    assert (code, f"Name:\tredis-0.redis-hs.default.svc.cluster.local\nAddress: {ready}\n" in out) == (0, True)
    # BusyBox has no getent.
    assert (await run(cluster, "tool-0", "sh", "-c", "getent hosts a"))[0] == 127


async def test_a_terminal_edits_lines_and_interrupts(cluster: SimulatedCluster) -> None:
    client = Client(tty=True, open_input=True)
    running = asyncio.create_task(run(cluster, "kafka-0", "bash", client=client))
    prompt = b"appuser@kafka-0:~$ "
    for keys, shown in (
        (b"", prompt),
        (b"echo abX\x7fc\r", b"echo abX\b \bc\r\nabc\r\n" + prompt),
        (b"cat\r", b"cat\r\n"),
        (b"x\r", b"x\r\nx\r\n"),
        (b"\x03", b"^C\r\n" + prompt),
        (b"dropped\x03", b"dropped^C\r\n" + prompt),
        (b"stty size\r", b"stty size\r\n30 90\r\n" + prompt),
        (b"\x1b[A\r", b"stty size\r\n30 90\r\n" + prompt),
        (b"exit 7\r", b"exit 7\r\n"),
    ):
        client.type(keys)
        await until(lambda shown=shown: client.out.endswith(shown))  # type: ignore[misc]
    assert (await running)[0] == 7


@pytest.mark.parametrize("end", ["deleted", "crash"])
async def test_a_process_is_killed_with_its_container(end: str) -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("zk", "zookeeper:3.8.1", 1), "default")
    cluster.advance(60)
    client = Client(open_input=True)
    running = asyncio.create_task(run(cluster, "zk-0", "sh", "-c", "echo up; cat", client=client))
    await until(lambda: client.out)
    if end == "deleted":
        delete_pod(cluster, "zk-0")
    else:
        faults = fault_annotations(crash="1")
        cluster.edit(PODS, "default", "zk-0", lambda one: one["metadata"].setdefault("annotations", {}).update(faults))
    cluster.advance(60)
    assert (await running)[0] == 137


async def test_what_the_runtime_cannot_start(cluster: SimulatedCluster) -> None:
    with pytest.raises(ApiError, match=r'exec: "bash": executable file not found in \$PATH: unknown$'):
        await run(cluster, "etcd-0", "bash")
    with pytest.raises(ApiError, match=r'exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown$'):
        await run(cluster, "etcd-0", "/bin/sh")
    assert (await run(cluster, "etcd-0", "etcdctl", "endpoint", "health"))[0] == 0


async def test_a_kubelet_that_does_not_answer() -> None:
    cluster = empty_cluster()
    cluster.apply(with_service("zk", "zookeeper:3.8.1", 1), "default")
    cluster.advance(60)
    cluster.fail_node(pod(cluster, "zk-0")["spec"]["nodeName"], NodeFault.POWERED_OFF)
    with pytest.raises(ApiError, match=r"error dialing backend: dial tcp .*: no route to host"):
        await run(cluster, "zk-0", "ls")

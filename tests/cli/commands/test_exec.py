"""`stsview exec`: which pod is meant, and what is refused in one line with exit code 2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stsview.cli.arguments.parser import parser
from stsview.cli.commands.exec import _exec, connections
from stsview.cli.support.errors import CommandError
from stsview.cli.support.locate_pod import PodName, locate_pod, parse_pod
from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.live.target import KubeconfigTarget
from stsview.objects.meta import Key
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from tests.cluster.conftest import config_for
from tests.support.simulator.clusters import empty_cluster


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kafka-0", PodName("", "kafka-0")),
        ("pod/kafka-0", PodName("", "kafka-0")),
        ("kafka/0", PodName("", "kafka-0", "kafka", 0)),
        ("kafka/007", PodName("", "kafka-7", "kafka", 7)),
        ("mq/kafka-0", PodName("mq", "kafka-0")),
        ("mq/kafka/12", PodName("mq", "kafka-12", "kafka", 12)),
    ],
)
def test_a_pod_is_typed_in_several_ways(text: str, name: PodName) -> None:
    assert parse_pod(text) == name


@pytest.mark.parametrize("text", ["", "Kafka", "a/b/c", "a/b/c/0", "kafka/", "/0", "kafka 0", "../x"])
def test_anything_else_is_no_pod(text: str) -> None:
    with pytest.raises(CommandError, match="is not a pod: "):
        parse_pod(text)


@pytest.mark.parametrize(
    ("words", "pod", "container", "command"),
    [
        ("kafka/0", "kafka/0", "", None),
        ("kafka/0 -c kafka -- ls -la --", "kafka/0", "kafka", ["ls", "-la", "--"]),
        ("-n mq kafka/0 -- -c x", "kafka/0", "", ["-c", "x"]),
        ("--container=x kafka-0 --no-tty", "kafka-0", "x", None),
    ],
)
def test_all_after_the_dashes_is_the_command(words: str, pod: str, container: str, command: list[str] | None) -> None:
    found = parser().parse_args(["exec", *words.split()])
    assert (found.pod, found.container, found.command_line) == (pod, container, command)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "missing POD|SET/ORDINAL"),
        ("kafka/0 --", "no command after --"),
        ("kafka/0 ls", "unexpected argument 'ls'"),
        ("kafka/0 --contaner x -- ls", "unknown option --contaner; did you mean --container?"),
        ("kafka/0 --from x -- ls", "unknown option --from"),
    ],
)
def test_bad_arguments(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["exec", *words.split()])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"stsview: {message}")


@pytest.mark.parametrize(
    ("reads_keys", "is_terminal", "no_tty", "tty", "stdin"),
    [
        (True, True, False, True, True),
        (True, True, True, False, True),
        # The keys are for the reader of the output: `| less`.
        (True, False, False, False, False),
        (False, False, False, False, True),
    ],
)
def test_what_the_command_is_connected_to(
    reads_keys: bool, is_terminal: bool, no_tty: bool, tty: bool, stdin: bool
) -> None:
    assert connections(reads_keys, is_terminal, no_tty=no_tty) == (tty, stdin)


@pytest.fixture
async def cluster() -> AsyncIterator[SimulatedCluster]:
    made = empty_cluster()
    for namespace in ("default", "mq"):
        made.apply(with_service("kafka", "apache/kafka:3.9.0", 2, ordinals={"start": 1}), namespace)
    made.apply(with_service("zk", "zookeeper:3.8.1", 1), "mq")
    # Its second pod waits for the first.
    made.apply(with_service("stuck", "redis:7.4.1", 2, annotations=fault_annotations(unready="1")), "mq")
    made.advance(120)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def session(cluster: SimulatedCluster) -> AsyncIterator[Session]:
    made = Session(config_for(cluster.url, credentials=Credentials(token=cluster.token)), ManualClock())
    yield made
    await made.close()


async def test_a_pod_is_searched_where_no_namespace_is_named(cluster: SimulatedCluster, session: Session) -> None:
    assert await locate_pod(session, parse_pod("zk/0"), ()) == Key("mq", "zk-0")
    assert await locate_pod(session, parse_pod("kafka/1"), ("mq",)) == Key("mq", "kafka-1")
    assert await locate_pod(session, parse_pod("default/kafka-2"), ()) == Key("default", "kafka-2")
    for text, namespaces, message in (
        ("kafka/1", (), r"^kafka-1 is in default and mq: add the namespace$"),
        ("zk-7", (), r"^no pod zk-7 in any namespace$"),
        ("zk-7", ("default", "mq"), r"^no pod zk-7 in namespaces default, mq$"),
        ("mq/kafka/5", (), r"^mq/kafka has ordinals 1 to 2: no ordinal 5$"),
        ("mq/kafca/1", (), r"^no StatefulSet mq/kafca; did you mean kafka\?$"),
        ("mq/stuck/1", (), r"^ordinal 1 of mq/stuck has no pod now: stuck-1 is missing$"),
    ):
        with pytest.raises(CommandError, match=message):
            await locate_pod(session, parse_pod(text), namespaces)
    cluster.server.users["admin"].denied.append(Rule(("list",), ("",), ("pods",)))
    with pytest.raises(
        CommandError, match=r"^cannot search pod zk-0 in all namespaces: .*; name its namespace with -n$"
    ):
        await locate_pod(session, parse_pod("zk-0"), ())


async def test_a_set_that_is_read_only_opens_no_shell(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stsview.actions.errors import Refused
    from stsview.live.target import Rules

    cluster.write_kubeconfig(tmp_path / "config")
    target = KubeconfigTarget(str(tmp_path / "config"), rules=lambda context: Rules("--read-only"))
    with pytest.raises(Refused, match=r"^read-only mode \(--read-only\): no shell, no command$"):
        await asyncio.wait_for(_exec(target, parser().parse_args(["exec", "zk/0"]), []), 10)

"""Logs over real HTTP: against the simulated API server with its faults, and a scripted one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.logs.log_stream import MISSING, LogSettings
from stsview.cluster.logs.log_tail import read_tail, tail_problem
from stsview.objects.log_messages import LogPhase, LogRequest
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.cluster.conftest import config_for
from tests.support.cluster.log_recorder import LogRecorder
from tests.support.cluster.server import Server, Stream, answer, until
from tests.support.simulator.manifests import pod

WEB = LogRequest("default", "web-0", "main")
PREVIOUS = LogRequest("default", "web-0", "main", previous=True)


class Kubelet:
    """The container `main` of `web-0`, and its status at the API server."""

    def __init__(self, storage: Storage, server: ApiServer, clock: ManualClock) -> None:
        self._storage = storage
        self._clock = clock
        self.current: LogBuffer | None = None
        self.previous: LogBuffer | None = None
        self.restarts = 0
        self.unreachable = False
        server.set_log_provider(self._log)

    def create(self, **spec: Any) -> None:
        self._storage.create(PODS, pod(**spec))

    def run(self, *texts: str) -> LogBuffer:
        """Start the container, or restart it."""
        self.previous, self.current = self.current, LogBuffer()
        self.restarts += self.previous is not None
        self.say(*texts)
        self._tell({"running": {}}, self.previous is not None)
        return self.current

    def say(self, *texts: str) -> None:
        assert self.current is not None
        for text in texts:
            self.current.append(self._clock.now(), text)

    def end(self, code: int, waiting: str = "") -> None:
        assert self.current is not None
        ended = {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed"}}
        self._tell({"waiting": {"reason": waiting}} if waiting else ended, bool(waiting), code)
        self.current.close()

    def wait(self, reason: str) -> None:
        self._tell({"waiting": {"reason": reason}}, False)

    def replace(self) -> None:
        """Replace the pod by one of the same name."""
        if self.current is not None:
            self.current.close()
        self._storage.remove_now(PODS, "default", "web-0")
        self.current = self.previous = None
        self.restarts = 0

    def _tell(self, state: dict[str, Any], ended_before: bool, code: int = 1) -> None:
        last = {"terminated": {"exitCode": code, "reason": "Error"}} if ended_before else {}
        status = {"name": "main", "state": state, "lastState": last, "restartCount": self.restarts}
        self._storage.modify(
            PODS, "default", "web-0", lambda one: one["status"].update(containerStatuses=[status]), subresource="status"
        )

    def _log(self, requested: dict[str, Any], container: str, previous: bool) -> LogBuffer | None:
        if self.unreachable:
            raise ApiError.internal(
                'Get "https://10.0.0.5:10250/containerLogs/default/web-0/main?follow=true": '
                "dial tcp 10.0.0.5:10250: connect: no route to host"
            )
        return self.previous if previous else self.current


@pytest.fixture
def storage(clock: ManualClock) -> Storage:
    return Storage(clock, seed=7)


@pytest.fixture
async def api(storage: Storage, clock: ManualClock) -> AsyncIterator[ApiServer]:
    served = ApiServer(storage, clock, token="secret")
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
def kubelet(storage: Storage, api: ApiServer, clock: ManualClock) -> Kubelet:
    return Kubelet(storage, api, clock)


@pytest.fixture
async def session(api: ApiServer, clock: ManualClock) -> AsyncIterator[Session]:
    session = Session(config_for(api.url, credentials=Credentials(token="secret")), clock)
    yield session
    await session.close()


async def test_a_tail_has_the_last_lines_without_control_characters(
    kubelet: Kubelet, api: ApiServer, session: Session
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("first", "\x1b[31mred\x07 \u202eflip", "", "\tat Main", "x" * 100_000)
    kubelet.run("now")
    assert await read_tail(session, PREVIOUS, 4) == ("[31mred flip", "  at Main", "x" * 399 + "…")
    assert await read_tail(session, WEB, 4) == ("now",)
    problems = []
    for request in (replace(PREVIOUS, pod="web-9"), replace(PREVIOUS, container="side")):
        with pytest.raises(ClusterError) as failed:
            await read_tail(session, request, 4)
        problems.append(tail_problem(request, failed.value))
    kubelet.unreachable = True
    with pytest.raises(ClusterError) as failed:
        await read_tail(session, PREVIOUS, 4)
    problems.append(tail_problem(PREVIOUS, failed.value))
    assert problems == [
        "no pod web-9 in default",
        "web-0 has no container side",
        "the kubelet of the node does not answer: no route to host",
    ]


async def test_a_log_resumes_after_a_disconnect_without_repeated_lines(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("one", "two")
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.shows("one", "two")
        kubelet.say("three", "three")
        await recorder.shows("one", "two", "three", "three")
        await recorder.is_in(LogPhase.FOLLOWING)
        assert recorder.lines[0].stamp == "2026-01-01T00:00:00.000000000Z"

        api.cut_connections()
        await recorder.is_in(LogPhase.WAITING)
        assert "was lost" in recorder.problem
        kubelet.say("three")
        await recorder.wait_out()
        kubelet.say("four")
        await recorder.shows("one", "two", "three", "three", "three", "four")
        await recorder.is_in(LogPhase.FOLLOWING)


async def test_lines_that_the_node_removed_during_a_disconnect_are_missed_aloud(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    log = kubelet.run("one")
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        api.cut_connections()
        await recorder.is_in(LogPhase.WAITING)
        await clock.advance(0.1)
        log.lines.clear()
        kubelet.say("three")
        await recorder.wait_out()
        await recorder.shows("one", f"[{MISSING}]", "three")


@pytest.mark.parametrize(("tail", "read"), [(3, ["17", "18", "19"]), (0, []), (None, [str(n) for n in range(20)])])
async def test_only_the_tail_is_read_at_first_then_every_line(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock, tail: int | None, read: list[str]
) -> None:
    kubelet.create(nodeName="n")
    log = kubelet.run()
    for number in range(20):
        log.append(clock.now() + timedelta(milliseconds=number), str(number))
    await clock.advance(0.1)
    async with LogRecorder(session, clock, replace(WEB, tail_lines=tail)) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        await recorder.shows(*read)
        later = [f"later {number}" for number in range(5)]
        kubelet.say(*later)
        await recorder.shows(*read, *later)


@pytest.mark.parametrize("tail", [0, 2])
async def test_of_a_log_that_was_empty_at_first_every_line_is_read(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock, tail: int
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run()
    async with LogRecorder(session, clock, replace(WEB, tail_lines=tail)) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        api.cut_connections()
        await recorder.is_in(LogPhase.WAITING)
        kubelet.say(*"abcde")
        await recorder.wait_out()
        await recorder.shows(*"abcde")


async def test_only_recent_lines_are_read_of_the_first_pod(
    kubelet: Kubelet, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("old")
    await clock.advance(60)
    async with LogRecorder(session, clock, replace(WEB, since_seconds=29.5)) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        kubelet.say("new")
        await recorder.shows("new")


async def test_a_log_that_is_not_followed_ends(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    once = replace(WEB, follow=False)
    async with LogRecorder(session, clock, once) as recorder:
        await until(lambda: recorder.ended)
        assert (recorder.phase, recorder.problem) == (LogPhase.WAITING, "no pod web-0 in default")
    kubelet.create(nodeName="n")
    kubelet.run("one", "two")
    api.faults.refusals.append(Refusal(503, plural="pods", times=4))
    async with LogRecorder(session, clock, once) as recorder:
        # Twice the pod and its log.
        await recorder.wait_out()
        await recorder.wait_out()
        await until(lambda: recorder.ended)
        assert (recorder.texts, recorder.phase) == (["one", "two"], LogPhase.ENDED)
    api.faults.refusals.append(Refusal(503, plural="pods"))
    async with LogRecorder(session, clock, once) as recorder:
        await recorder.wait_out()
        await recorder.wait_out()
        await until(lambda: recorder.ended)
        assert (recorder.texts, recorder.phase) == ([], LogPhase.WAITING)


async def test_a_crash_is_noted_and_the_next_run_follows(
    kubelet: Kubelet, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("starting")
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        kubelet.say("cannot open /data")
        kubelet.end(3, waiting="CrashLoopBackOff")
        await recorder.wait_out()
        await recorder.is_in(LogPhase.ENDED)
        assert recorder.problem == "main exited with 3, restart pending: CrashLoopBackOff"
        await recorder.wait_out()
        assert recorder.texts == ["starting", "cannot open /data"]
        await clock.advance(1)
        kubelet.run("starting again")
        await recorder.wait_out()
        await recorder.shows(
            "starting",
            "cannot open /data",
            "[container main restarted for the 1st time; the previous run exited with 1]",
            "starting again",
        )


async def test_the_log_continues_with_the_replacement_pod(
    kubelet: Kubelet, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("first")
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        kubelet.replace()
        await recorder.wait_out()
        await recorder.is_in(LogPhase.WAITING)
        assert recorder.problem == "no pod web-0 in default"

        kubelet.create()
        await recorder.wait_out()
        await until(lambda: recorder.problem == "web-0 is not scheduled yet: no logs")

        kubelet.replace()
        kubelet.create(nodeName="n")
        kubelet.wait("ContainerCreating")
        await recorder.wait_out()
        await until(lambda: recorder.problem == "main of web-0 is being created: no logs yet")
        await clock.advance(0.001)
        kubelet.wait("ImagePullBackOff")
        await recorder.wait_out()
        await until(
            lambda: recorder.problem == "main of web-0 has not started, no logs yet: ImagePullBackOff",
        )
        kubelet.run("second")
        await recorder.wait_out()
        await recorder.shows("first", "[replaced by a new pod on n]", "second")
        await recorder.is_in(LogPhase.FOLLOWING)


async def test_the_log_of_a_replacement_is_whole_though_its_node_has_an_earlier_time(
    kubelet: Kubelet, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("first")
    async with LogRecorder(session, clock, replace(WEB, tail_lines=1)) as recorder:
        await recorder.is_in(LogPhase.FOLLOWING)
        kubelet.replace()
        kubelet.create(nodeName="behind")
        log = kubelet.run()
        for text in ("second", "third"):
            log.append(clock.now() - timedelta(minutes=5), text)
        await recorder.wait_out()
        await recorder.shows("first", "[replaced by a new pod on behind]", "second", "third")


async def test_the_previous_run_is_read_to_its_end(kubelet: Kubelet, session: Session, clock: ManualClock) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("last words")
    kubelet.end(1)
    kubelet.run("now")
    async with LogRecorder(session, clock, PREVIOUS) as recorder:
        await until(lambda: recorder.ended)
        assert (recorder.texts, recorder.phase, recorder.problem) == (["last words"], LogPhase.ENDED, "")


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (PREVIOUS, "main of web-0 has no previous run: it never restarted"),
        (LogRequest("default", "web-0", "other", previous=True), "web-0 has no container other"),
    ],
)
async def test_a_log_that_cannot_exist_ends_at_once(
    kubelet: Kubelet, session: Session, clock: ManualClock, request_: LogRequest, problem: str
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("now")
    async with LogRecorder(session, clock, request_) as recorder:
        await until(lambda: recorder.ended)
        assert (recorder.texts, recorder.phase, recorder.problem) == ([], LogPhase.REFUSED, problem)


async def test_a_forbidden_log_is_reported_and_retried_once_a_minute(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("secret")
    api.faults.refusals.append(Refusal(403, plural="pods"))
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.REFUSED)
        assert recorder.problem == "you may not get pods/log in default"
        assert await recorder.waits() >= 30
        api.faults.refusals.clear()
        await recorder.wait_out()
        await recorder.shows("secret")


async def test_an_unreachable_node_and_a_failing_server(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="w-3")
    kubelet.run("before")
    kubelet.unreachable = True
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.WAITING)
        assert recorder.problem == "the kubelet of w-3 does not answer: no route to host"
        first = await recorder.waits()
        await recorder.wait_out()
        assert await recorder.waits() > first / 3
        kubelet.unreachable = False
        api.faults.refusals.append(Refusal(429, plural="pods", times=2, retry_after=7))
        await recorder.wait_out()
        await until(lambda: "limits the request rate (429)" in recorder.problem)
        assert await recorder.waits() == 7
        await recorder.wait_out()
        await recorder.shows("before")


async def test_the_default_container_is_that_of_kubectl(
    kubelet: Kubelet, storage: Storage, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n", containers=[{"name": name, "image": "x"} for name in ("proxy", "main")])
    requested = LogRequest("default", "web-0")
    async with LogRecorder(session, clock, requested) as recorder:
        await until(lambda: recorder.problem == "proxy of web-0 is being created: no logs yet")

    annotations = {"kubectl.kubernetes.io/default-container": "main"}
    storage.modify(PODS, "default", "web-0", lambda one: one["metadata"].update(annotations=annotations))
    async with LogRecorder(session, clock, requested) as recorder:
        await until(lambda: recorder.problem == "main of web-0 is being created: no logs yet")


STATUS = {"containerStatuses": [{"name": "main", "state": {"running": {}}}]}
POD = answer({**pod(nodeName="n"), "status": STATUS})
TEXT = {"Content-Type": "text/plain"}


async def test_a_line_cut_by_a_disconnect_is_read_completely(server: Server, clock: ManualClock) -> None:
    session = Session(config_for(server.url), clock)
    first, second = Stream(content_type="text/plain"), Stream(content_type="text/plain")
    existing = answer("2026-01-01T00:00:01.1Z whole\n", headers=TEXT)
    server.then(POD, existing, first, POD, existing, second)
    async with LogRecorder(session, clock, WEB) as recorder:
        first.send(b"2026-01-01T00:00:01.1Z whole\n2026-01-01T00:00:01.2Z ha")
        await recorder.shows("whole")
        first.cut()
        await recorder.wait_out()
        second.send(b"2026-01-01T00:00:01.1Z whole\n2026-01-01T00:00:01.2Z half a line\n")
        await recorder.shows("whole", "half a line")
    requested = [seen.query for seen in server.seen if seen.path.endswith("/log")]
    asked_for = {"container": "main", "timestamps": "true"}
    again = {**asked_for, "sinceTime": "2026-01-01T00:00:01Z"}
    following = {**again, "follow": "true"}
    assert requested == [{**asked_for, "tailLines": "10000"}, following, again, following]
    await session.close()


async def test_a_silent_log_is_requested_again_without_notice(server: Server, clock: ManualClock) -> None:
    session = Session(config_for(server.url), clock)
    silent = [Stream(b"2026-01-01T00:00:01.1Z once\n", content_type="text/plain") for _ in range(3)]
    server.then(POD, answer("", headers=TEXT), silent[0], POD, silent[1], POD, silent[2])
    async with LogRecorder(session, clock, WEB, LogSettings(silent_seconds=0.05)) as recorder:
        await server.received(7)
        await recorder.shows("once")
        assert [health.phase for health in recorder.healths] == [LogPhase.READING, LogPhase.FOLLOWING]
    await session.close()


async def test_a_proxy_page_is_not_a_log(server: Server, clock: ManualClock) -> None:
    session = Session(config_for(server.url), clock)
    server.then(POD, answer("<html>please log in</html>", headers={"Content-Type": "text/html"}))
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.is_in(LogPhase.WAITING)
        assert "not a Kubernetes API" in recorder.problem
        assert recorder.texts == []
    await session.close()


async def test_a_log_is_read_without_permission_to_read_the_pod(
    kubelet: Kubelet, api: ApiServer, session: Session, clock: ManualClock
) -> None:
    kubelet.create(nodeName="n")
    kubelet.run("one")
    # The first request reads the pod, the second its log.
    api.faults.refusals.append(Refusal(403, plural="pods", times=1))
    async with LogRecorder(session, clock, WEB) as recorder:
        await recorder.shows("one")


async def test_many_chunks_keep_the_order_of_lines(kubelet: Kubelet, session: Session, clock: ManualClock) -> None:
    kubelet.create(nodeName="n")
    buffer = kubelet.run()
    for number in range(9_000):
        buffer.append(clock.now() + timedelta(milliseconds=number), f"{number} " + "x" * 100)
    async with LogRecorder(session, clock, WEB) as recorder:
        await until(lambda: len(recorder.lines) == 9_000)
        assert [line.text.split()[0] for line in recorder.lines[-2:]] == ["8998", "8999"]

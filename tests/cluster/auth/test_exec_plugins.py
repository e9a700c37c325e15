"""Working and failing exec plugins, from their start to the request over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from stsview.clock import ManualClock
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.auth.login import LONGEST_DELAY_SECONDS
from stsview.cluster.config import ClusterConfig, Pem, Tls
from stsview.cluster.errors import LoginFailed, Unauthorized
from stsview.cluster.http.session import Session, SessionSettings
from tests.cluster.conftest import config_for, document
from tests.support.cluster.plugins import V1, V1BETA1, Plugin, credential
from tests.support.cluster.server import Handler, Server, answer, refuse, until

OK = answer({"gitVersion": "v1"})
UNAUTHORIZED = refuse(401, "Unauthorized", "Unauthorized")


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    made = Plugin(tmp_path)
    made.says(credential("first"))
    return made


Open = Callable[..., Session]


@pytest.fixture
async def opened(server: Server, clock: ManualClock, plugin: Plugin) -> AsyncIterator[Open]:
    """Opens sessions that log in with the plugin."""
    sessions: list[Session] = []

    def open_session(config: ClusterConfig | None = None, seconds: float = 30.0, **changes: Any) -> Session:
        config = config or config_for(server.url, credentials=plugin.credentials(**changes))
        sessions.append(Session(config, clock, SessionSettings(plugin_seconds=seconds)))
        return sessions[-1]

    yield open_session
    for session in sessions:
        await session.close()


def on_time(clock: ManualClock) -> Handler:
    """A 200 with the Date of the test's clock."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await answer({}, headers={"Date": format_datetime(clock.now(), usegmt=True)})(request)

    return handle


def tokens(server: Server) -> list[str]:
    return [seen.headers["Authorization"].removeprefix("Bearer ") for seen in server.seen]


async def failure(session: Session) -> LoginFailed:
    with pytest.raises(LoginFailed) as caught:
        await session.ping()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700
    return caught.value


async def test_a_token_without_expiry_is_kept(server: Server, plugin: Plugin, clock: ManualClock, opened: Open) -> None:
    server.then(*[OK] * 3)
    session = opened()
    await session.ping()
    await session.ping()
    await clock.advance(100 * 3600)
    await session.ping()
    assert (tokens(server), plugin.runs) == (["first"] * 3, 1)


async def test_requests_at_the_same_time_cause_one_run(server: Server, plugin: Plugin, opened: Open) -> None:
    server.then(*[OK] * 8)
    session = opened()
    await asyncio.gather(*[session.ping() for _ in range(8)])
    assert (tokens(server), plugin.runs) == (["first"] * 8, 1)


async def test_credentials_are_renewed_before_they_expire(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    server.then(*[on_time(clock)] * 4)
    session = opened()
    plugin.says(credential("first", expires=clock.now() + timedelta(minutes=15)))
    await session.ping()
    plugin.says(credential("second", expires=clock.now() + timedelta(minutes=30)))
    await clock.advance(13 * 60)
    await session.ping()
    await clock.advance(90)
    await session.ping()
    await session.ping()
    assert (tokens(server), plugin.runs) == (["first", "first", "second", "second"], 2)


async def test_a_failed_renewal_leaves_the_old_token_until_it_expires(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    server.then(*[on_time(clock)] * 3)
    session = opened()
    plugin.says(credential("first", expires=clock.now() + timedelta(minutes=15)))
    await session.ping()
    plugin.does("echo 'SSO session has ended' >&2; exit 255")
    await clock.advance(14.5 * 60)
    await session.ping()
    assert plugin.runs == 2
    await clock.advance(60)
    error = await failure(session)
    assert "failed (exit code 255): SSO session has ended" in str(error)
    plugin.says(credential("second"))
    await clock.advance(LONGEST_DELAY_SECONDS)
    await session.ping()
    assert tokens(server) == ["first", "first", "second"]


async def test_a_token_that_is_already_expired_is_sent_since_a_clock_may_be_wrong(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    server.then(*[on_time(clock)] * 5)
    plugin.says(credential("first", expires=clock.now() - timedelta(hours=1)))
    session = opened()
    for _ in range(5):
        await session.ping()
    assert plugin.runs == 1


async def test_expiry_is_judged_by_the_servers_clock(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    dated = answer({}, headers={"Date": "Thu, 01 Jan 2026 01:00:00 GMT"})
    server.then(dated, OK)
    plugin.says(credential("first", expires=clock.now() + timedelta(minutes=30)))
    session = opened()
    await session.ping()
    assert session.clock_offset >= timedelta(minutes=59)
    plugin.says(credential("second"))
    await clock.advance(2)
    await session.ping()
    assert tokens(server) == ["first", "second"]


async def test_a_401_causes_one_renewal(server: Server, plugin: Plugin, opened: Open) -> None:
    async def revoked(request: web.Request) -> web.StreamResponse:
        plugin.says(credential("second"))
        return await UNAUTHORIZED(request)

    server.then(revoked, OK)
    await opened().ping()
    assert (tokens(server), plugin.runs) == (["first", "second"], 2)


async def test_a_401_to_many_requests_causes_one_run(server: Server, plugin: Plugin, opened: Open) -> None:
    server.then(OK)
    session = opened()
    await session.ping()
    plugin.says(credential("second"))

    async def by_token(request: web.Request) -> web.StreamResponse:
        good = request.headers["Authorization"] == "Bearer second"
        return await (OK if good else UNAUTHORIZED)(request)

    server.then(*[by_token] * 10)
    assert await asyncio.gather(*[session.ping() for _ in range(5)]) == ["v1"] * 5
    assert plugin.runs == 2


async def test_a_server_that_rejects_every_token_does_not_run_the_plugin_in_a_loop(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    plugin.does(f"date +%N%s >&2; echo '{credential('TOKEN')}' | sed s/TOKEN/$$/")
    server.then(*[UNAUTHORIZED] * 2000)
    session = opened()
    for _ in range(600):
        with pytest.raises(Unauthorized, match="log in again"):
            await session.ping()
        await clock.advance(1)
    assert 3 <= plugin.runs <= 9, "5, 10, 20, … 300 seconds apart"


async def test_a_failing_plugin_is_backed_off_and_its_error_says_how_long(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    plugin.does("exit 1")
    session = opened()
    error = await failure(session)
    assert "the exec plugin get-token of user 'me' failed (exit code 1); run it in a shell to see why" in str(error)
    assert error.retry_after == 5
    for _ in range(600):
        await failure(session)
        await clock.advance(1)
    assert 3 <= plugin.runs <= 9
    assert server.seen == []


@pytest.mark.parametrize("script", ["exit 1", f"echo '{credential('first')}'"], ids=["fails", "brings the same"])
async def test_a_permanently_revoked_token_causes_no_loop(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open, script: str
) -> None:
    server.then(OK, *[UNAUTHORIZED] * 2000)
    session = opened()
    await session.ping()
    await clock.advance(3600)
    plugin.does(script)
    for _ in range(300):
        with pytest.raises((LoginFailed, Unauthorized)):
            await session.ping()
        await clock.advance(1)
    assert 3 <= plugin.runs <= 9


async def test_a_requested_retry_runs_the_plugin_at_once(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    plugin.does("exit 1")
    session = opened()
    for _ in range(400):
        await failure(session)
        await clock.advance(1)
    runs = plugin.runs
    plugin.says(credential("renewed"))
    await failure(session)
    assert plugin.runs == runs, "it is left alone for minutes"
    session.reset_login_backoff()
    server.then(OK)
    assert await session.ping() == "v1"
    assert plugin.runs == runs + 1


async def test_a_401_after_a_long_valid_time_runs_the_plugin_at_once(
    server: Server, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    session = opened()
    for number in range(2, 6):
        server.then(OK, UNAUTHORIZED, OK)
        await session.ping()
        plugin.says(credential(f"token-{number}"))
        await clock.advance(60)
        await session.ping()
    assert plugin.runs == 5


async def test_a_hanging_plugin_is_killed_with_its_children(plugin: Plugin, opened: Open, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    plugin.does(f"sleep 1000 & echo $! > '{pid}'; echo waiting for a browser >&2; wait")
    error = await failure(opened(seconds=0.3))
    assert "did not finish within 0.3 s: waiting for a browser; log in" in str(error)
    child = int(pid.read_text())
    await until(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text())


async def test_closing_the_session_kills_a_hanging_plugin(plugin: Plugin, opened: Open, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    plugin.does(f"echo $$ > '{pid}'; exec sleep 1000")
    session = opened()
    task = asyncio.create_task(session.ping())
    await until(lambda: pid.exists() and pid.read_text())
    await session.close()
    with pytest.raises(LoginFailed, match="is closed"):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_a_cancelled_request_does_not_stop_the_plugin_for_others(
    server: Server, plugin: Plugin, opened: Open, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    plugin.does(f"while [ ! -e '{go}' ]; do sleep 0.01; done; echo '{credential('late')}'")
    session = opened()
    server.then(OK)
    first, second = asyncio.create_task(session.ping()), asyncio.create_task(session.ping())
    await until(lambda: plugin.runs == 1)
    first.cancel()
    await asyncio.wait((first,))
    go.touch()
    assert await second == "v1"
    assert (first.cancelled(), plugin.runs, tokens(server)) == (True, 1, ["late"])


async def test_a_child_that_keeps_the_pipes_open_does_not_delay_the_result(
    server: Server, plugin: Plugin, opened: Open
) -> None:
    plugin.does(f"echo '{credential('quick')}'; sleep 5 & exit 0")
    server.then(OK)
    async with asyncio.timeout(4):
        assert await opened().ping() == "v1"


async def test_megabytes_on_stderr_are_read_and_dropped(server: Server, plugin: Plugin, opened: Open) -> None:
    plugin.does(f"head -c 8000000 /dev/zero | tr '\\0' 'x' >&2; echo '{credential('quiet')}'")
    server.then(OK)
    assert await opened().ping() == "v1"
    assert tokens(server) == ["quiet"]


async def test_a_failing_plugin_that_floods_is_quoted_by_its_last_line(plugin: Plugin, opened: Open) -> None:
    plugin.does("yes nonsense | head -c 4000000 >&2; printf '\\nerror: \\033[31mno network\\n\\n' >&2; exit 3")
    assert "(exit code 3): error: [31mno network" in str(await failure(opened()))


SAYS = {
    "nothing": ("", "printed no ExecCredential"),
    "words": ("Please visit https://login.example", "printed no ExecCredential"),
    "bytes": ("\x00\x01\x02", "printed no ExecCredential"),
    "a list": ("[1, 2]", "printed no ExecCredential"),
    "another kind": ('{"kind": "Pod"}', "printed no ExecCredential"),
    "another version": (credential("t", version=V1BETA1), "whose apiVersion is not"),
    "no status": (json.dumps({"kind": "ExecCredential", "apiVersion": V1}), "without token or certificate"),
    "empty": (credential(), "without token or certificate"),
    "a token of two lines": (credential("a\nb"), "cannot be sent"),
    "half a pair": (credential(clientCertificateData="x"), "a client certificate without its key"),
    "the other half": (credential(clientKeyData="x"), "a client key without its certificate"),
    "a broken pair": (credential(clientCertificateData="x", clientKeyData="y"), "do not match"),
    "a strange time": (credential("t", expirationTimestamp="tomorrow"), "invalid expirationTimestamp"),
    "a time without zone": (credential("t", expirationTimestamp="2026-01-01T00:00:00"), "invalid expirationTimestamp"),
    "too much": ("x" * (1 << 21), "cannot be an ExecCredential"),
    "too deep": ("[" * 100_000, "printed no ExecCredential"),
}


@pytest.mark.parametrize("case", SAYS)
async def test_output_without_usable_credentials(plugin: Plugin, opened: Open, case: str) -> None:
    text, said = SAYS[case]
    plugin.says(text)
    assert said in str(await failure(opened()))


async def test_a_missing_plugin_shows_its_install_hint(opened: Open, plugin: Plugin) -> None:
    plugin.path.unlink()
    hint = "Install it:\n  brew install get-token\n"
    error = await failure(opened(install_hint=" ".join(hint.split())))
    assert str(error).endswith("is not installed or not executable; Install it: brew install get-token")
    plugin.path.write_text("no program")
    assert "not executable; install it, or correct the path" in str(await failure(opened()))
    plugin.path.chmod(0o755)
    plugin.path.write_text("#!/no/such/interpreter\n")
    assert "cannot be started: No such file" in str(await failure(opened()))


async def test_a_plugin_killed_by_a_signal(plugin: Plugin, opened: Open) -> None:
    plugin.does("kill -TERM $$")
    assert "(killed by SIGTERM)" in str(await failure(opened()))


async def test_a_plugin_has_neither_input_nor_terminal(server: Server, plugin: Plugin, opened: Open) -> None:
    plugin.does(
        f"if read line; then exit 9; fi; if (: < /dev/tty) 2> /dev/null; then exit 8; fi; echo '{credential('silent')}'"
    )
    server.then(OK)
    assert await opened().ping() == "v1"


async def test_the_plugin_gets_arguments_environment_and_cluster(
    server: Server, tmp_path: Path, clock: ManualClock, write: Callable[..., Path]
) -> None:
    """A kubeconfig like those of `kubectl oidc-login setup` and `aws eks update-kubeconfig`, with a relative path."""
    (tmp_path / "bin").mkdir()
    plugin = Plugin(tmp_path / "bin")
    seen = tmp_path / "seen"
    printed = credential("t", version=V1BETA1)
    plugin.does(f"""printf '%s\\n' "$@" "$REGION" "$KUBERNETES_EXEC_INFO" > '{seen}'; echo '{printed}'""")
    entry = {
        "apiVersion": V1BETA1,
        "command": "./bin/get-token",
        "args": ["get-token", "--cluster name", "a b"],
        "env": [{"name": "REGION", "value": "eu west"}],
        "provideClusterInfo": True,
    }
    cluster = {
        "server": server.url,
        "tls-server-name": "api.example",
        "proxy-url": "",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me", "n": [1, None]}}],
    }
    config = Kubeconfig.load(str(write(document("one", cluster=cluster, user={"exec": entry})))).config()
    session = Session(config, clock)
    server.then(OK)
    await session.ping()
    await session.close()
    *arguments, region, info = seen.read_text().splitlines()
    assert (arguments, region) == (["get-token", "--cluster name", "a b"], "eu west")
    assert json.loads(info) == {
        "kind": "ExecCredential",
        "apiVersion": V1BETA1,
        "spec": {
            "interactive": False,
            "cluster": {
                "server": server.url,
                "tls-server-name": "api.example",
                "config": {"audience": "me", "n": [1]},
            },
        },
    }
    assert tokens(server) == ["t"]


async def test_without_provide_cluster_info_the_plugin_gets_no_cluster(
    server: Server, plugin: Plugin, opened: Open, tmp_path: Path
) -> None:
    plugin.does(f"echo \"$KUBERNETES_EXEC_INFO\" > '{tmp_path}/seen'; echo '{credential('t')}'")
    server.then(OK)
    await opened().ping()
    assert json.loads((tmp_path / "seen").read_text())["spec"] == {"interactive": False}


async def test_a_bare_name_is_looked_up_in_the_path(
    server: Server, plugin: Plugin, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{plugin.path.parent}{os.pathsep}{os.environ['PATH']}")
    server.then(OK)
    await opened(command="get-token").ping()
    assert plugin.runs == 1


async def test_no_plugin_runs_and_no_token_is_sent_over_plain_http(
    server: Server, plugin: Plugin, opened: Open
) -> None:
    server.then(OK)
    await opened(config_for("http://cluster.example", proxy_url=server.url, credentials=plugin.credentials())).ping()
    assert plugin.runs == 0
    assert "Authorization" not in server.seen[0].headers


def pair(certificate: trustme.LeafCert, expires: Any = None) -> str:
    chain = "".join(pem.bytes().decode() for pem in certificate.cert_chain_pems)
    key = certificate.private_key_pem.bytes().decode()
    return credential(expires=expires, clientCertificateData=chain, clientKeyData=key)


async def test_certificates_from_a_plugin_are_presented_and_renewed(
    authority: trustme.CA, plugin: Plugin, clock: ManualClock, opened: Open
) -> None:
    clients = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    clients.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    names: list[str] = []

    async def who(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        subject = dict(pairs[0] for pairs in request.transport.get_extra_info("peercert")["subject"])
        names.append(subject["commonName"])
        return await OK(request)

    plugin.says(pair(clients.issue_cert(common_name="first"), clock.now() + timedelta(hours=1)))
    async with Server(who, who, who, tls=context) as server:
        config = config_for(
            server.url, tls=Tls(authority=Pem(data=authority.cert_pem.bytes())), credentials=plugin.credentials()
        )
        session = opened(config)
        await session.ping()
        await session.ping()
        plugin.says(pair(clients.issue_cert(common_name="second"), clock.now() + timedelta(hours=2)))
        await clock.advance(3590)
        await session.ping()
        assert (names, plugin.runs) == (["first", "first", "second"], 2)
        assert "Authorization" not in server.seen[0].headers

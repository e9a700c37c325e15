"""Canary credentials in every place, and a search for them in all output."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from aiohttp import web

from stsview.clock import ManualClock
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.errors import ClusterError, ConfigError
from stsview.cluster.http.session import Session, SessionSettings
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from stsview.ui.app import StsviewApp
from tests.cluster.conftest import Document, document
from tests.support.cluster.plugins import V1, Plugin, credential
from tests.support.cluster.server import Server, answer, close_without_answer, refuse
from tests.support.ui.stage import screen_lines

TOKEN, FILE, PASSWORD, PROXY, PATH, ENV, ISSUED, REFUSED = CANARIES = (
    "canary-in-kubeconfig",
    "canary-in-token-file",
    "canary-password",
    "canary-proxy-password",
    "canary-in-url-path",
    "canary-in-plugin-env",
    "canary-from-plugin",
    "canary-refused-by-server",
)
Write = Callable[..., Path]


class Output:
    """All text that was produced: log records, errors and screens."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self.said: list[str] = []
        self.keys: list[str] = []
        """Lines of private keys."""

    def error(self, error: BaseException) -> None:
        self.said += [str(error), repr(error), *traceback.format_exception(error)]

    def check(self, *, contains: str) -> None:
        # The scripted server writes its own access log, which may hold the requests.
        records = [record for record in self._caplog.records if record.name != "aiohttp.access"]
        formatter = logging.Formatter()
        logged = [text for record in records for text in (formatter.format(record), repr(record.args))]
        everything = "\n".join([*self.said, *logged])
        assert contains in everything, "nothing was said, so nothing was searched"
        basic = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        for canary in (*CANARIES, basic, *self.keys):
            assert canary not in everything, everything[max(0, everything.index(canary) - 300) :][:600]


@pytest.fixture
def output(caplog: pytest.LogCaptureFixture) -> Iterator[Output]:
    """Collects the records of every logger at DEBUG, including asyncio, aiohttp and kubernetes_asyncio."""
    names = [name for name in logging.root.manager.loggerDict if not name.startswith("tests")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield Output(caplog)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def echo(request: web.Request) -> web.StreamResponse:
    """A proxy's error page that shows the request."""
    return web.Response(status=403, text=" ".join(f"{name}: {value}" for name, value in request.headers.items()))


@asynccontextmanager
async def debugging() -> AsyncIterator[None]:
    """asyncio in debug mode, logging every callback as slow."""
    loop = asyncio.get_running_loop()
    before = loop.slow_callback_duration
    loop.slow_callback_duration = 0.0
    loop.set_debug(True)
    yield
    loop.set_debug(False)
    loop.slow_callback_duration = before


async def use(path: Path, server: Server, output: Output) -> None:
    """Send requests to a server that answers, refuses, echoes, fails and disconnects, then to one that is down."""
    config = Kubeconfig.load(str(path)).config()
    session = Session(config, ManualClock(), SessionSettings(connect_seconds=5, plugin_seconds=5))
    server.then(answer({}), echo, refuse(401), refuse(401), refuse(500, "", "broken"), *[close_without_answer] * 20)
    output.said += [repr(config), repr(session), repr(vars(session))]
    async with debugging():
        for _ in range(6):
            try:
                await session.ping()
                await session.get_raw("/api/v1/pods")
            except ClusterError as error:
                output.error(error)
        await server.stop()
        with pytest.raises(ClusterError) as caught:
            await session.get_raw("/api/v1/pods")
        output.error(caught.value)
    output.said += [repr(session), repr(vars(session)), *map(repr, asyncio.all_tasks())]
    output.said += [repr(value) for value in vars(session._login).values()]
    await session.close()


def users(folder: Path) -> dict[str, dict[str, Any]]:
    (folder / "token").write_text(f"{FILE}\n")
    plugin = Plugin(folder)
    plugin.says(credential(ISSUED))
    entry = {"apiVersion": V1, "interactiveMode": "Never", "env": [{"name": "CLIENT_SECRET", "value": ENV}]}
    failing = Plugin(folder, "failing")
    failing.does(f'echo "{ISSUED}"; echo "failed with $CLIENT_SECRET, $3 for {ISSUED}" >&2; exit 1')
    garbled = Plugin(folder, "garbled")
    garbled.says(credential(ISSUED)[:-3])
    odd = Plugin(folder, "odd")
    odd.says(credential(f"{ISSUED} \n x"))
    return {
        "token": {"token": TOKEN},
        "file": {"tokenFile": "token"},
        "password": {"username": "me", "password": PASSWORD},
        "plugin": {"exec": entry | {"command": "./get-token"}},
        "failing plugin": {"exec": entry | {"command": "./failing", "args": ["login", "--client-secret", TOKEN]}},
        "garbled plugin": {"exec": entry | {"command": "./garbled"}},
        "odd plugin": {"exec": entry | {"command": "./odd", "args": [TOKEN]}},
        "no plugin": {"exec": entry | {"command": "./none", "args": [TOKEN]}},
    }


@pytest.mark.parametrize(
    "user",
    ["token", "file", "password", "plugin", "failing plugin", "garbled plugin", "odd plugin", "no plugin"],
)
async def test_requests(server: Server, write: Write, tmp_path: Path, output: Output, user: str) -> None:
    content = document("one", cluster={"server": f"{server.url}/{PATH}"}, user=users(tmp_path)[user])
    await use(write(content), server, output)
    if "plugin" not in user or user == "plugin":
        assert any("Authorization" in seen.headers for seen in server.seen)
        assert "[hidden]" in "".join(output.said)
    output.check(contains="the exec plugin" if user.endswith(" plugin") else "cannot be reached")


async def test_proxies(server: Server, write: Write, output: Output) -> None:
    proxy = server.url.replace("://", f"://me:{PROXY}@")
    for target in ("http://cluster.example", "https://cluster.example"):
        if server.seen:
            await server.start()
        content = document("one", cluster={"server": target, "proxy-url": proxy}, user={"token": TOKEN})
        await use(write(content), server, output)
    output.check(contains=f"the proxy {server.url} cannot be reached")


async def test_certificates(write: Write, tmp_path: Path, output: Output, authority: trustme.CA) -> None:
    client, other = authority.issue_cert("me"), authority.issue_cert("other")
    output.keys = [
        line
        for leaf in (client, other)
        for line in leaf.private_key_pem.bytes().decode().splitlines()
        if not line.startswith("-----") and len(line) > 20
    ]
    assert output.keys
    pem = client.cert_chain_pems[0].bytes()
    output.keys += [pem.decode().splitlines()[3], base64.b64encode(client.private_key_pem.bytes()).decode()[100:160]]

    def halves(key: bytes) -> dict[str, str]:
        return {
            "client-certificate-data": base64.b64encode(pem).decode(),
            "client-key-data": base64.b64encode(key).decode(),
        }

    with pytest.raises(ConfigError) as caught:
        Kubeconfig.load(str(write(document("one", user=halves(other.private_key_pem.bytes()))))).config()
    output.error(caught.value)
    plugin = Plugin(tmp_path)
    for key in (client, other):
        text = credential(
            clientCertificateData=pem.decode(), clientKeyData=key.private_key_pem.bytes().decode(), token=ISSUED
        )
        plugin.does(f"cat '{tmp_path}/text'; cat '{tmp_path}/text' >&2; [ ! -e '{tmp_path}/fail' ]")
        (tmp_path / "text").write_text(text)
        entry = {"apiVersion": V1, "interactiveMode": "Never", "command": "./get-token"}
        for user in ({"exec": entry}, halves(client.private_key_pem.bytes()) | {"token": TOKEN}):
            async with Server() as server:
                url = server.url.replace("http:", "https:")
                await use(write(document("one", cluster={"server": url}, user=user)), server, output)
    (tmp_path / "fail").touch()
    async with Server() as server:
        await use(write(document("one", cluster={"server": server.url}, user={"exec": entry})), server, output)
    output.check(contains="do not match")


@pytest.mark.parametrize(
    "broken",
    [
        f"users: [{{name: one, user: {{token: {TOKEN}}}",
        f"users: [{{name: one, user: {{token: [{TOKEN}]}}}}]",
        f"users: [{{name: one, user: {TOKEN}}}]",
        f"users: [{{name: one, user: {{client-key-data: '%{TOKEN}', client-certificate-data: '%'}}}}]",
        f'users: [{{name: one, user: {{token: "{TOKEN}\\n x"}}}}]',
        f"users: [{{name: one, user: {{exec: {{command: aws, env: {TOKEN}}}}}}}]",
        f"users: [{{name: one, user: {{auth-provider: {{name: oidc, config: {{id-token: {TOKEN}}}}}}}}}]",
    ],
)
def test_broken_kubeconfigs(write: Write, output: Output, broken: str) -> None:
    rest: Document = document("one")
    del rest["users"]
    with pytest.raises(ConfigError) as caught:
        Kubeconfig.load(str(write(f"{yaml.safe_dump(rest)}\n{broken}"))).config()
    output.error(caught.value)
    output.check(contains="kubeconfig")


async def test_screens(tmp_path: Path, output: Output) -> None:
    """The running app, before and after its credentials are rejected and its plugin fails."""
    clock = ManualClock()
    cluster = SimulatedCluster(find("zookeeper"), clock=clock)
    await cluster.start()
    cluster.server.users["admin"].token = ISSUED
    plugin = Plugin(tmp_path)
    plugin.says(credential(ISSUED))
    entry = {"apiVersion": V1, "interactiveMode": "Never", "command": "./get-token"}
    entry_env = {"env": [{"name": "CLIENT_SECRET", "value": ENV}]}
    content = document(
        "prod", cluster={"server": cluster.server.url}, user={"exec": entry | entry_env}, context={"namespace": "data"}
    )
    (tmp_path / "config").write_text(yaml.safe_dump(content))
    app = StsviewApp(Live(KubeconfigTarget(str(tmp_path / "config")), clock=clock))

    async with app.run_test(size=(140, 36)) as pilot:

        async def shows(link: Link) -> None:
            for _ in range(4000):
                if app.source.snapshot.health.link is link:
                    break
                await clock.advance(0.05)
            await pilot.pause()
            assert app.source.snapshot.health.link is link
            output.said += [app.export_screenshot(), *screen_lines(app), repr(app.source.snapshot.scope)]

        await shows(Link.LIVE)
        cluster.server.users["admin"].token = REFUSED
        plugin.does(f'echo "{ISSUED}"; echo "no login with $CLIENT_SECRET for {ISSUED}" >&2; exit 1')
        await shows(Link.SILENT)
        assert "no login with [hidden] for [hidden]" in app.source.snapshot.health.problem
        plugin.says(credential(REFUSED))
        await shows(Link.LIVE)
    await cluster.stop()
    output.check(contains="no login with [hidden] for")

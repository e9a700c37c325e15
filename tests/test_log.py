"""The log file: who may read it, what it must not hold, and that nothing reaches the screen."""

from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stsview.cli.main import main
from stsview.clock import ManualClock
from stsview.cluster.auth.redaction import remember_secrets
from stsview.cluster.config import Credentials
from stsview.cluster.errors import Rejected
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import MERGE_PATCH, Message
from stsview.log import BACKUPS, MAX_BYTES, BadLogFile, _LogFile, default_path, start_log, stop_log
from stsview.ui.app import StsviewApp
from tests.cluster.conftest import config_for
from tests.support.cluster.plugins import Plugin, credential
from tests.support.cluster.server import Server, answer, refuse
from tests.support.ui.fake_live import FakeSource

LOGGER = logging.getLogger("stsview.cluster.test")
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlMTIzNDU2Nzg5MA"


@pytest.fixture(autouse=True)
def no_log_after_the_test() -> Iterator[None]:
    yield
    stop_log()


def handler() -> _LogFile:
    (found,) = (one for one in logging.getLogger().handlers if isinstance(one, _LogFile))
    return found


def test_the_default_file_is_beside_the_audit_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_state_path", lambda name: tmp_path / "state" / name)
    assert start_log() == default_path() == tmp_path / "state" / "stsview" / "stsview.log"
    assert stat.S_IMODE(default_path().parent.stat().st_mode) == 0o700
    assert "stsview" in default_path().read_text()


def test_only_the_owner_may_read_the_file_and_its_backups(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch(mode=0o644)
    start_log(str(path))
    LOGGER.debug("one")
    handler().doRollover()
    LOGGER.debug("two")
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
    assert "one" in (tmp_path / "log.1").read_text()
    assert "two" in path.read_text()


def test_the_file_rotates_and_keeps_two_backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MAX_BYTES, BACKUPS) == (4 * 1024 * 1024, 2)
    monkeypatch.setattr("stsview.log.MAX_BYTES", 2000)
    start_log(str(tmp_path / "log"))
    for number in range(200):
        LOGGER.debug("line %d", number)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(one.stat().st_size <= 2000 for one in tmp_path.iterdir())
    assert "line 199" in (tmp_path / "log").read_text()


def test_credentials_are_redacted_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "log"
    start_log(str(path))
    remember_secrets(["hunter2-short", "abc"])
    LOGGER.debug("password hunter2-short in a message, and %s in an argument", "hunter2-short")
    LOGGER.debug("Authorization: Bearer %s", JWT)
    LOGGER.debug("https://jane:s3cret@proxy.example:3128 token=0123456789abcdef")
    LOGGER.debug("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----")
    try:
        raise ValueError(f"cannot parse {JWT}")
    except ValueError:
        LOGGER.exception("in a traceback")
    text = path.read_text()
    assert not [one for one in ("hunter2-short", JWT, "s3cret", "0123456789abcdef", "MIIEvQIBADANBg") if one in text]
    assert text.count("[hidden]") >= 6
    assert "in an argument" in text
    assert "proxy.example:3128" in text


def test_a_line_has_time_process_level_and_module(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    LOGGER.debug("retry in 2 s")
    last = (tmp_path / "log").read_text().splitlines()[-1]
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {os.getpid()} DEBUG stsview\.cluster\.test: retry in 2 s", last
    )


def test_paths_of_objects_stay_readable(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    line = "PATCH /apis/apps/v1/namespaces/data/statefulsets/kafka-broker-pool-1"
    LOGGER.debug(line)
    assert line in (tmp_path / "log").read_text()


def test_libraries_log_from_info_up(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    for name in ("asyncio", "aiohttp.client", "kubernetes_asyncio.client.rest"):
        logging.getLogger(name).warning("warned %s", name)
        logging.getLogger(name).debug("response body: %s", "whole object")
    text = (tmp_path / "log").read_text()
    assert all(f"warned {name}" in text for name in ("asyncio", "aiohttp.client", "kubernetes_asyncio.client.rest"))
    assert "whole object" not in text


def test_nothing_is_logged_after_stop(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    start_log(str(tmp_path / "other"))
    LOGGER.debug("to one file")
    stop_log()
    LOGGER.error("to none")
    assert "to one file" not in (tmp_path / "log").read_text()
    assert "to one file" in (tmp_path / "other").read_text()
    assert "to none" not in (tmp_path / "other").read_text()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing/log", "No such file or directory"),
        ("", "Is a directory"),
        ("link", "it is a symbolic link"),
        ("pipe", "No such device or address"),
        ("nul\0", "embedded null byte"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_in_one_line(
    tmp_path: Path, name: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    path = f"{tmp_path}/{name}"
    with pytest.raises(BadLogFile, match=why):
        start_log(path)
    assert main(["--log-file", path, "check"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.endswith("name another file with --log-file\n")


def test_a_device_is_refused() -> None:
    with pytest.raises(BadLogFile, match="it is not a regular file"):
        start_log(os.devnull)


@pytest.mark.parametrize("options", [["--debug"], ["--log-file", "log"], ["--debug", "--log-file", "log"]])
def test_commands_write_the_log_and_nothing_of_it_to_the_screen(tmp_path: Path, options: list[str]) -> None:
    script = (
        "import sys, logging\n"
        "from stsview.cli.main import main\n"
        "def run(arguments):\n"
        "    logging.getLogger('asyncio').error('Task exception was never retrieved')\n"
        "    raise RuntimeError('a fault of stsview')\n"
        "import stsview.cli.commands.check as check\n"
        "check.run = run\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except RuntimeError:\n"
        "    pass\n"
    )
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script, "check", *options],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=env | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (done.stdout, done.stderr) == ("", "")
    (path,) = tmp_path.rglob("*log")
    text = path.read_text()
    assert "Task exception was never retrieved" in text
    assert "Traceback (most recent call last)" in text
    assert "RuntimeError: a fault of stsview" in text
    assert "command check" in text


def test_without_a_log_nothing_reaches_the_screen_either(tmp_path: Path) -> None:
    script = (
        "import logging\n"
        "from stsview.cli.main import main\n"
        "import stsview.cli.commands.local.explain as explain\n"
        "explain.run = lambda arguments: logging.getLogger('asyncio').error('lost') or 0\n"
        "main(['explain'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (done.stdout, done.stderr) == ("", "")


async def test_writes_are_logged_without_bodies_or_credentials(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    path = "/apis/apps/v1/namespaces/data/statefulsets/kafka"
    message = Message("PATCH", {"spec": {"note": "text-of-the-body"}}, MERGE_PATCH)
    async with Server(answer({}), refuse(409, "Conflict", "changed meanwhile")) as server:
        session = Session(config_for(server.url, credentials=Credentials(token="static-token")), ManualClock())
        await session.write(path, message)
        with pytest.raises(Rejected):
            await session.write(path, message, query=[("dryRun", "All")])
        await session.close()
        assert b"text-of-the-body" in server.seen[0].body
        assert server.seen[0].headers["Authorization"] == "Bearer static-token"
    text = (tmp_path / "log").read_text()
    assert f"PATCH {path}: 200" in text
    assert f"PATCH {path} (dry run) failed" in text
    assert "changed meanwhile" in text
    assert "text-of-the-body" not in text
    assert "static-token" not in text


async def test_credentials_of_a_plugin_are_renewed_in_the_log_but_not_shown(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))
    plugin = Plugin(tmp_path)
    plugin.says(credential("first-token"))
    async with Server(answer({}), refuse(401), answer({})) as server:
        session = Session(config_for(server.url, credentials=plugin.credentials()), ManualClock())
        await session.ping()
        plugin.says(credential("second-token"))
        await session.ping()
        await session.close()
        assert [seen.headers["Authorization"] for seen in server.seen][-1] == "Bearer second-token"
    LOGGER.debug("first-token second-token")
    text = (tmp_path / "log").read_text()
    assert "GET /version: 401" in text
    assert text.count("exec plugin returned credentials") == 2
    assert text.count("[hidden]") >= 2
    assert "first-token" not in text
    assert "second-token" not in text


async def test_a_fault_that_the_dashboard_shows_in_one_line_keeps_its_traceback(tmp_path: Path) -> None:
    start_log(str(tmp_path / "log"))

    class Broken(FakeSource):
        async def run(self) -> None:
            raise KeyError("a fault of stsview")

    app = StsviewApp(Broken())
    async with app.run_test() as pilot:
        await pilot.pause()
    text = (tmp_path / "log").read_text()
    assert "reading the cluster failed" in text
    assert "KeyError: 'a fault of stsview'" in text
    assert "Traceback (most recent call last)" in text

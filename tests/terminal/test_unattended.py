"""`stsview watch` and `stsview exporter` as processes: how they end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

STSVIEW = [sys.executable, "-m", "stsview"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a shell at a simulated cluster with a finding."""
    path = tmp_path_factory.mktemp("cluster") / "kubeconfig"
    serving = subprocess.Popen(
        [*STSVIEW, "demo", "--serve", "--scenario", "broken-rollout", "--kubeconfig", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout is not None
        assert serving.stdout.readline()
        # Without PYTHONUNBUFFERED: lines must be flushed by the program.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        yield {**inherited, "KUBECONFIG": str(path), "STSVIEW_CONFIG": ""}
    finally:
        serving.kill()
        serving.communicate()


def begun(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*STSVIEW, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_watch_whose_lines_were_read_at_once(environment: dict[str, str], number: int) -> None:
    with begun(environment, "watch", "-A", "--min-severity", "error") as watching:
        assert watching.stdout is not None
        assert "data/mongodb-2  blocks its own update" in watching.stdout.readline(), "before the program ends"
        watching.send_signal(number)
        _, errors = watching.communicate(timeout=30)
    assert (watching.returncode, errors) == (0, "stsview: watching 1 StatefulSet in all namespaces\n")


def test_a_watch_ends_with_its_reader_without_waiting_for_another_line(environment: dict[str, str]) -> None:
    with begun(environment, "watch", "-A") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline()
        watching.stdout.close()
        assert watching.wait(timeout=30) == 0
        assert watching.stderr is not None
        assert watching.stderr.read() == "stsview: watching 1 StatefulSet in all namespaces\n"


def test_an_exporter_serves_until_a_signal(environment: dict[str, str]) -> None:
    with begun(environment, "exporter", "-A", "--listen", "127.0.0.1:0") as serving:
        assert serving.stderr is not None
        url = re.search(r"http://\S+/metrics", serving.stderr.readline())
        assert url is not None
        assert serving.stderr.readline() == "stsview: the first picture is complete: all namespaces\n"
        with urllib.request.urlopen(url[0]) as answer:  # noqa: S310 - the URL that it has printed
            assert b'stsview_finding{level="error"' in answer.read()
        serving.send_signal(signal.SIGTERM)
        assert serving.communicate(timeout=30) == ("", "")
    assert serving.returncode == 0

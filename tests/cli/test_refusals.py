"""Errors that keep the dashboard from opening: one clear line each, exit code 2, no traceback."""

from __future__ import annotations

import gc
import io
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from stsview.cli.main import main
from tests.support.terminal.program import Program

ErrorOf = Callable[..., str]


@pytest.fixture
def error_of(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[ErrorOf]:
    """Runs stsview without a terminal; returns what it writes to standard error as it fails."""

    def run(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        return one_line(main(arguments), *capfd.readouterr())

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    thresholds = gc.get_threshold()
    yield run
    # The dashboard rests the collector at its start, which a process that ends need not undo.
    gc.enable()
    gc.set_threshold(*thresholds)


def one_line(code: int, out: str, error: str) -> str:
    assert code == 2, error
    assert out == ""
    assert len(error.splitlines()) == 1, error
    assert error.startswith("stsview: ")
    return error


def kubeconfig(folder: Path, server: str, user: object = None, **cluster: object) -> Path:
    path = folder / "config"
    path.write_text(
        yaml.safe_dump(
            {
                "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
                "users": [{"name": "u", "user": user or {"token": "planted-token"}}],
            }
        )
    )
    return path


def test_messages_name_the_plugin_when_kubectl_started_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/kubectl-stsview"])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["explain", "zzzzzz"]) == 2
    assert capsys.readouterr().err.startswith("kubectl stsview: unknown rule 'zzzzzz'; list all with `kubectl ")
    with pytest.raises(SystemExit):
        main(["status", "--qqq"])
    assert capsys.readouterr().err == ("kubectl stsview: unknown option --qqq (see: kubectl stsview status --help)\n")
    assert main(["explain", "on-delete-pending"]) == 0
    assert "`kubectl stsview restart NAME --ordered" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main(["exec", "--help"])
    assert capsys.readouterr().out.startswith("usage: kubectl stsview exec ")


def test_a_missing_kubeconfig(tmp_path: Path, error_of: ErrorOf) -> None:
    message = error_of("--kubeconfig", str(tmp_path / "none"))
    assert str(tmp_path / "none") in message


def test_no_kubeconfig_anywhere(tmp_path: Path, error_of: ErrorOf) -> None:
    message = error_of(environment={"KUBECONFIG": "", "HOME": str(tmp_path)})
    assert "kubeconfig" in message
    assert "stsview demo" in message


def test_an_invalid_kubeconfig(tmp_path: Path, error_of: ErrorOf) -> None:
    broken = tmp_path / "config"
    broken.write_text("clusters: [\n  - {")
    assert str(broken) in error_of("--kubeconfig", str(broken))


def test_an_unknown_context(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    message = error_of("--kubeconfig", str(path), "--context", "prod")
    assert message.endswith("no context 'prod'; available: here\n")
    assert error_of("--kubeconfig", str(path), "--context", "heer").endswith("; did you mean here?\n")


def test_an_invalid_namespace(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    assert "'a b'" in error_of("--kubeconfig", str(path), "-n", "a b")


def test_too_many_namespaces(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    message = error_of("--kubeconfig", str(path), "-n", ",".join(f"ns-{number}" for number in range(51)))
    assert "51 namespaces are too many" in message


def test_an_invalid_configuration_file(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    wrong = tmp_path / "config.toml"
    wrong.write_text("[contexts.here]\nnamespaces = 'data'\n")
    for message in (
        error_of("--kubeconfig", str(path), "--config", str(wrong)),
        error_of("--kubeconfig", str(path), environment={"STSVIEW_CONFIG": str(wrong)}),
    ):
        assert f"{wrong}: line 2: contexts.here.namespaces must be a list" in message
    wrong.unlink()
    assert "no such file" in error_of("--kubeconfig", str(path), "--config", str(wrong))


def test_no_terminal(tmp_path: Path) -> None:
    """As a process of its own, as all others end too."""
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    command = [sys.executable, "-m", "stsview", "--kubeconfig", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert "terminal" in one_line(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("serve", [["--serve"], []])
def test_an_unknown_scenario(serve: list[str], error_of: ErrorOf) -> None:
    """Without `--serve` there is no terminal either: the argument is wrong in any case."""
    message = error_of("demo", *serve, "--scenario", "crashloop")
    assert message == "stsview: unknown scenario 'crashloop'; did you mean crash-loop?\n"


def test_a_missing_file_counts_before_the_missing_terminal(tmp_path: Path, error_of: ErrorOf) -> None:
    assert "none.yaml" in error_of("--from", str(tmp_path / "none.yaml"))
    assert "none.yaml" in error_of("demo", "--objects", str(tmp_path / "none.yaml"))


def test_the_demo_does_not_overwrite_a_foreign_kubeconfig(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    before = path.read_bytes()
    assert str(path) in error_of("demo", "--serve", "--kubeconfig", str(path))
    assert path.read_bytes() == before


@pytest.fixture
def closed_port() -> int:
    """A port on which no process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_an_unreachable_server(tmp_path: Path, closed_port: int) -> None:
    path = kubeconfig(tmp_path, f"https://127.0.0.1:{closed_port}")
    message = error_on_a_terminal(path, "check")
    assert message.startswith(f"https://127.0.0.1:{closed_port} cannot be reached")
    assert "refused" in message


def test_the_dashboard_opens_on_an_unreachable_server(tmp_path: Path, closed_port: int) -> None:
    path = kubeconfig(tmp_path, f"https://127.0.0.1:{closed_port}")
    with Program([sys.executable, "-m", "stsview", "--kubeconfig", str(path)]) as program:
        program.wait_for("not connected to ")
        program.wait_for("connection refused")
        program.press("q")
        assert program.end() == 0
    assert b"planted-token" not in program.raw


def error_on_a_terminal(path: Path, *arguments: str) -> str:
    """The one line that stsview leaves on the terminal as it fails."""
    with Program([sys.executable, "-m", "stsview", "--kubeconfig", str(path), *arguments]) as program:
        assert program.end() == 2
    assert b"Traceback" not in program.raw
    assert b"planted-token" not in program.raw
    return program.raw.decode().strip().splitlines()[-1].split("stsview: ")[1]


def exec_plugin(folder: Path, script: str, **entry: object) -> dict[str, object]:
    plugin = folder / "get-token"
    plugin.write_text(f"#!/bin/sh\n{script}\n")
    plugin.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": "./get-token", "interactiveMode": "IfAvailable", **entry}}


def test_a_failing_exec_plugin(tmp_path: Path, closed_port: int) -> None:
    user = exec_plugin(tmp_path, "echo starting >&2; echo planted-token; echo the login has ended >&2; exit 7")
    message = error_on_a_terminal(kubeconfig(tmp_path, f"https://127.0.0.1:{closed_port}", user), "check")
    assert message == "the exec plugin get-token of user 'u' failed (exit code 7): the login has ended"


def test_an_exec_plugin_that_needs_the_terminal(tmp_path: Path, error_of: ErrorOf) -> None:
    user = exec_plugin(tmp_path, "exit 1", interactiveMode="Always")
    assert "prompts on the terminal" in error_of("--kubeconfig", str(kubeconfig(tmp_path, "https://h", user)))


def test_an_auth_provider(tmp_path: Path, error_of: ErrorOf) -> None:
    path = kubeconfig(tmp_path, "https://h", {"auth-provider": {"name": "gcp", "config": {"access-token": "planted"}}})
    message = error_of("--kubeconfig", str(path))
    assert "install gke-gcloud-auth-plugin" in message
    assert "planted" not in message


@pytest.mark.parametrize("arguments", [["--as-group", "devs"], ["--as", "a\nb"]])
def test_invalid_impersonation(tmp_path: Path, arguments: list[str], error_of: ErrorOf) -> None:
    message = error_of("--kubeconfig", str(kubeconfig(tmp_path, "https://127.0.0.1:1")), *arguments)
    assert "--as" in message

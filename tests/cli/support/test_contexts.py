"""Contexts that the command line names: several, or one with a comma in its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.cli.main import main

NAMES = ("prod-eu", "prod-us", "staging", "a,b")


@pytest.fixture(autouse=True)
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config"
    contexts = "\n".join(f'- {{name: "{name}", context: {{cluster: one}}}}' for name in NAMES)
    path.write_text(f"clusters:\n- {{name: one, cluster: {{server: http://127.0.0.1:1}}}}\ncontexts:\n{contexts}\n")
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("STSVIEW_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "none.toml").write_text("")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--context", "prod-eu,stagin"], "no context 'stagin'; did you mean staging?"),
        (["--contexts", "dev-*"], "no context matches --contexts 'dev-*'; available: prod-eu, prod-us, staging, a,b"),
        (["--contexts", "prod-*", "--context", "staging"], "not allowed with argument --contexts"),
        (["--context", ",,"], "--context names no context; write one, or several as in --context staging,production"),
        (["--context", "prod-eu,staging", "--record", "x"], "--record is of one cluster: name one with --context"),
        # Found, and only then is a terminal asked for.
        (["--contexts", "prod-*, staging"], "terminal"),
        (["--context", "staging,staging, prod-us"], "terminal"),
        (["--context", "a,b"], "terminal"),
        (["--contexts", "*us"], "terminal"),
    ],
)
def test_the_dashboard_takes_several(options: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(options)
    except SystemExit as ended:
        code = int(str(ended.code))
    err = capsys.readouterr().err
    assert (code, len(err.splitlines())) == (2, 1), err
    assert line in err


@pytest.mark.parametrize(
    "command", [["restart", "data/kafka"], ["logs", "data/kafka"], ["status", "data/kafka"], ["nodes"]]
)
def test_other_commands_refuse_several(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--contexts", "prod-*"]) == 2
    expected = f"stsview: {command[0]} works on one cluster, not on prod-eu, prod-us: name one context\n"
    assert capsys.readouterr().err == expected

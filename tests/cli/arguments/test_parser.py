"""The command line: arguments, errors of one line, and what must not be imported for them."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import stsview
from stsview import __version__
from stsview.cli.arguments.parser import THEMES, parser
from stsview.config import Configuration
from stsview.live.target import KubeconfigTarget
from stsview.model.settings import ModelSettings

HEAVY = ("textual", "rich", "kubernetes_asyncio", "aiohttp", "yaml", "asyncio")


def loaded_by(*arguments: str) -> tuple[int, str, set[str]]:
    """Exit code, standard error and heavy modules imported by one run in a process of its own."""
    script = (
        "import sys\n"
        "from stsview.__main__ import main\n"
        "try:\n"
        "    code = main(sys.argv[1:])\n"
        "except SystemExit as ending:\n"
        "    code = ending.code or 0\n"
        f"print('loaded', *[name for name in {HEAVY!r} if name in sys.modules])\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["demo", "--help"], 0),
        (["--no-such-thing"], 2),
        (["demo", "--speed", "slow"], 2),
        (["-n", "a", "-A"], 2),
        (["--theme", "pink"], 2),
        (["zzzz"], 2),
        (["force-delete", "--help"], 0),
        (["scale", "zookeeper"], 2),
        (["scale", "zookeeper", "--replicas", "-1"], 2),
        (["scale", "zookeeper", "--replicas", "2147483648"], 2),
        (["delete-pod"], 2),
        (["audit", "--override", "why"], 2),
        (["audit", "--since", "yesterday"], 2),
        (["restart", "--help"], 0),
        (["restart", "zookeeper", "--order", "2,0"], 2),
        (["canary", "zookeeper", "start", "--image", "zookeeper"], 2),
    ],
)
def test_help_version_and_argument_errors_load_nothing_heavy(arguments: list[str], code: int) -> None:
    exit_code, error, heavy = loaded_by(*arguments)
    assert (exit_code, heavy) == (code, set())
    assert len(error.splitlines()) == (1 if code else 0)


def test_version_is_the_package_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--version"])
    assert capsys.readouterr().out == f"stsview {__version__}\n"


def test_themes_on_the_command_line_are_those_of_the_dashboard() -> None:
    from stsview.ui.kit.look.themes import PALETTES

    assert tuple(name.removeprefix("stsview-") for name in PALETTES) == THEMES
    for theme in THEMES:
        assert msgspec.convert({"theme": theme}, Configuration).theme == theme


def test_a_theme_named_before_the_subcommand_is_kept() -> None:
    assert parser().parse_args(["--theme", "light", "demo"]).theme == "light"
    assert parser().parse_args(["demo", "--theme", "light"]).theme == "light"
    assert parser().parse_args(["demo"]).theme is None


def test_options_before_a_change_command_are_kept() -> None:
    words = ["--context", "there", "--read-only", "-n", "data", "reconcile", "kafka"]
    arguments = parser().parse_args(words)
    assert (arguments.context, arguments.read_only, arguments.namespace) == ("there", True, "data")
    assert parser().parse_args(["reconcile", "kafka", "--read-only", "--timeout", "2m"]).timeout == 120
    assert not parser().parse_args(["reconcile", "kafka"]).read_only


def test_the_command_line_takes_precedence_over_the_configuration_file(tmp_path: Path) -> None:
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    cluster = {"clusters": [{"name": "c", "cluster": {"server": "https://h"}}], "users": [{"name": "u", "user": {}}]}
    contexts = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("here", "there")]
    kubeconfig, config = tmp_path / "kubeconfig", tmp_path / "config.toml"
    kubeconfig.write_text(json.dumps({**cluster, "contexts": contexts, "current-context": "here"}))
    config.write_text(
        'cluster_domain = "corp.example"\nrole_label = "example.com/role"\nquorum = {"data/kafka" = 2}\n'
        "[contexts.here]\nnamespaces = ['data', 'infra']\n[contexts.there]\nnamespaces = ['mq']\n"
    )
    named = ["--kubeconfig", str(kubeconfig), "--config", str(config)]

    def resolve(*more: str) -> tuple[KubeconfigTarget, ModelSettings]:
        arguments = parser().parse_args([*named, *more])
        configuration = resolve_configuration(arguments)
        return resolve_target(arguments, configuration), resolve_settings(arguments, configuration)

    target, settings = resolve()
    assert target.scope.namespaces == ("data", "infra")
    assert target.namespaces("there") == ("mq",)
    assert settings.cluster_domain == "corp.example"
    assert settings.role_labels[0] == "example.com/role"
    assert settings.quorum == {"data/kafka": 2}
    target, settings = resolve("-n", "a, b,a", "--cluster-domain", "cluster.local")
    assert (target.scope.namespaces, target.scope.strict) == (("a", "b"), False)
    assert settings.cluster_domain == "cluster.local"
    target, _ = resolve("-A")
    assert (target.scope.namespaces, target.scope.strict) == ((), True)

    for words, namespaces in (
        (("reconcile", "mq/rabbit"), ("mq",)),
        (("delete-pod", "pod/mq/rabbit-0"), ("mq",)),
        (("status", "sts/kafka"), ("data", "infra")),
        (("status", "mq/rabbit", "-n", "data"), ("data",)),
        (("rollout", "mq/rabbit", "-A"), ()),
        (("unblock", "a b/rabbit"), ("data", "infra")),
        (("check", "mq/rabbit", "sts/mq/nats", "cache/redis"), ("mq", "cache")),
        (("check", "mq/rabbit", "kafka"), ("data", "infra")),
        (("check",), ("data", "infra")),
    ):
        arguments = parser().parse_args([*named, *words])
        assert resolve_target(arguments, resolve_configuration(arguments)).scope.namespaces == namespaces


def test_impersonation() -> None:
    arguments = parser().parse_args(["--as", "jane", "--as-group", "devs", "--as-group=ops"])
    assert (arguments.as_user, arguments.as_groups) == ("jane", ["devs", "ops"])
    arguments = parser().parse_args([])
    assert (arguments.as_user, arguments.as_groups) == (None, [])


def subcommands() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in parser()._actions if isinstance(action.choices, dict))
    assert isinstance(action.choices, dict)
    return action.choices


def test_every_command_has_a_module_that_runs_it() -> None:
    for name in ("dashboard", *subcommands()):
        default = parser() if name == "dashboard" else subcommands()[name]
        module = default.get_default("module") or default.get_default("command")
        assert callable(importlib.import_module(f"stsview.cli.commands.{module}").run)


def test_every_command_that_changes_a_cluster_builds_an_intent() -> None:
    from stsview.cli.commands.actions import ACTION_COMMANDS

    changing = {one.get_default("command") for one in subcommands().values() if one.get_default("module") == "actions"}
    assert changing == set(ACTION_COMMANDS)


@pytest.mark.parametrize(("former", "name"), [("free", "unblock"), ("nudge", "reconcile")])
def test_a_renamed_command_is_accepted_by_its_former_name_and_not_listed(former: str, name: str) -> None:
    options = ["kafka", "--read-only", "--timeout", "2m", "--confirm", "kafka", "-n", "data"]
    assert parser().parse_args([former, *options]) == parser().parse_args([name, *options])
    assert name in parser().format_help()
    assert former not in parser().format_help().split()
    assert sorted(subcommands()[former].format_help().split()) == sorted(subcommands()[name].format_help().split())


def test_canary_abort_is_accepted_by_its_former_name_and_not_listed() -> None:
    former = parser().parse_args(["canary", "kafka", "back-out"])
    assert former == parser().parse_args(["canary", "kafka", "abort"])
    assert "back-out" not in subcommands()["canary"].format_help()


def test_commands_that_plans_suggest_exist() -> None:
    """Plans write them as `stsview(namespace, "undo", name)`."""
    verbs = set()
    for path in (Path(stsview.__file__).parent / "actions").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "stsview":
                verb = call.args[1]
                assert isinstance(verb, ast.Constant), path
                verbs.add(verb.value)
    assert {"undo", "unblock", "restart", "canary"} <= verbs
    listed = {name for name in subcommands() if name not in ("free", "nudge")}
    assert verbs <= listed


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["scael", "x"], "unknown command 'scael'; did you mean scale? (see: stsview --help)"),
        (["zzzz"], "unknown command 'zzzz' (see: stsview --help)"),
        (["scale", "x", "--replicas", "x"], "--replicas must be a number ≥ 0 (got 'x')"),
        (["scale", "x", "--replica", "3"], "unknown option --replica; did you mean --replicas? (see: stsview scale "),
        (["scale", "x"], "missing --replicas (see: stsview scale --help)"),
        (
            ["check", "--fail-on", "eror"],
            "--fail-on must be notice, warning or error (got 'eror'); did you mean error?",
        ),
        (["check", "--selecter=a=b"], "unknown option --selecter; did you mean --selector? (see: stsview check "),
        (["canary", "x", "strat"], "step must be start, next, finish or abort (got 'strat'); did you mean start?"),
        (["--themee", "dark"], "unknown option --themee; did you mean --theme? (see: stsview --help)"),
        (["restart", "x", "--ordered", "--order", "hihest-first"], "--order must be highest-first, "),
        (["status", "x", "y"], "unexpected argument 'y' (see: stsview status --help)"),
    ],
)
def test_errors_name_the_option_without_the_jargon_of_argparse(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(words)
    assert capsys.readouterr().err.startswith(f"stsview: {error}")


@pytest.mark.parametrize(
    "arguments",
    [
        "demo --kubeconfig x",
        "demo --objects x --speed 3",
        "demo --objects x --scenario tour",
        "demo --sets 5",
        "demo --serve --read-only",
        "-n data demo --serve",
        "demo --list --serve",
        "--context prod audit",
        "--theme dark check",
        "check --from x --settle 5s",
        "status web --at 2026-03-01T12:00:00Z",
        "scale web --replicas 3 --from x",
    ],
)
def test_an_option_that_would_be_ignored_is_refused(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        parser().parse_args(arguments.split())
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert any(word in line for word in ("only", "omit", "unknown option"))

"""`stsview config`, and what the settings of rules and contexts do."""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from pathlib import Path

import msgspec
import pytest

from stsview.cli.arguments.parser import parser
from stsview.cli.main import main
from stsview.cli.support.resolve import known_rules, resolve_rules, resolve_settings
from stsview.config import Configuration, load
from stsview.config.origins import settings_of
from stsview.config.reading import parsed_as
from stsview.config.schema import LEVELS
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from tests.support.paths import REPORTS

FILE = """theme = "light"

[fleet]
columns = [
  "name",
  "why",
]

[contexts."prod-*"]
protected = true
namespaces = ["data"]

[contexts.prod-eu]
cluster_domain = "eu.example"

[rules.leftover-claims]
enabled = false

[[acknowledge]]
rule = "service-missing"
reason = 'nothing "looks" it up'
until = 2027-01-31
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the configuration of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("STSVIEW_CONFIG", raising=False)


def written(folder: Path, text: str) -> str:
    path = folder / "config.toml"
    path.write_text(text)
    return str(path)


def test_effective_settings_say_where_each_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, FILE)
    monkeypatch.setenv("STSVIEW_CONFIG", path)
    monkeypatch.setenv("STSVIEW_ASCII", "1")
    options = ["--context", "prod-eu", "-n", "a,b", "--read-only"]
    assert main(["config", *options]) == 0
    printed = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert lines[0] == f"# {path} ($STSVIEW_CONFIG)"
    for line in (
        'cluster_domain = "cluster.local" # default',
        'theme = "light" # config.toml:1',
        'fleet.columns = ["name", "why"] # config.toml:4',
        "rules.leftover-claims.enabled = false # config.toml:17",
        "# In the context prod-eu:",
        '# namespaces = ["a", "b"] # -n',
        "# read_only = true # --read-only",
        "# protected = true # config.toml:10",
        '# cluster_domain = "eu.example" # config.toml:14',
        "# STSVIEW_ASCII=1",
    ):
        assert line in lines
    assert parsed_as(tmp_path, printed.encode(), known_rules) == load(path), "what is printed is a valid file"

    assert main(["--theme", "dark", "config", "-o", "json", "--context", "prod-us"]) == 0
    document = json.loads(capsys.readouterr().out)
    settings = {one["key"]: one for one in document["settings"]}
    assert settings["theme"] == {"key": "theme", "value": "dark", "origin": "option", "by": "--theme"}
    assert (settings["acknowledge"]["line"], settings["acknowledge"]["value"][0]["until"]) == (19, "2027-01-31")
    context = {one["key"]: one["value"] for one in document["context"]}
    assert (context["protected"], context["namespaces"], context["cluster_domain"]) == (True, ["data"], "cluster.local")


def test_the_example_has_every_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--example"]) == 0
    example = capsys.readouterr().out
    assert load(written(tmp_path, example), rules=known_rules) == Configuration(), "it changes nothing"
    whole = re.sub(r"^#(?=\S)", "", example, flags=re.MULTILINE)
    path = written(tmp_path, whole)
    assert main(["config", "--check", path]) == 0
    configuration = load(path, rules=known_rules)
    given = settings_of(configuration, Path(path), whole.encode())
    assert [one.key for one in given if not one.line] == [], "a setting is not in the example"
    for struct in (*configuration.contexts.values(), *configuration.acknowledge):
        names = [field.name for field in msgspec.structs.fields(type(struct))]
        assert [name for name in names if f"\n{name} = " not in whole] == []
    assert all(f"\n{name} = " in whole for name in ("enabled", "level"))


def test_check_is_for_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = written(tmp_path, FILE), tmp_path / "bad.toml"
    bad.write_text('[fleet]\ncolumns = ["name", "wy"]\n')
    assert main(["config", "--check", good]) == main(["config", "--config", good, "--check"]) == 0
    assert main(["config", "--check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("no such file, the defaults hold")
    assert main(["config", "--check", str(bad)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f'stsview: {bad}: line 2: fleet.columns[1] must be "namespace", "name", ')
    assert error.endswith("did you mean why?\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'theme = "drak"')))
    assert main(["config", "--check", "-"]) == 2
    assert capsys.readouterr().err.endswith('or "colour-blind"; did you mean dark?\n')


def arguments(*words: str) -> argparse.Namespace:
    return parser().parse_args(words)


def test_contexts_match_by_pattern(tmp_path: Path) -> None:
    text = """
        role_label = "role"
        [contexts."*"]
        namespaces = ["all"]
        [contexts."prod-*"]
        read_only = true
        cluster_domain = "prod.example"
        [contexts."prod-[eu]"]
        protected = true
        namespaces = ["own"]
        role_label = "own"
        """
    configuration = load(written(tmp_path, text), rules=known_rules)
    own = resolve_rules(arguments(), configuration, "prod-[eu]")
    assert (own.protected, configuration.namespaces("prod-[eu]")) == (True, ("own",))
    assert own.read_only == 'the configuration file makes prod-[eu] read-only, by [contexts."prod-*"]'
    other = resolve_rules(arguments(), configuration, "prod-e")
    assert (bool(other.read_only), other.protected) == (True, False), "brackets are part of a name"
    assert configuration.namespaces("prod-e") == configuration.namespaces("staging") == ("all",)
    settings = resolve_settings(arguments(), configuration)
    assert settings.in_context("prod-[eu]").cluster_domain == "prod.example"
    assert settings.in_context("prod-[eu]").role_labels[0] == "own"
    assert settings.in_context("staging").cluster_domain == "cluster.local"
    forced = resolve_settings(arguments("--cluster-domain", "c.d"), configuration)
    assert forced.in_context("prod-e").cluster_domain == "c.d"


def test_thresholds_default_to_those_of_the_model_and_change_them(tmp_path: Path) -> None:
    assert resolve_settings(arguments(), Configuration()) == ModelSettings()
    text = '[thresholds]\nready = "90s"\ncanary = "1d"\n'
    settings = resolve_settings(arguments(), load(written(tmp_path, text)))
    assert (settings.ready_grace, settings.canary_age) == (90, 86_400)
    assert [Level[name.upper()] for name in LEVELS] == list(Level)


def test_a_disabled_rule_is_named_wherever_a_set_is_called_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--from", str(REPORTS / "budgetzero.json")]
    assert main(["check", *files]) == 1
    assert "1 finding in 1 StatefulSet" in capsys.readouterr().out
    off = ["--config", written(tmp_path, "[rules.drain-blocked]\nenabled = false\n")]
    said = "? 1 rule disabled by the configuration: drain-blocked"
    for form in ([], ["-v"], ["-o", "wide"]):
        assert main(["check", *off, *files, *form]) == 0
        *_, line, last = capsys.readouterr().out.splitlines()
        assert (line, last[:4]) == (said, "OK: ")
    assert main(["status", "quorum", *off, *files]) == 0
    assert said in capsys.readouterr().out
    assert main(["check", *off, *files, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["disabledRules"] == ["drain-blocked"]
    assert main(["check", *off, *files, "-o", "junit"]) == 0
    assert '<property name="disabled rules" value="drain-blocked" />' in capsys.readouterr().out


def test_without_the_rule_that_explains_it_a_stuck_set_stays_stuck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--from", str(REPORTS / "brokenfs.json"), "-o", "json"]
    config = ["--config", written(tmp_path, "[rules.mount-failed]\nenabled = false\n")]
    assert main(["check", *config, *files]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["rule"] != "mount-failed"
    assert found["level"] == "error"


def test_the_level_of_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--from", str(REPORTS / "budgetzero.json"), "-o", "json"]
    for level, code in (("notice", 0), ("error", 1)):
        config = ["--config", written(tmp_path, f'[rules.drain-blocked]\nlevel = "{level}"\n')]
        assert main(["check", *config, *files]) == code
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        assert (found["level"], found["acknowledged"]) == (level, False)


def test_rules_that_protect_data_cannot_be_disabled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "[rules.claim-lost]\nenabled = false\n")
    assert main(["check", "--config", path]) == 2
    assert capsys.readouterr().err == (
        f"stsview: {path}: line 2: rules.claim-lost.enabled: this rule cannot be disabled: it protects data; "
        "lower its level, or acknowledge its findings\n"
    )

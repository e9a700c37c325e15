"""The configuration file: its keys, and errors of one line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stsview.config import AcknowledgedFindings, BadConfiguration, Configuration, load

RULES = {"service-missing": "", "leftover-claims": "", "claim-lost": "it protects data"}

WHOLE = """
cluster_domain = "corp.example"
role_label = "example.com/role"

[contexts."prod/eu 1"]
namespaces = ["data", "infra"]

[contexts.staging]

[quorum]
"data/kafka" = 2

[[acknowledge]]
rule = "service-missing"
reason = "nothing looks it up"
set = "argocd/*"
context = "prod-*"
until = 2027-01-31

[[acknowledge]]
rule = "leftover-claims"
reason = "kept on purpose"
"""

ACKNOWLEDGE = """[[acknowledge]]
rule = "service-missing"
reason = "known"
"""


def load_text(folder: Path, text: str | bytes) -> Configuration:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(str(path), {}, lambda: RULES)


def test_all_keys(tmp_path: Path) -> None:
    configuration = load_text(tmp_path, WHOLE)
    assert (configuration.cluster_domain, configuration.role_label) == ("corp.example", "example.com/role")
    assert configuration.namespaces("prod/eu 1") == ("data", "infra")
    assert configuration.namespaces("staging") == configuration.namespaces("elsewhere") == ()
    assert configuration.quorum == {"data/kafka": 2}
    assert configuration.acknowledge == (
        AcknowledgedFindings("service-missing", "nothing looks it up", "argocd/*", "prod-*", date(2027, 1, 31)),
        AcknowledgedFindings("leftover-claims", "kept on purpose"),
    )


def test_a_user_without_a_home_directory_has_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container, where the user has no entry in /etc/passwd."""

    def unknown(name: str, appauthor: bool) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_config_path", unknown)
    assert load(environment={}) == Configuration()


def test_without_a_file_the_defaults_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(None, {}) == Configuration() == load_text(tmp_path, "")
    assert Configuration().cluster_domain == "cluster.local"


def test_precedence_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, appauthor: tmp_path / name)
    usual = tmp_path / "stsview" / "config.toml"
    usual.parent.mkdir()
    for name, path in {"usual": usual, "variable": tmp_path / "variable", "named": tmp_path / "named"}.items():
        path.write_text(f'cluster_domain = "{name}"')
    variable = {"STSVIEW_CONFIG": str(tmp_path / "variable")}
    assert load(None, {}).cluster_domain == "usual"
    assert load(None, {"STSVIEW_CONFIG": ""}).cluster_domain == "usual"
    assert load(None, variable).cluster_domain == "variable"
    assert load(str(tmp_path / "named"), variable).cluster_domain == "named"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cluster_domain = 3", 'line 1: cluster_domain must be a DNS domain in quotes, as in "cluster.local"'),
        ('cluster_domain = "a b"', "line 1: cluster_domain must be a DNS domain"),
        ('cluster_domain = "a\\n"', "line 1: cluster_domain must be a DNS domain"),
        ("role_label = []", "line 1: role_label must be the key of a pod label"),
        ('theme = "pink"', 'line 1: theme must be "dark", "light", "high-contrast" or "colour-blind"'),
        ("colour = 1", "line 1: unknown key colour; valid keys: cluster_domain, role_label, theme, fleet, set, keys"),
        ("contexts = 3", "line 1: contexts must be one table for each context"),
        (
            '[contexts.prod]\nnamespace = "a"',
            "line 2: unknown key contexts.prod.namespace; valid keys of [contexts.prod]: name",
        ),
        ('[contexts."p.q"]\nnamespaces = "a"', 'line 2: contexts."p.q".namespaces must be a list of up to 50 names'),
        ('[contexts.p]\nnamespaces = ["a", "B"]', "line 2: contexts.p.namespaces[1] must be the name of a namespace"),
        (f"[contexts.p]\nnamespaces = {['a'] * 51}", "line 2: contexts.p.namespaces must be a list of up to 50"),
        ('[quorum]\n"data/kafka" = "2"', 'line 2: quorum."data/kafka" must be a number of members ≥ 1'),
        ('[quorum]\n"data/kafka" = true', 'line 2: quorum."data/kafka" must be a number'),
        ('[quorum]\n"data/kafka" = 0', 'line 2: quorum."data/kafka" must be a number'),
        ("[quorum]\nkafka = 2", 'line 2: quorum: the name kafka must be a set as "namespace/name"'),
        ('[filters]\n"my own" = "x"', "line 2: filters: the name \"my own\" must be letters, digits, '-'"),
        ("[thresholds]\nmemory = 95", "line 2: thresholds.memory must be a number between 0 and 1, as in 0.9"),
        ('[usage]\nbackground = "no"', "line 2: usage.background must be true or false"),
        ("usage = 90", "line 1: usage must be a table, as in [usage]"),
        ("[filters]\nmine = 3", 'line 2: filters.mine must be a filter in quotes, as in "ns:data !is:healthy"'),
        (
            '[exec."data/kafka"]\ntopics = "kafka-topics {name}"',
            'line 2: exec."data/kafka".topics: unknown variable {name}: use {pod}, {ordinal}, {dns}',
        ),
        (
            '[exec."data/kafka"]\na = "ls"\n"my topics" = "sh -c \'ls"',
            'line 3: exec."data/kafka"."my topics": no closing quotation: close the quotes',
        ),
        ('[exec."data/kafka"]\na = " "', 'line 2: exec."data/kafka".a: the command is empty'),
        ('[exec."data/kafka"]\na = ["ls"]', 'line 2: exec."data/kafka".a must be a command line in quotes, as in'),
        ('[exec.kafka]\na = "ls"', 'line 1: exec: the name kafka must be a set as "namespace/name", where * matches'),
        ('exec = "ls"', 'line 1: exec must be one table for each set, as in [exec."data/kafka"]'),
        ("quorum = [2]", 'line 1: quorum must be a table of numbers, as in "data/kafka" = 2'),
        ('[[acknowledge]]\nreason = "a"', "line 1: acknowledge[0] has no key rule: add rule, a rule id in quotes"),
        (f"{ACKNOWLEDGE}until = 2027-13-01", "invalid TOML: "),
        (f'{ACKNOWLEDGE}until = "2027-01-01"', "line 4: acknowledge[0].until must be a date without quotes"),
        (f"{ACKNOWLEDGE}until = 2027-01-01T00:00:00Z", "line 4: acknowledge[0].until must be a date without quotes"),
        (
            f'{ACKNOWLEDGE}rules = "x"',
            "line 4: unknown key acknowledge[0].rules; valid keys of [[acknowledge]]: rule, ",
        ),
        (f'{ACKNOWLEDGE}set = "a/b/c"', 'line 4: acknowledge[0].set must be a namespace or "namespace/name"'),
        (
            f"{ACKNOWLEDGE}\n{ACKNOWLEDGE.replace('service-missing', 'service-mising')}",
            "line 6: acknowledge[1].rule: there is no rule service-mising; did you mean service-missing?",
        ),
        ('[fleet]\ncolumns = ["why"]', 'line 2: fleet.columns must include "name"'),
        ('[set]\ncolumns = ["state", "node"]', 'line 2: set.columns must include "ordinal"'),
        ('[fleet]\ncolumns = ["name", "name"]', 'line 2: fleet.columns names "name" twice: remove one of them'),
        ('[set]\nsort = "-dns"', "line 2: set.sort must be a column to sort by in quotes, with - before it"),
        ('[thresholds]\nready = "0s"', 'line 2: thresholds.ready must be a duration in quotes, as in "90s", "10m"'),
        ("[thresholds]\nvolume_full = 1", "line 2: thresholds.volume_full must be a number between 0 and 1"),
        ("[keys]\nnodes = 3", 'line 2: keys.nodes must be a key in quotes, as in "m", "ctrl+e" or "f5"'),
        ("[rules.leftover-claim]", "line 1: rules.leftover-claim: there is no rule leftover-claim; did you mean "),
        ("[rules.claim-lost]\nenabled = false", "line 2: rules.claim-lost.enabled: this rule cannot be disabled: it"),
        ('[rules.claim-lost]\nlevel = "info"', 'line 2: rules.claim-lost.level must be "notice", "warning" or'),
        ('acknowledge = "all"', "line 1: acknowledge must be entries of up to 1000 tables, each with the heading"),
        ("cluster_domain = corp", "invalid TOML: Invalid value (at line 1, column 18)"),
        (b'cluster_domain = "\xff"', "not UTF-8"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ('"a\\u001b[2J" = 1', 'line 1: unknown key "a?[2J"'),
    ],
)
def test_errors_name_file_key_and_fix(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BadConfiguration) as error:
        load_text(tmp_path, text)
    line = str(error.value)
    assert line.startswith(f"{tmp_path / 'config.toml'}: {message}")
    assert line.isprintable()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "no such file; correct --config or $STSVIEW_CONFIG"),
        (".", "cannot be read: "),
        ("\0", "cannot be read: "),
    ],
)
def test_a_named_file_must_exist(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(BadConfiguration, match=message.replace("$", r"\$")):
        load(str(tmp_path / name), {})

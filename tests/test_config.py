"""The configuration file: its keys, and errors of one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.config import BadConfiguration, Configuration, load

WHOLE = """
cluster_domain = "corp.example"
role_label = "example.com/role"

[contexts."prod/eu 1"]
namespaces = ["data", "infra"]

[contexts.staging]

[quorum]
"data/kafka" = 2
"""


def load_text(folder: Path, text: str | bytes) -> Configuration:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(str(path), {})


def test_all_keys(tmp_path: Path) -> None:
    configuration = load_text(tmp_path, WHOLE)
    assert (configuration.cluster_domain, configuration.role_label) == ("corp.example", "example.com/role")
    assert configuration.namespaces("prod/eu 1") == ("data", "infra")
    assert configuration.namespaces("staging") == configuration.namespaces("elsewhere") == ()
    assert configuration.quorum == {"data/kafka": 2}


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
        ("cluster_domain = 3", 'cluster_domain must be a DNS domain in quotes, as in "cluster.local"'),
        ('cluster_domain = "a b"', "cluster_domain must be a DNS domain"),
        ('cluster_domain = "a\\n"', "cluster_domain must be a DNS domain"),
        ("role_label = []", "role_label must be the key of a pod label"),
        ("colour = 1", "unknown key colour; valid keys: cluster_domain, role_label, contexts, quorum"),
        ("contexts = 3", "contexts must be one table for each context"),
        (
            '[contexts.prod]\nnamespace = "a"',
            "unknown key contexts.prod.namespace; valid keys of [contexts.prod]: name",
        ),
        ('[contexts."p.q"]\nnamespaces = "a"', 'contexts."p.q".namespaces must be a list of up to 50 names'),
        ('[contexts.p]\nnamespaces = ["a", "B"]', "contexts.p.namespaces[1] must be the name of a namespace"),
        (f"[contexts.p]\nnamespaces = {['a'] * 51}", "contexts.p.namespaces must be a list of up to 50"),
        ('[quorum]\n"data/kafka" = "2"', 'quorum."data/kafka" must be a number of members ≥ 1'),
        ('[quorum]\n"data/kafka" = true', 'quorum."data/kafka" must be a number'),
        ('[quorum]\n"data/kafka" = 0', 'quorum."data/kafka" must be a number'),
        ("[quorum]\nkafka = 2", 'quorum: the name kafka must be a set as "namespace/name"'),
        ("quorum = [2]", 'quorum must be a table of numbers, as in "data/kafka" = 2'),
        ("cluster_domain = corp", "invalid TOML: Invalid value (at line 1, column 18)"),
        (b'cluster_domain = "\xff"', "not UTF-8"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ('"a\\u001b[2J" = 1', 'unknown key "a?[2J"'),
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

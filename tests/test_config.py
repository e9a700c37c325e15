"""The configuration file: what may stand in it, and one clear line for whatever else does."""

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


def loaded(folder: Path, text: str | bytes) -> Configuration:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(str(path), {})


def test_everything_that_may_stand_there(tmp_path: Path) -> None:
    found = loaded(tmp_path, WHOLE)
    assert (found.cluster_domain, found.role_label) == ("corp.example", "example.com/role")
    assert found.namespaces("prod/eu 1") == ("data", "infra")
    assert found.namespaces("staging") == found.namespaces("elsewhere") == ()
    assert found.quorum == {"data/kafka": 2}


def test_where_there_is_no_file_everything_is_as_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(None, {}) == Configuration() == loaded(tmp_path, "")
    assert Configuration().cluster_domain == "cluster.local"


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    ("text", "said"),
    [
        ("cluster_domain = 3", 'cluster_domain must be a DNS domain in quotes, as in "cluster.local"'),
        ('cluster_domain = "a b"', "cluster_domain must be a DNS domain"),
        ('cluster_domain = "a\\n"', "cluster_domain must be a DNS domain"),
        ("role_label = []", "role_label must be the key of a pod label"),
        ("colour = 1", "there is no key colour; there are: cluster_domain, role_label, contexts, quorum"),
        ("contexts = 3", "contexts must be one table for each context"),
        ('[contexts.prod]\nnamespace = "a"', "there is no key contexts.prod.namespace; [contexts.prod] may have: name"),
        ('[contexts."p.q"]\nnamespaces = "a"', 'contexts."p.q".namespaces must be a list of up to 50 names'),
        ('[contexts.p]\nnamespaces = ["a", "B"]', "contexts.p.namespaces[1] must be the name of a namespace"),
        (f"[contexts.p]\nnamespaces = {['a'] * 51}", "contexts.p.namespaces must be a list of up to 50"),
        ('[quorum]\n"data/kafka" = "2"', 'quorum."data/kafka" must be a number of members, from 1 on'),
        ('[quorum]\n"data/kafka" = true', 'quorum."data/kafka" must be a number'),
        ('[quorum]\n"data/kafka" = 0', 'quorum."data/kafka" must be a number'),
        ("[quorum]\nkafka = 2", 'quorum: the name kafka must be a set as "namespace/name"'),
        ("quorum = [2]", 'quorum must be a table of numbers, as in "data/kafka" = 2'),
        ("cluster_domain = corp", "is no valid TOML: Invalid value (at line 1, column 18)"),
        (b'cluster_domain = "\xff"', "is not UTF-8"),
        ("a = " + "[" * 5000, "is nested too deeply"),
        ('"a\\u001b[2J" = 1', 'there is no key "a?[2J"'),
    ],
)
def test_one_clear_line_with_file_key_and_what_to_do(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        loaded(tmp_path, text)
    line = str(refused.value)
    assert line.startswith(f"{tmp_path / 'config.toml'}: {said}")
    assert line.isprintable()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "there is no such file; correct --config or $STSVIEW_CONFIG"),
        (".", "cannot be read: "),
        ("\0", "cannot be read: "),
    ],
)
def test_a_file_that_is_named_must_be_there(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said.replace("$", r"\$")):
        load(str(tmp_path / name), {})

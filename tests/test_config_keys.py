"""Keys in the configuration: how they are written, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.keys import _character_to_key

from stsview.config import BadConfiguration, load
from stsview.config.keys import key_named, key_written, keymap_of


def test_characters_are_named_as_textual_names_them() -> None:
    for sign in map(chr, range(33, 127)):
        assert key_named(sign) == _character_to_key(sign)
        assert key_named(key_named(sign)) == key_named(sign)
        assert key_written(key_named(sign)) == sign


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ctrl+e", "ctrl+e"),
        ("^E", "ctrl+e"),
        ("^", "circumflex_accent"),
        ("+", "plus"),
        ("esc", "escape"),
        ("PgDn", "pagedown"),
        ("↓", "down"),
        ("F5", "f5"),
        ("shift+up", "shift+up"),
        ("ö", "ö"),
    ],
)
def test_ways_to_write_a_key(written: str, key: str) -> None:
    assert key_named(written) == key


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ('nodse = "m"', "line 2: keys.nodse: there is no command nodse; did you mean nodes?"),
        ('nodes = "abc"', 'line 2: keys.nodes: "abc" is no key: write one as in "m", "/", "ctrl+e"'),
        ('nodes = "alt+m"', 'line 2: keys.nodes: "alt+m" is no key'),
        ('nodes = "^i"', 'line 2: keys.nodes: "^i" cannot be given to a command: terminals send it for tab'),
        ("help = []", "line 2: keys.help: this command needs a key"),
        ('nodes = "f"', 'line 2: keys.nodes: on the fleet, "f" is the key of triage: give one of them another key'),
        ('logs = ["l", "?"]', 'line 2: keys.logs: on the fleet, "?" is the key of help'),
        ('events = "m"\nnodes = "m"', 'line 3: keys.events: on the fleet, "m" is the key of nodes'),
        ('sort_name = "R"', 'line 2: keys.sort_name: on the fleet, "R" is the key of sort_ready'),
        ('members = "n"', 'line 2: keys.members: on logs, "n" is the key of next_match'),
        ('restart = "ctrl+k"', 'line 2: keys.restart: on a set, "ctrl+k" is the key of force-delete'),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, keys: str, fault: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[keys]\n{keys}\n")
    with pytest.raises(BadConfiguration) as error:
        load(str(path))
    assert str(error.value).startswith(f"{path}: {fault}")


def test_commands_may_exchange_keys_or_share_those_that_they_share_anyway(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[keys]\nevents = "y"\nyaml = "e"\ntriage = "v"\nfindings = "v"\nnodes = "m"\nall-namespaces = "9"\nlogs = []\n'
    )
    keymap = keymap_of(load(str(path)))
    assert (keymap["events"], keymap["all_namespaces"], keymap["logs"]) == (("y",), ("9",), ())

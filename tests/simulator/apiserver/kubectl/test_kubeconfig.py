"""The kubeconfig that a simulated cluster writes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from stsview.simulator.apiserver.kubectl import kubeconfig


def test_the_kubeconfig_is_private_and_replaces_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("old, and readable by all")
    kubeconfig.write(path, url="http://127.0.0.1:1", token="secret", namespace="prod")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config"]
    config = yaml.safe_load(path.read_text())
    (context,) = config["contexts"]
    assert config["current-context"] == context["name"]
    assert context["context"]["namespace"] == "prod"
    assert config["clusters"][0]["cluster"]["server"] == "http://stsview-demo:secret@127.0.0.1:1"
    assert config["users"][0]["user"] == {"token": "secret"}


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        kubeconfig.write(folder, url="http://127.0.0.1:1", token="secret")
    assert [one.name for one in tmp_path.iterdir()] == ["config"]

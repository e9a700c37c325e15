"""Commands that plans show."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from stsview.actions.requests.command_line import raw_path

EVICTION = '/api/v1/namespaces/data/pods/"$pod"/eviction'


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine")
@pytest.mark.parametrize(
    ("server", "prefix"),
    [
        ("https://rancher.example/k8s/clusters/c-1", "/k8s/clusters/c-1"),
        ("https://user:secret@proxy.example:6443/c/", "/c"),
        ("https://[::1]:6443/", ""),
    ],
)
def test_a_raw_path_begins_with_that_of_the_server(server: str, prefix: str, tmp_path: Path) -> None:
    """kubectl --raw replaces the path of the server."""
    config = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one"}}, {"name": "b", "context": {"cluster": "b"}}],
        "clusters": [
            {"name": "b", "cluster": {"server": "https://b/b"}},
            {"name": "one", "cluster": {"server": server}},
        ],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    printed = subprocess.run(
        ["/bin/sh", "-c", f"pod=kafka-0; printf %s {raw_path(EVICTION, below=True)}"],
        env={**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == f"{prefix}/api/v1/namespaces/data/pods/kafka-0/eviction"


def test_without_a_path_of_the_server_the_path_of_the_api_is_enough() -> None:
    assert raw_path(EVICTION, below=False) == EVICTION

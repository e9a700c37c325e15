"""The dashboard shows its first frame before it imports what only a connected one needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = """\
import sys
from stsview.cli.main import main
from stsview.cli.support import open_dashboard

def first_frame(app):
    app.close()
    print(*sys.modules)

open_dashboard.is_terminal = lambda: True
open_dashboard.asyncio.run = first_frame
main(sys.argv[1:])
"""

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: a, user: {}}]
"""

_MODULES = 780
"""A twentieth more than there were when this was measured."""


def test_the_first_frame_needs_few_modules(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(_KUBECONFIG)
    command = [sys.executable, "-c", _SCRIPT, "--kubeconfig", str(kubeconfig)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    modules = done.stdout.split()
    assert "stsview.ui.app" in modules, done.stderr
    assert len(modules) < _MODULES, len(modules)
    assert not {"aiohttp", "kubernetes_asyncio", "stsview.triage.catalogue", "stsview.actions.service"} & set(modules)

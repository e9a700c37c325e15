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

_MODULES = 692
"""A little more than there were when this was measured: each command has a module for its arguments."""

_AFTER_IT = {
    "aiohttp",
    "kubernetes_asyncio",
    "stsview.actions.service",
    "stsview.live.files.file_source",
    "stsview.model.derive",
    "stsview.model.pods",
    "stsview.triage.catalogue",
    "stsview.ui.findings.findings_screen",
    "stsview.ui.kit.choosers.chooser",
    "stsview.ui.kit.commands.help_screen",
    "stsview.ui.kit.commands.palette_screen",
    "stsview.ui.set.set_screen",
}


def test_the_first_frame_needs_few_modules(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(_KUBECONFIG)
    command = [sys.executable, "-c", _SCRIPT, "--kubeconfig", str(kubeconfig)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    modules = done.stdout.split()
    assert "stsview.ui.app" in modules, done.stderr
    assert _MODULES * 0.9 < len(modules) < _MODULES, len(modules)
    assert not _AFTER_IT & set(modules)


def test_requests_need_none_of_the_models_of_the_library() -> None:
    script = (
        "import sys, stsview.cluster.http.transport;"
        "print(*sys.modules, sep='\\n');"
        "import kubernetes_asyncio.client as client; print(client.CoreV1Api.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    *modules, later = done.stdout.split()
    found = {name for name in modules if name.startswith("kubernetes_asyncio")}
    assert found == {
        "kubernetes_asyncio",
        "kubernetes_asyncio.client",
        "kubernetes_asyncio.client.exceptions",
        "kubernetes_asyncio.client.rest",
    }, done.stderr
    assert later == "kubernetes_asyncio.client.api.core_v1_api"

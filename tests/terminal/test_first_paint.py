"""The first frame is drawn before kubernetes-asyncio is imported, which takes half a second."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import asyncio, sys
from importlib.abc import MetaPathFinder

order = []

class Watcher(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ("kubernetes_asyncio", "aiohttp") and name not in order:
            order.append(name)
        return None

sys.meta_path.insert(0, Watcher())

from textual.app import App
from stsview.live.live import Live
from stsview.live.target import KubeconfigTarget
from stsview.ui.app import StsviewApp

display = App._display

def record_paint(self, screen, renderable):
    if renderable is not None and "painted" not in order:
        order.append("painted")
    return display(self, screen, renderable)

App._display = record_paint

async def main():
    app = StsviewApp(Live(KubeconfigTarget(sys.argv[1])))
    async with app.run_test() as pilot:
        while not app.failure:
            await pilot.pause()

asyncio.run(main())
print(*order)
"""


def test_paint_first_then_import(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(
        "{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],"
        " clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: a, user: {}}]}"
    )
    done = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.split()[0] == "painted"
    assert set(done.stdout.split()) == {"painted", "kubernetes_asyncio", "aiohttp"}

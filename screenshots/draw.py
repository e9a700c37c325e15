"""Draw the pictures of the README: fleet, set and plan on the simulated cluster, in the dark and the light theme.

Run as `python screenshots/draw.py`; writes the SVG files next to this script.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from textual.pilot import Pilot

from stsview.actions.lazy_service import LazyActionService
from stsview.clock import SystemClock
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.model.settings import ModelSettings
from stsview.objects.meta import Key
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from stsview.ui.app import StsviewApp
from stsview.ui.changes.action_screen import ActionScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen

HERE = Path(__file__).resolve().parent
SIZE = (140, 36)
SHOWN = Key("mq", "kafka")


class ClusterClock(SystemClock):
    """The cluster's own time: on a busy machine it lags behind that of the machine, which the pictures would report."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster

    def now(self) -> datetime:
        return self._cluster.now()


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    for _ in range(3000):
        if condition():
            return
        await pilot.pause()
        await asyncio.sleep(0.01)
    raise SystemExit(f"timed out waiting for {what}")


async def draw(cluster: SimulatedCluster, kubeconfig: Path, theme: str) -> None:
    source = Live(KubeconfigTarget(str(kubeconfig), namespaces=()), clock=ClusterClock(cluster))
    app = StsviewApp(source, theme=theme, action_service=LazyActionService(source, ModelSettings()))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: source.snapshot.health.link is Link.LIVE, "live data")
        await until(pilot, lambda: SHOWN in source.snapshot.fleet.sets, f"the set {SHOWN}")
        # The key bar offers changes a moment after the data is live.
        await until(pilot, lambda: "&#160;scale<" in app.export_screenshot(), "the keys for changes")
        save(app, f"fleet-{theme}.svg")
        await pilot.press("slash", *SHOWN.name, "enter", "enter")
        await until(pilot, lambda: type(app.screen).__name__ == "SetScreen", "the set screen")
        await pilot.pause()
        save(app, f"set-{theme}.svg")
        await pilot.press("u")
        await until(
            pilot, lambda: isinstance(app.screen, RevisionsScreen) and app.screen.selected is not None, "its revisions"
        )
        await pilot.press("j", "u")
        await until(pilot, lambda: isinstance(app.screen, ActionScreen) and app.screen.confirmable, "the plan")
        await pilot.pause()
        save(app, f"undo-{theme}.svg")


def save(app: StsviewApp, name: str) -> None:
    picture = app.export_screenshot(title="stsview")
    # A README page fetches no fonts: use the monospace font of the reader.
    picture = re.sub(r"@font-face\s*{.*?}\s*", "", picture, flags=re.DOTALL)
    picture = picture.replace("font-family: Fira Code, monospace", "font-family: 'Fira Code', ui-monospace, monospace")
    (HERE / name).write_text(picture, encoding="utf-8")
    print(f"drew screenshots/{name}")  # noqa: T201 - it is a script


async def main() -> None:
    # The pictures must not depend on the colours and characters of this terminal.
    for name in ("NO_COLOR", "STSVIEW_ASCII"):
        os.environ.pop(name, None)
    cluster = SimulatedCluster(find("tour"))
    await cluster.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = Path(folder) / "kubeconfig"
            os.environ["STSVIEW_AUDIT"] = str(Path(folder) / "audit.jsonl")
            cluster.write_kubeconfig(kubeconfig)
            for theme in ("dark", "light"):
                await draw(cluster, kubeconfig, theme)
    finally:
        await cluster.stop()


if __name__ == "__main__":
    asyncio.run(main())

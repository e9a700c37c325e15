"""The dashboard on a cluster of which a node died, in this terminal: what `screenshots.cast` films.

Its time begins at the same instant at every run. SIGUSR1 lets it pass sixty times as fast, and as usual again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from screenshots.stage import START
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.service import ActionService
from stsview.live.live import Live
from stsview.live.target import KubeconfigTarget
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service
from stsview.simulator.scenarios.zookeeper import deploy
from stsview.ui.app import StsviewApp

_FAST = 60.0


class FilmClock:
    """Time from a fixed instant on, which can pass faster."""

    def __init__(self) -> None:
        self._speed = 1.0
        self._passed = 0.0
        self._since = time.monotonic()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._passed + (time.monotonic() - self._since) * self._speed

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := until - self.monotonic()) > 0:  # noqa: ASYNC110
            # Not longer than this without a look at the speed.
            await asyncio.sleep(min(left / self._speed, 0.1))

    def change_speed(self) -> None:
        """Let it pass faster, or as usual again."""
        self._passed, self._since = self.monotonic(), time.monotonic()
        self._speed = 1.0 if self._speed == _FAST else _FAST


def deploy_postgres(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("postgres", "postgres:16.4", 3, storage="100Gi", port=5432), "data")


def power_off_node(cluster: SimulatedCluster) -> None:
    pod = cluster.storage.get(PODS, "data", "postgres-1")
    cluster.fail_node(pod["spec"]["nodeName"])


INCIDENT = Scenario(
    "incident",
    "the node of postgres-1 died; its volume can be attached elsewhere",
    (ago(deploy, days=12), ago(deploy_postgres, days=12), ago(power_off_node, minutes=19)),
)


async def main() -> None:
    clock = FilmClock()
    cluster = SimulatedCluster(INCIDENT, clock=clock)
    await cluster.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster.write_kubeconfig(folder / "kubeconfig")
        live = Live(KubeconfigTarget(str(folder / "kubeconfig"), namespaces=()), clock=clock)
        actions = ActionService(live, AuditLog(folder / "audit.jsonl"), ModelSettings(), clock)
        app = StsviewApp(live, theme="dark", zone=UTC, monotonic=clock.monotonic, action_service=actions)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, clock.change_speed)
        await app.run_async()
    await cluster.stop()


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    asyncio.run(main())

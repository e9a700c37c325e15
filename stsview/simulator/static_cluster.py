"""An API server for objects that are given: no controllers, no kubelets, and no passing of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from stsview.clock import SystemClock
from stsview.simulator.apiserver.resources import CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object


class StillClock(SystemClock):
    """A clock whose instant stays; durations pass as usual."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant


class StaticCluster:
    """Serves objects exactly as they are given, with their uids and resourceVersions.

    Requests change them as in any cluster, but nothing reacts: a deleted pod stays Terminating, a set that is scaled
    gets no pods. The server's time stays at `now`, so that nothing becomes overdue because no kubelet reports.
    """

    def __init__(
        self, objects: Iterable[Object], now: datetime, *, port: int = 0, token: str | None = None, tls: bool = False
    ) -> None:
        """Load the objects; missing namespaces are created. Raises ValueError for an object without a name."""
        clock = StillClock(now)
        self.storage = Storage(clock)
        self.skipped: Counter[str] = Counter()
        """How many objects were not loaded, by kind: those of kinds that are not served."""
        self._port = port
        namespaces: set[str] = set()
        # The definitions first: they say which other kinds there are.
        for one in sorted(objects, key=lambda one: one.get("kind") != CUSTOM_RESOURCE_DEFINITIONS.kind):
            resource = self.storage.kinds.by_kind(str(one.get("apiVersion")), str(one.get("kind")))
            if resource is None:
                self.skipped[f"{one.get('apiVersion')} {one.get('kind')}"] += 1
                continue
            loaded = self.storage.load(resource, one)
            namespaces.add(loaded["metadata"].get("namespace", ""))
        for name in sorted(namespaces - {""}):
            if self.storage.find(NAMESPACES, "", name) is None:
                self.storage.create(NAMESPACES, {"metadata": {"name": name}}, manager="kube-apiserver")
        self.server = ApiServer(self.storage, clock, token=token, tls=tls)

    async def start(self) -> None:
        """Serve HTTP. Raises `OSError` when the port is in use."""
        await self.server.start(port=self._port)

    async def stop(self) -> None:
        """Close every connection."""
        await self.server.stop()

    def write_kubeconfig(self, path: Path) -> None:
        """Write a kubeconfig with mode 0600 for the served cluster.

        Raises `OSError`.
        """
        self.server.write_kubeconfig(path)

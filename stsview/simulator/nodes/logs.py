"""What the containers of the simulated cluster write: what happens to them, and small talk while somebody listens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from stsview.simulator.apiserver.logs import LogBuffer
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.pod_status import ContainerRun

LISTENING = 600.0
"""Seconds for which a container goes on talking after somebody asked for its log."""

_SMALL_TALK = (
    "INFO  [snapshot] wrote {n} entries in {m} ms",
    "INFO  [peer] heartbeat from {peer} after {m} ms",
    "INFO  [request] served {n} requests, p99 {m} ms",
    "DEBUG [gc] pause of {m} ms, {n} MB live",
    "INFO  [session] expired {m} idle sessions",
    "WARN  [disk] fsync took {n} ms",
)


class RunKey(NamedTuple):
    uid: str
    container: str


class Logs:
    """The current and the previous run of each container."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._current: dict[RunKey, LogBuffer] = {}
        self._previous: dict[RunKey, LogBuffer] = {}
        self._pods: dict[str, Object] = {}
        self._listened_until: dict[RunKey, float] = {}

    def of(self, uid: str, container: str, *, previous: bool) -> LogBuffer | None:
        key = RunKey(uid, container)
        if previous:
            return self._previous.get(key)
        buffer = self._current.get(key)
        if buffer is not None and not buffer.closed:
            self._listened_until[key] = self._engine.timeline.monotonic() + LISTENING
            self._engine.wake(self, key)
        return buffer

    def began(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        metadata = pod["metadata"]
        self._pods[metadata["uid"]] = pod
        for one in containers:
            key = RunKey(metadata["uid"], one.name)
            if key in self._current:
                self._previous[key] = self._current[key]
            self._current[key] = LogBuffer()
            self._say(key, f"INFO  [main] {one.image} starting as {metadata['name']} (run {one.restarts + 1})")
            for volume in pod["spec"].get("volumes") or ():
                if "persistentVolumeClaim" in volume:
                    claim = volume["persistentVolumeClaim"]["claimName"]
                    self._say(key, f"INFO  [storage] opened volume {volume['name']} of claim {claim}")
            self._say(key, f"INFO  [net] listening as {metadata['name']}.{pod['spec'].get('subdomain') or '?'}")

    def served(self, pod: Object, containers: Sequence[ContainerRun], *, ready: bool) -> None:
        text = "INFO  [main] ready" if ready else "WARN  [main] not ready: waiting for a quorum of peers"
        self._say_all(pod, containers, text)

    def failed(self, pod: Object, containers: Sequence[ContainerRun], code: int) -> None:
        self._say_all(pod, containers, "ERROR [main] cannot start: unexpected value in configuration")
        self._say_all(pod, containers, f"ERROR [main] exiting with code {code}", closes=True)

    def ended(self, pod: Object, containers: Sequence[ContainerRun]) -> None:
        self._say_all(pod, containers, "INFO  [main] signal 15: flushing and leaving")
        self._say_all(pod, containers, "INFO  [main] bye", closes=True)

    def forget(self, uid: str) -> None:
        """The pod is gone, and its logs with it."""
        pod = self._pods.pop(uid, None)
        for container in pod["spec"]["containers"] if pod is not None else ():
            for runs in (self._current, self._previous):
                buffer = runs.pop(RunKey(uid, container["name"]), None)
                if buffer is not None:
                    buffer.close()

    def reconcile(self, key: RunKey) -> float | None:
        now = self._engine.timeline.monotonic()
        buffer = self._current.get(key)
        if buffer is None or buffer.closed or now >= self._listened_until.get(key, 0.0):
            return None
        dice = random.Random(f"{key.uid}/{len(buffer.lines)}")
        parent = self._pods[key.uid]["metadata"].get("generateName", "peer-")
        talk = dice.choice(_SMALL_TALK).format(n=dice.randrange(20, 4000), m=dice.randrange(1, 40), peer=f"{parent}0")
        self._say(key, talk)
        return 0.5 + 3 * dice.random()

    def _say_all(self, pod: Object, containers: Sequence[ContainerRun], text: str, *, closes: bool = False) -> None:
        for one in containers:
            key = RunKey(pod["metadata"]["uid"], one.name)
            if key in self._current:
                self._say(key, text)
                if closes:
                    self._current[key].close()

    def _say(self, key: RunKey, text: str) -> None:
        self._current[key].append(self._engine.timeline.now(), text)

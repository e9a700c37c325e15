"""A simulated cluster: API server, controllers and nodes in one process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from stsview.clock import Clock, SystemClock
from stsview.simulator import debug
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.feature_gates import Gates
from stsview.simulator.apiserver.resources import NAMESPACES, STATEFUL_SETS, STORAGE_CLASSES, Resource
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.control_plane import start_control_plane
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.controllers.ttl import EVENT_SECONDS
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.nodes.stats.cluster_stats import ClusterStats
from stsview.simulator.settings import Settings
from stsview.simulator.timeline import Timeline

_LOG = logging.getLogger(__name__)
# libyaml's loader is fifteen times as fast as the one in Python, but not always installed.
_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STEPS_AT_A_TIME = 200
"""Reconciliations in a row before the event loop serves requests again."""


@dataclass(frozen=True)
class Step:
    """One event in the history of a scenario."""

    ago: timedelta
    """How long before the present it happens."""
    run: Callable[[SimulatedCluster], None]


def ago(run: Callable[[SimulatedCluster], None], **duration: float) -> Step:
    """A step in the past, as in `ago(upgrade, minutes=12)`.

    `duration` is that of a timedelta.
    """
    return Step(timedelta(**duration), run)


@dataclass(frozen=True)
class Scenario:
    """A history to replay, as steps in the past.

    Between the steps, and after the last, the controllers run as in any cluster.
    """

    name: str
    summary: str
    """What an operator sees in it, in one line."""
    steps: tuple[Step, ...]
    prepare: Callable[[Settings, dict[str, Any]], None] | None = None
    """Changes the settings before the cluster is built. Receives the scenario's parameters."""

    @property
    def age(self) -> timedelta:
        """How long ago the first step happens."""
        return max((step.ago for step in self.steps), default=timedelta())

    def oldest_first(self) -> list[Step]:
        """The steps in the order in which they happen.

        Steps at the same instant keep the order in which they are listed.
        """
        return sorted(self.steps, key=lambda step: step.ago, reverse=True)


class SimulatedCluster:
    """A cluster that has replayed its scenario when the constructor returns.

    Until `start`, time passes only by `advance`, which simulates hours in milliseconds; tests drive a cluster this way.
    After `start` it serves HTTP on loopback and its time follows `clock`, `speed` times as fast. The same scenario,
    seed and order of requests produce the same history.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        speed: float = 1.0,
        port: int = 0,
        token: str | None = None,
        tls: bool = False,
        settings: Settings | None = None,
        **parameters: Any,
    ) -> None:
        """Replay `scenario`. `parameters` are its own; None stands for their default."""
        self._clock = clock or SystemClock()
        self._speed = speed
        self.parameters = {name: value for name, value in parameters.items() if value is not None}
        self.settings = settings or Settings()
        if scenario.prepare is not None:
            scenario.prepare(self.settings, self.parameters)
        opened = self._clock.now()
        self.timeline = Timeline(opened - scenario.age)
        gates = Gates(max_unavailable_stateful_set=self.settings.max_unavailable is not MaxUnavailable.OFF)
        self.storage = Storage(self.timeline, seed, gates=gates)
        self.engine = Engine(self.timeline)
        self.rng = random.Random(seed + 1)
        self.images = Images()
        control_plane = start_control_plane(
            self.engine,
            self.storage,
            self.settings,
            events_since=opened - timedelta(seconds=EVENT_SECONDS),
            rng=self.rng,
            images=self.images,
        )
        self.informers = control_plane.informers
        self.nodes = control_plane.nodes
        self.kubelet = control_plane.kubelet
        self.stateful_sets = control_plane.stateful_sets
        self.volumes = control_plane.volumes
        self.token = token or secrets.token_urlsafe(24)
        self.server = ApiServer(self.storage, self.timeline, token=self.token, seed=seed, tls=tls)
        self._port = port
        self.server.set_log_provider(self.kubelet.log_of)
        self.server.set_exec_provider(self.kubelet.execute)
        self.server.set_port_provider(self.kubelet.connect)
        self.stats = ClusterStats(self.storage, self.informers, self.nodes.fault_of, self.kubelet.volumes, seed)
        self.server.set_stats_provider(self.stats)
        debug.register(self)
        self._sooner = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        for one in self.settings.classes:
            self.storage.create(STORAGE_CLASSES, one, manager="cluster-bootstrap")
        self._replay(scenario, opened)

    def _replay(self, scenario: Scenario, opened: datetime) -> None:
        with _no_collections():
            for step in scenario.oldest_first():
                self.engine.advance_to(self.timeline.at(opened - step.ago))
                step.run(self)
            self.engine.advance_to(self.timeline.at(opened))

    @property
    def url(self) -> str:
        """The URL of the API server; available after `start`."""
        return self.server.url

    def write_kubeconfig(self, path: Path) -> None:
        """Write a kubeconfig with mode 0600 for the served cluster.

        Raises `OSError`.
        """
        self.server.write_kubeconfig(path)

    async def start(self) -> None:
        """Serve HTTP and let time run. Raises `OSError` when the port is in use."""
        self.timeline.follow(self._clock, self._speed)
        try:
            await self.server.start(port=self._port)
        except OSError:
            self.timeline.hold()
            raise
        self.nodes.start_heartbeats()
        self.engine.on_sooner = self._sooner.set
        self._running = asyncio.create_task(self._run(), name="simulated cluster")
        self._running.add_done_callback(_log_failure)

    async def stop(self) -> None:
        """Close every connection and stop the clock."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None
        self.engine.on_sooner = lambda: None
        await self.server.stop()
        self.timeline.hold()

    async def _run(self) -> None:
        while True:
            self._sooner.clear()
            if self.engine.run_due(steps=_STEPS_AT_A_TIME):
                await asyncio.sleep(0)
                continue
            due = self.engine.next_due()
            waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._sooner.wait())]
            if due is not None:
                waits.append(asyncio.ensure_future(self.timeline.sleep(due - self.timeline.monotonic())))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    def apply(self, manifests: str | Object | Iterable[Object], namespace: str = "default") -> list[Object]:
        """Create or replace objects, as `kubectl apply` would.

        `manifests` is YAML, one object or several. Missing namespaces are created.
        """
        if isinstance(manifests, str):
            objects = [one for one in yaml.load_all(manifests, _YamlLoader) if one]
        else:
            objects = [manifests] if isinstance(manifests, dict) else list(manifests)
        return [self._apply(obj, namespace) for obj in objects]

    def _apply(self, given: Object, namespace: str) -> Object:
        resource = self.storage.kinds.by_kind(given["apiVersion"], given["kind"])
        if resource is None:
            raise ValueError(f"unknown kind: {given['apiVersion']} {given['kind']}")
        metadata = dict(given["metadata"])
        if resource.namespaced:
            metadata.setdefault("namespace", namespace)
            if self.storage.find(NAMESPACES, "", metadata["namespace"]) is None:
                self.storage.create(NAMESPACES, {"metadata": {"name": metadata["namespace"]}}, manager="kubectl")
        obj = {**given, "metadata": metadata}
        try:
            return self.storage.create(resource, obj, manager="kubectl-client-side-apply")
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            return self.storage.update(resource, obj, manager="kubectl-client-side-apply")

    def edit(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        change: Callable[[Object], None],
        manager: str = "kubectl-edit",
    ) -> Object:
        """Change an object in place, as `kubectl edit` would. Raises `ApiError`."""
        return self.storage.modify(resource, namespace, name, change, manager=manager)

    def scale(self, namespace: str, name: str, replicas: int) -> None:
        """Set a set's replicas, as `kubectl scale` would."""
        self.edit(STATEFUL_SETS, namespace, name, lambda one: one["spec"].update(replicas=replicas), "kubectl")

    def set_image(self, namespace: str, name: str, image: str) -> None:
        """Set the image of a set's first container, which creates a new revision."""
        self.edit_template(namespace, name, image=image, manager="kubectl-set")

    def edit_template(
        self,
        namespace: str,
        name: str,
        *,
        image: str = "",
        annotations: Mapping[str, str | None] | None = None,
        manager: str = "kubectl-edit",
    ) -> None:
        """Change a set's pod template in one write.

        `image` is that of the first container. An annotation of None is removed.
        """

        def change(one: Object) -> None:
            template = one["spec"]["template"]
            if image:
                template["spec"]["containers"][0]["image"] = image
            merged = {**(template["metadata"].get("annotations") or {}), **(annotations or {})}
            template["metadata"]["annotations"] = {key: value for key, value in merged.items() if value is not None}

        self.edit(STATEFUL_SETS, namespace, name, change, manager)

    def advance(self, seconds: float) -> None:
        """Let time pass while the cluster is not served, and do all work that becomes due."""
        self.engine.advance_to(self.timeline.monotonic() + seconds)

    def run_until(self, holds: Callable[[], bool], limit: float = 600.0) -> None:
        """Let time pass until `holds`.

        Raises TimeoutError after `limit` simulated seconds.
        """
        end = self.timeline.monotonic() + limit
        while True:
            self.engine.run_due()
            if holds():
                return
            due = self.engine.next_due()
            if due is None or due > end:
                raise TimeoutError(f"condition not met within {limit:g} simulated seconds")
            self.timeline.move_to(due)
            self.engine.run_due(steps=1)

    def now(self) -> datetime:
        return self.timeline.now()

    def fail_node(self, node: str, fault: NodeFault = NodeFault.POWERED_OFF) -> None:
        """Make a node or its kubelet fail. Raises KeyError for an unknown node."""
        self.nodes.fail(node, fault)

    def recover_node(self, node: str) -> None:
        """Clear a node's fault."""
        self.nodes.recover(node)

    def set_log_rate(self, namespace: str, set_name: str, lines_per_second: float) -> None:
        """Let the containers of a set write so many lines a second while their logs are followed; 0: as before."""
        self.kubelet.logs.set_rate(namespace, set_name, lines_per_second)

    def set_max_unavailable(self, rules: MaxUnavailable) -> None:
        """Set how `maxUnavailable` is interpreted, as a control-plane upgrade would."""
        self.stateful_sets.control.rules = rules
        self.storage.gates.max_unavailable_stateful_set = rules is not MaxUnavailable.OFF

    def set_provisioner(self, *, refuses: bool = False, silent: bool = False) -> None:
        """Make the volume provisioner fail: refuse new volumes, or never respond.

        Without arguments it works again.
        """
        self.settings.volumes.refuses = refuses
        self.settings.volumes.silent = silent
        self.volumes.reconsider()


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Disable garbage collection while many objects are created.

    Objects are trees without cycles: searching a growing heap for cycles takes a sixth of the start-up time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("the simulated cluster stopped", exc_info=error)

"""The controllers, scheduler and kubelets of a cluster, connected to its storage."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.controllers.attachdetach import AttachDetachController
from stsview.simulator.controllers.disruption import DisruptionController
from stsview.simulator.controllers.endpointslices import EndpointSliceController
from stsview.simulator.controllers.ephemeral import EphemeralVolumeController
from stsview.simulator.controllers.events import EventSink
from stsview.simulator.controllers.garbage import GarbageCollector
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.controllers.namespaces import NamespaceController
from stsview.simulator.controllers.nodelifecycle import NodeLifecycle, TaintEviction
from stsview.simulator.controllers.podgc import PodGc
from stsview.simulator.controllers.protection import ProtectionController
from stsview.simulator.controllers.quota import QuotaController
from stsview.simulator.controllers.resizing.controller import ResizeController
from stsview.simulator.controllers.serviceaccounts import ServiceAccountsController
from stsview.simulator.controllers.statefulset.controller import StatefulSetController
from stsview.simulator.controllers.ttl import EventTtl
from stsview.simulator.controllers.volumes import VolumeController
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.kubelet import Kubelet
from stsview.simulator.nodes.scheduler import Scheduler
from stsview.simulator.nodes.simulated_nodes import SimulatedNodes
from stsview.simulator.settings import PROVISIONER, Settings


@dataclass(frozen=True)
class ControlPlane:
    """The components that a scenario or a test addresses.

    All other components only react to changes in the storage.
    """

    informers: Informers
    nodes: SimulatedNodes
    kubelet: Kubelet
    stateful_sets: StatefulSetController
    volumes: VolumeController


def start_control_plane(
    engine: Engine, storage: Storage, settings: Settings, *, events_since: datetime, rng: random.Random, images: Images
) -> ControlPlane:
    """Register the nodes and start every controller.

    Controllers subscribe in a fixed order, because the history depends on it. Events older than `events_since` are not
    recorded: they would have expired before the cluster is opened.
    """
    sink = EventSink(storage, since=events_since)
    informers = Informers(storage)
    nodes = SimulatedNodes(engine, storage, sink, settings.nodes)
    latencies = settings.latencies
    EndpointSliceController(engine, storage, informers)
    stateful_sets = StatefulSetController(engine, storage, informers, sink, settings.max_unavailable)
    served = {PROVISIONER, *(one["provisioner"] for one in settings.classes)}
    volumes = VolumeController(
        engine, storage, informers, sink, settings.volumes, served=served, latencies=latencies, rng=rng
    )
    EphemeralVolumeController(engine, storage, informers, sink)
    ResizeController(engine, storage, informers, sink, settings.volumes, served=served, latencies=latencies, rng=rng)
    QuotaController(engine, storage, informers)
    _watch_nodes(engine, storage, informers, sink, nodes, settings, rng)
    DisruptionController(engine, storage, informers, sink)
    NamespaceController(engine, storage, informers)
    ServiceAccountsController(engine, storage, informers)
    GarbageCollector(engine, storage, informers)
    ProtectionController(engine, storage, informers)
    EventTtl(engine, storage, informers)
    Scheduler(engine, storage, informers, sink, latencies=latencies, rng=rng, preferred=settings.preferred_node)
    kubelet = Kubelet(engine, storage, informers, sink, nodes.fault_of, latencies=latencies, rng=rng, images=images)
    nodes.on_recovery.append(lambda node, rebooted: kubelet.resume_node(node, rebooted=rebooted))
    return ControlPlane(informers, nodes, kubelet, stateful_sets, volumes)


def _watch_nodes(
    engine: Engine,
    storage: Storage,
    informers: Informers,
    sink: EventSink,
    nodes: SimulatedNodes,
    settings: Settings,
    rng: random.Random,
) -> None:
    """Start the controllers that react to a node whose kubelet stops responding."""
    lifecycle = NodeLifecycle(engine, storage, informers, sink, nodes.last_heartbeat)
    TaintEviction(engine, storage, informers, sink)
    PodGc(engine, storage, informers)
    attach_detach = AttachDetachController(
        engine,
        storage,
        informers,
        sink,
        lambda node: nodes.fault_of(node).kubelet_down,
        latencies=settings.latencies,
        rng=rng,
    )
    nodes.on_fault += [lifecycle.enqueue_node, attach_detach.enqueue_node]

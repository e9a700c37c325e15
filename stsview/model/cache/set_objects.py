"""All objects that the view of one set is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.event import Event
from stsview.objects.kinds import Kind
from stsview.objects.lease import Lease
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, StatefulSet
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment

LOADING = KindCoverage(Coverage.LOADING)


@dataclass(frozen=True, slots=True)
class SetObjects:
    """One set and what surrounds it at one moment. What is not readable is left empty; `coverage` tells it apart."""

    set: StatefulSet
    pods: Mapping[str, Pod] = field(default_factory=dict)
    """By name: all pods of the namespace whose name is the set's with an ordinal, whoever owns them."""
    named_pods: Mapping[str, Pod] = field(default_factory=dict)
    """By name: of pods that are missing above for no reason to be seen, what a look at that very name has brought; one
    without uid: there is none."""
    claims: Mapping[str, PersistentVolumeClaim] = field(default_factory=dict)
    """By name: claims that are named as the set's templates name them, or that its pods mount."""
    service: Service | None = None
    selecting: tuple[Service, ...] = ()
    """Headless Services that select the pods of its template, in any order; only where its governing Service is missing
    or not headless, or none is named."""
    slices: tuple[EndpointSlice, ...] = ()
    """Of the governing Service, in any order."""
    revisions: tuple[ControllerRevision, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """By name: at least those that its pods are on, or its volumes attached to."""
    volumes: Mapping[str, PersistentVolume] = field(default_factory=dict)
    """By name: at least those that its claims are bound to."""
    classes: Mapping[str, StorageClass] = field(default_factory=dict)
    """By name: at least those that its claims name."""
    attachments: tuple[VolumeAttachment, ...] = ()
    """At least those of its volumes, in any order."""
    budgets: tuple[PodDisruptionBudget, ...] = ()
    """Of its namespace, at least those that select its pods, in any order."""
    autoscalers: tuple[HorizontalPodAutoscaler, ...] = ()
    """Of its namespace, at least those that scale it, in any order."""
    events: tuple[Event, ...] = ()
    """Warnings about the set itself, about its expected and condemned pods, and about their claims, the one that was
    last seen last; of an object that is there only those about itself, not about a former one of its name."""
    leases: Mapping[str, Lease] = field(default_factory=dict)
    """By name of the node, of those nodes only that are under suspicion; one that was never renewed: there is none."""
    coverage: Mapping[str, KindCoverage] = field(default_factory=dict)
    """By name of the kind, for the set's namespace; a kind that is missing here is loading."""

    def covered(self, kind: Kind) -> KindCoverage:
        return self.coverage.get(kind.name, LOADING)

    def complete(self, kind: Kind) -> bool:
        return self.covered(kind).complete

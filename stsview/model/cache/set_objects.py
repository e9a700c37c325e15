"""The objects that the view of one set is derived from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

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


class SetObjects(msgspec.Struct, frozen=True):
    """A set and the objects around it at one moment.

    What is not readable is empty; `coverage` tells which.
    """

    set: StatefulSet
    gone: bool = False
    """Whether there is no such set, and its pods live without an owner: `set` is then what they show of it."""
    pods: Mapping[str, Pod] = msgspec.field(default_factory=dict)
    """By name: all pods of the namespace that are named `<set>-<ordinal>`, whatever their owner."""
    named_pods: Mapping[str, Pod] = msgspec.field(default_factory=dict)
    """By name: pods that are missing above for no visible reason and were read by name; one without uid does not exist.
    """
    claims: Mapping[str, PersistentVolumeClaim] = msgspec.field(default_factory=dict)
    """By name: claims named after the set's templates, and those that its pods mount."""
    service: Service | None = None
    selecting: tuple[Service, ...] = ()
    """Headless Services that select the pods of its template, in any order; only where the governing Service is
    missing, not headless, or not named."""
    slices: tuple[EndpointSlice, ...] = ()
    """Slices of the governing Service, in any order."""
    revisions: tuple[ControllerRevision, ...] = ()
    nodes: Mapping[str, Node] = msgspec.field(default_factory=dict)
    """By name: at least those that its pods run on or its volumes are attached to."""
    volumes: Mapping[str, PersistentVolume] = msgspec.field(default_factory=dict)
    """By name: at least those that its claims are bound to."""
    classes: Mapping[str, StorageClass] = msgspec.field(default_factory=dict)
    """By name: at least those that its claims name."""
    attachments: Collection[VolumeAttachment] = ()
    """At least those of its volumes, in any order."""
    budgets: tuple[PodDisruptionBudget, ...] = ()
    """Of its namespace, at least those that select its pods, in any order."""
    autoscalers: tuple[HorizontalPodAutoscaler, ...] = ()
    """Of its namespace, at least those that scale it, in any order."""
    events: tuple[Event, ...] = ()
    """Warnings about the set, its expected and surplus pods, and their claims, in order of when they were last seen;
    for an existing object not those about a former one of its name."""
    leases: Mapping[str, Lease] = msgspec.field(default_factory=dict)
    """By name of the node, only for nodes whose kubelet is in doubt; one that was never renewed does not exist."""
    coverage: Mapping[str, KindCoverage] = msgspec.field(default_factory=dict)
    """By name of the kind, for the set's namespace; a kind that is missing here is still loading."""

    def covered(self, kind: Kind) -> KindCoverage:
        return self.coverage.get(kind.name, LOADING)

    def complete(self, kind: Kind) -> bool:
        return self.covered(kind).complete

"""The objects that are held, by kind, with the indices by which sets find them."""

from __future__ import annotations

from stsview.model.cache.former_set import orphaned_from
from stsview.model.cache.held_events import HeldEvents
from stsview.model.cache.index_functions import (
    claim_bases,
    default_class,
    governing_service,
    label_of_budget,
    label_of_headless,
    otherwise_named_claims,
    own_uid,
    owner_uid,
    parents,
    scaled_set,
    service_of_slice,
    template_labels,
    volume_of_attachment,
)
from stsview.model.cache.indexer import Indexer
from stsview.model.packing import Packing
from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.lease import Lease
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, StatefulSet
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment


class HeldObjects:
    """One indexer for each kind. Kinds with an object for every pod or set are packed."""

    def __init__(self) -> None:
        self.sets: Indexer[StatefulSet] = Indexer(
            Packing(StatefulSet), service=governing_service, base=claim_bases, uid=own_uid, label=template_labels
        )
        self.pods: Indexer[Pod] = Indexer(
            Packing(Pod), parent=parents, claim=otherwise_named_claims, orphan=orphaned_from
        )
        self.named_pods: Indexer[Pod] = Indexer(parent=parents, claim=otherwise_named_claims)
        self.claims: Indexer[PersistentVolumeClaim] = Indexer(Packing(PersistentVolumeClaim), base=parents)
        self.services: Indexer[Service] = Indexer(Packing(Service), label=label_of_headless)
        self.slices: Indexer[EndpointSlice] = Indexer(Packing(EndpointSlice), service=service_of_slice)
        self.revisions: Indexer[ControllerRevision] = Indexer(Packing(ControllerRevision), owner=owner_uid)
        self.nodes: Indexer[Node] = Indexer()
        self.budgets: Indexer[PodDisruptionBudget] = Indexer(Packing(PodDisruptionBudget), label=label_of_budget)
        self.volumes: Indexer[PersistentVolume] = Indexer(Packing(PersistentVolume))
        self.classes: Indexer[StorageClass] = Indexer(default=default_class)
        self.attachments: Indexer[VolumeAttachment] = Indexer(Packing(VolumeAttachment), volume=volume_of_attachment)
        self.autoscalers: Indexer[HorizontalPodAutoscaler] = Indexer(target=scaled_set)
        self.events = HeldEvents(self.sets, self.pods, self.claims)
        self.leases: Indexer[Lease] = Indexer()

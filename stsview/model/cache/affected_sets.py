"""From an object to the sets whose views it may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stsview.model.cache.claim_owners import sets_of_claim
from stsview.model.cache.dependencies import Dependencies
from stsview.model.cache.former_set import is_orphan
from stsview.model.cache.held_objects import HeldObjects
from stsview.model.cache.index_functions import (
    default_class,
    label_of_budget,
    label_of_headless,
    owner_uid,
    scaled_set,
    service_of_slice,
)
from stsview.model.cache.indexer import Indexer
from stsview.model.names import parent_key
from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
)
from stsview.objects.lease import Lease
from stsview.objects.meta import Key
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment


class AffectedSets:
    """The sets that an object affects: those that its fields name, and those that depend on it."""

    def __init__(self, held: HeldObjects, dependencies: Dependencies) -> None:
        self._held = held
        self._dependencies = dependencies

    def by_kind(self) -> dict[str, tuple[Indexer[Any], Callable[[Any], Iterator[Key]]]]:
        """By name of the kind: where its objects are held, and the sets that one of them affects."""
        held = self._held
        return {
            STATEFULSETS.name: (held.sets, lambda stateful: iter((stateful.metadata.key,))),
            PODS.name: (held.pods, self._set_of_pod),
            NAMED_PODS.name: (held.named_pods, self._set_of_pod),
            CLAIMS.name: (held.claims, lambda claim: self._sets_of_claim(claim.metadata.key)),
            SERVICES.name: (held.services, self._sets_of_service),
            ENDPOINT_SLICES.name: (held.slices, self._sets_of_slice),
            REVISIONS.name: (held.revisions, self._sets_of_revision),
            NODES.name: (held.nodes, self._sets_on_node),
            BUDGETS.name: (held.budgets, self._sets_of_budget),
            VOLUMES.name: (held.volumes, self._sets_of_volume),
            CLASSES.name: (held.classes, self._sets_of_class),
            ATTACHMENTS.name: (held.attachments, self._sets_of_attachment),
            AUTOSCALERS.name: (held.autoscalers, self._sets_scaled),
            EVENTS.name: (held.events, held.events.sets_of),
            LEASES.name: (held.leases, self._sets_on_node),
        }

    def _set_of_pod(self, pod: Pod) -> Iterator[Key]:
        parent = parent_key(pod.metadata.key)
        if parent is not None and (parent in self._held.sets or is_orphan(pod)):
            yield parent

    def _sets_of_claim(self, claim: Key) -> Iterator[Key]:
        return iter(sets_of_claim(claim, self._held.sets, self._held.pods, self._held.named_pods))

    def _sets_of_service(self, service: Service) -> Iterator[Key]:
        namespace = service.metadata.namespace
        yield from self._held.sets.keys_by("service", namespace, service.metadata.name)
        for label in label_of_headless(service):
            yield from self._dependencies.by_selecting_label.of((namespace, label))

    def _sets_of_slice(self, endpoint_slice: EndpointSlice) -> Iterator[Key]:
        for name in service_of_slice(endpoint_slice):
            yield from self._held.sets.keys_by("service", endpoint_slice.metadata.namespace, name)

    def _sets_of_revision(self, revision: ControllerRevision) -> Iterator[Key]:
        for owner in owner_uid(revision):
            yield from self._held.sets.keys_by("uid", revision.metadata.namespace, owner)

    def _sets_on_node(self, node: Node | Lease) -> Iterator[Key]:
        yield from self._dependencies.by_node.of(node.metadata.name)

    def _sets_of_volume(self, volume: PersistentVolume) -> Iterator[Key]:
        yield from self._dependencies.by_volume.of(volume.metadata.name)
        claim = Key(volume.spec.claim_ref.namespace, volume.spec.claim_ref.name)
        if claim in self._held.claims:
            yield from self._sets_of_claim(claim)

    def _sets_of_attachment(self, attachment: VolumeAttachment) -> Iterator[Key]:
        name = attachment.spec.source.persistent_volume_name
        yield from self._dependencies.by_volume.of(name)
        volume = self._held.volumes.get(Key("", name))
        if volume is not None:
            yield from self._sets_of_volume(volume)

    def _sets_of_class(self, storage_class: StorageClass) -> Iterator[Key]:
        for name in (storage_class.metadata.name, *default_class(storage_class)):
            yield from self._dependencies.by_class.of(name)

    def _sets_of_budget(self, budget: PodDisruptionBudget) -> Iterator[Key]:
        namespace = budget.metadata.namespace
        for label in label_of_budget(budget):
            yield from self._held.sets.keys_by("label", namespace, label)
            yield from self._dependencies.by_pod_label.of((namespace, label))

    def _sets_scaled(self, autoscaler: HorizontalPodAutoscaler) -> Iterator[Key]:
        for name in scaled_set(autoscaler):
            key = Key(autoscaler.metadata.namespace, name)
            if key in self._held.sets:
                yield key

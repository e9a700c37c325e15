"""The objects around a set, collected from those that are held."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from functools import cached_property

import msgspec

from stsview.model.cache.coverage import KindCoverage
from stsview.model.cache.deferred import DeferredCollection, DeferredMapping
from stsview.model.cache.held_objects import HeldObjects
from stsview.model.cache.index_functions import (
    DEFAULT_CLASS,
    Label,
    claim_bases,
    class_of_claim,
    mounted_claims,
    ordinary_labels,
    selected_node,
    template_labels,
)
from stsview.model.cache.set_objects import SetObjects
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    LEASES,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    VOLUMES,
)
from stsview.objects.lease import LEASE_NAMESPACE
from stsview.objects.meta import Key, LabelSelector
from stsview.objects.network import Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment


class Workload(msgspec.Struct, frozen=True, dict=True):
    """The pods and claims of a set, and the names of the objects that they refer to."""

    pods: dict[str, Pod]
    named_pods: dict[str, Pod]
    claims: Mapping[str, PersistentVolumeClaim]
    nodes: set[str]
    """Those that its pods are on."""
    attachments: Collection[VolumeAttachment]
    pod_labels: set[Label]
    """Every label of its pods that other pods may have too."""

    @cached_property
    def volumes(self) -> set[str]:
        return _volumes_of(self.claims)

    @cached_property
    def classes(self) -> set[str]:
        return {name for claim in self.claims.values() for name in class_of_claim(claim)}

    @cached_property
    def all_nodes(self) -> set[str]:
        """Also those that its volumes are attached to, or are to be provisioned for."""
        selected = {node for claim in self.claims.values() for node in selected_node(claim)}
        return self.nodes | selected | {one.spec.node_name for one in self.attachments if one.spec.node_name}


class SetCollection:
    """Collects what belongs to a set; of kinds that are not readable, nothing."""

    def __init__(self, held: HeldObjects) -> None:
        self._held = held

    def workload_of(self, stateful: StatefulSet, readable: Set[str], *, defer_storage: bool) -> Workload:
        """The pods and claims of a set, and the names of the objects that they refer to."""
        key = stateful.metadata.key
        pods = self._held.pods.by("parent", key.namespace, key.name) if PODS.name in readable else {}
        named = self._held.named_pods.by("parent", key.namespace, key.name) if PODS.name in readable else {}
        all_pods = {**named, **pods} if named else pods

        def claims() -> Mapping[str, PersistentVolumeClaim]:
            return self._claims_of(stateful, all_pods) if CLAIMS.name in readable else {}

        def attachments() -> Collection[VolumeAttachment]:
            return self._attachments_of(_volumes_of(held)) if ATTACHMENTS.name in readable else ()

        held = DeferredMapping(claims) if defer_storage else claims()
        return Workload(
            pods=pods,
            named_pods=named,
            claims=held,
            nodes={pod.spec.node_name for pod in all_pods.values() if pod.spec.node_name},
            attachments=DeferredCollection(attachments) if defer_storage else attachments(),
            pod_labels=ordinary_labels(pods.values()),
        )

    def around(
        self,
        stateful: StatefulSet,
        held: Workload,
        nodes: Iterable[str],
        readable: Set[str],
        coverage: dict[str, KindCoverage],
    ) -> SetObjects:
        key = stateful.metadata.key
        service = service_key(stateful)
        revisions = self._held.revisions.by("owner", key.namespace, stateful.metadata.uid)
        slices = self._held.slices.by("service", service.namespace, service.name)
        autoscalers = self._held.autoscalers.by("target", key.namespace, key.name)
        governing = self._held.services.get(service) if SERVICES.name in readable else None

        def volumes() -> Mapping[str, PersistentVolume]:
            return self._held.volumes.among(held.volumes) if VOLUMES.name in readable else {}

        def classes() -> Mapping[str, StorageClass]:
            return self._classes_of(held.classes) if CLASSES.name in readable else {}

        deferred = isinstance(held.claims, DeferredMapping)
        return SetObjects(
            set=stateful,
            pods=held.pods,
            named_pods=held.named_pods,
            claims=held.claims,
            service=governing,
            selecting=self._selecting(stateful, governing) if SERVICES.name in readable else (),
            slices=tuple(slices.values()) if ENDPOINT_SLICES.name in readable else (),
            revisions=tuple(revisions.values()) if REVISIONS.name in readable else (),
            nodes=self._held.nodes.among(nodes) if NODES.name in readable else {},
            volumes=DeferredMapping(volumes) if deferred else volumes(),
            classes=DeferredMapping(classes) if deferred else classes(),
            attachments=held.attachments,
            budgets=self._budgets_over(stateful, held.pod_labels) if BUDGETS.name in readable else (),
            autoscalers=tuple(autoscalers.values()) if AUTOSCALERS.name in readable else (),
            events=self._held.events.for_set(stateful, held.pods, held.claims) if EVENTS.name in readable else (),
            leases=self._held.leases.among(held.nodes, LEASE_NAMESPACE) if LEASES.name in readable else {},
            coverage=coverage,
        )

    def _claims_of(self, stateful: StatefulSet, pods: dict[str, Pod]) -> dict[str, PersistentVolumeClaim]:
        namespace = stateful.metadata.namespace
        claims: dict[str, PersistentVolumeClaim] = {}
        for base in claim_bases(stateful):
            claims.update(self._held.claims.by("base", namespace, base))
        mounted = {name for pod in pods.values() for name in mounted_claims(pod)}
        if not mounted <= claims.keys():
            claims.update(self._held.claims.among(sorted(mounted - claims.keys()), namespace))
        return claims

    def _classes_of(self, wanted: Set[str]) -> dict[str, StorageClass]:
        classes = self._held.classes.among(wanted)
        if DEFAULT_CLASS in wanted:
            classes.update(self._held.classes.by("default", "", DEFAULT_CLASS))
        return classes

    def _budgets_over(self, stateful: StatefulSet, pod_labels: Set[Label]) -> tuple[PodDisruptionBudget, ...]:
        """Budgets that may select pods of the template, or pods with edited labels."""
        namespace = stateful.metadata.namespace
        labels = {*stateful.spec.template.metadata.labels.items(), *pod_labels, None}
        return tuple(self._held.budgets.by_any("label", namespace, labels))

    def _selecting(self, stateful: StatefulSet, governing: Service | None) -> tuple[Service, ...]:
        namespace = stateful.metadata.namespace
        if governing is not None and governing.headless:
            return ()
        labels = stateful.spec.template.metadata.labels
        found = self._held.services.by_any("label", namespace, template_labels(stateful))
        return tuple(one for one in found if LabelSelector(match_labels=one.spec.selector).matches(labels))

    def _attachments_of(self, volumes: Iterable[str]) -> tuple[VolumeAttachment, ...]:
        return tuple(self._held.attachments.by_any("volume", "", volumes))


def _volumes_of(claims: Mapping[str, PersistentVolumeClaim]) -> set[str]:
    return {claim.spec.volume_name for claim in claims.values() if claim.spec.volume_name}


def service_key(stateful: StatefulSet) -> Key:
    return Key(stateful.metadata.namespace, stateful.spec.service_name)

"""Index functions for the objects that are held, as client-go's IndexFuncs.

They yield names within the namespace of the object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stsview.model.names import parent_and_ordinal
from stsview.objects.autoscaler import HorizontalPodAutoscaler
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, StatefulSet
from stsview.objects.volume import StorageClass, VolumeAttachment

Label = tuple[str, str] | None
"""A label; None for selectors that no single label decides."""

DEFAULT_CLASS = ""
"""Stands for the default StorageClass, whatever its name."""

_EACH_POD_ITS_OWN = frozenset(
    {"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"}
)
"""Labels of the StatefulSet controller that differ between the pods of a set: useless for an index."""


def selected_node(claim: PersistentVolumeClaim) -> Iterator[str]:
    if claim.selected_node and claim.status.phase != "Bound":
        yield claim.selected_node


def class_of_claim(claim: PersistentVolumeClaim) -> Iterator[str]:
    name = claim.storage_class
    if name:
        yield name
    elif name is None and claim.status.phase != "Bound":
        yield DEFAULT_CLASS


def default_class(storage_class: StorageClass) -> Iterator[str]:
    if storage_class.is_default:
        yield DEFAULT_CLASS


def volume_of_attachment(attachment: VolumeAttachment) -> Sequence[str]:
    name = attachment.spec.source.persistent_volume_name
    return (name,) if name else ()


def template_labels(stateful: StatefulSet) -> Iterator[Label]:
    """Labels of its pods, and None for selectors that no single label decides."""
    yield from stateful.spec.template.metadata.labels.items()
    yield None


def ordinary_labels(pods: Iterable[Pod]) -> set[Label]:
    """Every label of the pods that other pods may have too."""
    labels: set[Label] = set().union(*(pod.metadata.labels.items() for pod in pods))
    return {label for label in labels if label is not None and label[0] not in _EACH_POD_ITS_OWN}


def label_of_budget(budget: PodDisruptionBudget) -> Iterator[Label]:
    """One of the labels that its pods must have: finds all its sets, and few others."""
    labels = [label for label in budget.spec.selector.match_labels.items() if label[0] not in _EACH_POD_ITS_OWN]
    yield min(labels) if labels else None


def label_of_headless(service: Service) -> Iterator[Label]:
    """One of the labels that its pods must have.

    A Service without a selector selects nothing.
    """
    if service.headless and service.spec.selector:
        yield min(service.spec.selector.items())


def scaled_set(autoscaler: HorizontalPodAutoscaler) -> Iterator[str]:
    target = autoscaler.spec.scale_target_ref
    if target.kind == "StatefulSet" and target.api_version.partition("/")[0] in ("apps", ""):
        yield target.name


def own_uid(stateful: StatefulSet) -> Iterator[str]:
    """The uid in place of a name; owners are always in the same namespace."""
    yield stateful.metadata.uid


def governing_service(stateful: StatefulSet) -> Iterator[str]:
    if stateful.spec.service_name:
        yield stateful.spec.service_name


def claim_bases(stateful: StatefulSet) -> Iterator[str]:
    """For each claim template, the name of its claims without the ordinal."""
    for template in stateful.spec.volume_claim_templates:
        yield f"{template.metadata.name}-{stateful.metadata.name}"


def parents(numbered: Pod | PersistentVolumeClaim) -> Sequence[str]:
    """The name without the ordinal."""
    parsed = parent_and_ordinal(numbered.metadata.name)
    return () if parsed is None else parsed[:1]


def mounted_claims(pod: Pod) -> list[str]:
    """Names of the claims that it mounts, those of its generic ephemeral volumes last."""
    named = []
    ephemeral = False
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            named.append(volume.persistent_volume_claim.claim_name)
        elif volume.ephemeral is not None:
            ephemeral = True
    return named + pod.ephemeral_claims if ephemeral else named


def otherwise_named_claims(pod: Pod) -> Sequence[str]:
    """Mounted claims whose name does not tell their pod, as `data-web-0` does."""
    own = f"-{pod.metadata.name}"
    return tuple([name for name in mounted_claims(pod) if not name.endswith(own)])


def service_of_slice(endpoint_slice: EndpointSlice) -> Iterator[str]:
    if endpoint_slice.service_name:
        yield endpoint_slice.service_name


def owner_uid(revision: ControllerRevision) -> Iterator[str]:
    owner = revision.metadata.controller
    if owner is not None:
        yield owner.uid

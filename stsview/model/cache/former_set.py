"""A StatefulSet that is gone while its pods live, as far as the pods show what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stsview.model.cache.index_functions import ordinary_labels, parents
from stsview.model.names import claim_name, parent_and_ordinal
from stsview.objects.claim import ClaimSpec, PersistentVolumeClaim
from stsview.objects.meta import Key, LabelSelector, ObjectMeta
from stsview.objects.pod import Pod
from stsview.objects.statefulset import (
    ClaimTemplate,
    Ordinals,
    PodTemplate,
    StatefulSet,
    StatefulSetMeta,
    StatefulSetSpec,
    StatefulSetStatus,
    TemplateContainer,
    TemplateMeta,
    TemplateSpec,
)

_OF_NODES = "topology.kubernetes.io/"

_POD_NAME, _REVISION = "statefulset.kubernetes.io/pod-name", "controller-revision-hash"


def is_orphan(pod: Pod) -> bool:
    """Whether a StatefulSet created the pod, no controller owns it, and it stays.

    So are the pods of a set that was deleted with `--cascade=orphan`: the garbage collector removes the set from their
    owners before the set goes (garbagecollector.go, orphanDependents). Pods of a set that was deleted with them name
    it as their owner to the last.
    """
    metadata = pod.metadata
    return (
        metadata.controller is None
        and metadata.deletion_timestamp is None
        and metadata.labels.get(_POD_NAME) == metadata.name
        and _REVISION in metadata.labels
    )


def orphaned_from(pod: Pod) -> Sequence[str]:
    """The name of the set whose orphan it is."""
    return parents(pod) if is_orphan(pod) else ()


def former_set(key: Key, pods: Iterable[Pod], claims: Mapping[str, PersistentVolumeClaim]) -> StatefulSet:
    """A set without a uid that has at least the ordinals of `pods`, and their labels, Service, and claims.

    `pods` are its orphans, at least one; `claims` those that they mount, by name. Its policies are the defaults:
    nothing shows them.
    """
    orphans = list(pods)
    ordinals = [parsed[1] for pod in orphans if (parsed := parent_and_ordinal(pod.metadata.name)) is not None]
    first = min(ordinals)
    labels = _common_labels(orphans)
    newest = max(orphans, key=lambda pod: pod.metadata.name)
    revision = Counter(pod.metadata.labels.get(_REVISION, "") for pod in orphans).most_common(1)[0][0]
    return StatefulSet(
        metadata=StatefulSetMeta(name=key.name, namespace=key.namespace),
        spec=StatefulSetSpec(
            replicas=max(ordinals) - first + 1,
            selector=LabelSelector(match_labels=labels),
            service_name=newest.spec.subdomain,
            ordinals=Ordinals(start=first),
            template=PodTemplate(
                metadata=TemplateMeta(labels=labels),
                spec=TemplateSpec(
                    containers=tuple(
                        TemplateContainer(name=one.name, image=one.image) for one in newest.spec.containers
                    )
                ),
            ),
            volume_claim_templates=tuple(_claim_templates(newest, claims)),
        ),
        status=StatefulSetStatus(replicas=len(orphans), current_revision=revision, update_revision=revision),
    )


def _common_labels(pods: Iterable[Pod]) -> dict[str, str]:
    """The labels that all the pods have of their template.

    Not those of the controller, and not those that a pod gets from its node when it is bound.
    """
    common = None
    for pod in pods:
        labels = {one for one in ordinary_labels((pod,)) if one is not None and not one[0].startswith(_OF_NODES)}
        common = labels if common is None else common & labels
    return dict(sorted(common or ()))


def _claim_templates(pod: Pod, claims: Mapping[str, PersistentVolumeClaim]) -> Iterator[ClaimTemplate]:
    """The controller names the volume of a pod after the claim template (stateful_set_utils.go, updateStorage)."""
    parsed = parent_and_ordinal(pod.metadata.name)
    for volume in pod.spec.volumes:
        source = volume.persistent_volume_claim
        if source is not None and parsed is not None and source.claim_name == claim_name(volume.name, *parsed):
            claim = claims.get(source.claim_name)
            spec = claim.spec if claim is not None else ClaimSpec()
            yield ClaimTemplate(metadata=ObjectMeta(name=volume.name), spec=spec)

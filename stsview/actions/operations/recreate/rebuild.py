"""The manifest of a set that is gone, made from what it has left: its revisions, pods and claims.

Its newest ControllerRevision has the pod template as the controller compares it, and copies of the annotations of the
set, among them the manifest that `kubectl apply` was given (pkg/controller/history, NewControllerRevision).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from stsview.actions.operations.recreate.changes import Manifest
from stsview.actions.operations.recreate.manifest import API_VERSION, KIND
from stsview.model.names import claim_name, counted, listed, parent_and_ordinal
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.quantity import parse_bytes
from stsview.objects.statefulset import RecordedRevision

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_AS_APPLIED = (
    "podManagementPolicy",
    "updateStrategy",
    "minReadySeconds",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
)
"""Fields of the spec that nothing else tells."""

_OF_THE_CONTROLLER = frozenset({"controller.kubernetes.io/hash"})


class Rebuilt(msgspec.Struct, frozen=True):
    manifest: Manifest
    assumptions: tuple[str, ...]
    """What nothing in the cluster tells, one sentence each."""


class CannotRebuild(Exception):
    """Too little is left; one line."""


def rebuild(
    key: Key, pods: Sequence[Pod], revisions: Sequence[RecordedRevision], claims: Mapping[str, PersistentVolumeClaim]
) -> Rebuilt:
    """Make the manifest of a set from its orphans. Pure.

    `pods`: at least one, in the order of their ordinals; `revisions`: the newest last; `claims`: by name, those of the
    namespace. Raises `CannotRebuild` without a revision.
    """
    if not revisions:
        raise CannotRebuild("no ControllerRevision of it is left, and so no pod template")
    newest = revisions[-1]
    template = {name: value for name, value in newest.template.items() if name != "$patch"}
    if not template:
        raise CannotRebuild(f"ControllerRevision {newest.metadata.name} has no pod template")
    applied = _applied(key, newest)
    given = applied.get("spec") or {}
    assumptions: list[str] = []
    ordinals = [parsed[1] for pod in pods if (parsed := parent_and_ordinal(pod.metadata.name))]
    first, last = min(ordinals), max(ordinals)
    labels: dict[str, str] = (template.get("metadata") or {}).get("labels") or {}
    selector = _selector(given, labels, pods, claims, assumptions)
    spec: dict[str, Any] = {
        "replicas": last - first + 1,
        "selector": selector,
        "serviceName": _service(pods, assumptions),
        "template": template,
    }
    spec.update({name: given[name] for name in _AS_APPLIED if name in given})
    if first:
        spec["ordinals"] = {"start": first}
    if missing := sorted(set(range(first, last + 1)) - set(ordinals)):
        assumptions.append(
            f"{listed([f'{key.name}-{ordinal}' for ordinal in missing])} {'is' if len(missing) == 1 else 'are'} "
            "missing: the controller creates it"
        )
    assumptions.append(f"it had {counted(last - first + 1, 'replica')}, as its highest pod is {key.name}-{last}")
    templates = _claim_templates(pods, claims, (selector.get("matchLabels") or {}), assumptions)
    if templates:
        spec["volumeClaimTemplates"] = _in_order_of(templates, given.get("volumeClaimTemplates") or [])
    if not given:
        assumptions.append("podManagementPolicy, update strategy and retention policy are the defaults")
    else:
        assumptions.append("what pods and revisions do not tell is as `kubectl apply` last wrote it")
    return Rebuilt(
        {"apiVersion": API_VERSION, "kind": KIND, "metadata": _metadata(key, applied, newest), "spec": spec},
        tuple(assumptions),
    )


def _applied(key: Key, newest: RecordedRevision) -> dict[str, Any]:
    """The manifest that `kubectl apply` was given for this set; empty where there is none."""
    try:
        found = json.loads(newest.metadata.annotations.get(LAST_APPLIED, ""))
    except ValueError:
        return {}
    named = isinstance(found, dict) and found.get("kind") == KIND
    return found if named and (found.get("metadata") or {}).get("name") == key.name else {}


def _metadata(key: Key, applied: Mapping[str, Any], newest: RecordedRevision) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": key.name, "namespace": key.namespace}
    if labels := (applied.get("metadata") or {}).get("labels"):
        metadata["labels"] = labels
    if newest.metadata.annotations:
        metadata["annotations"] = dict(newest.metadata.annotations)
    return metadata


def _selector(
    given: Mapping[str, Any],
    labels: Mapping[str, str],
    pods: Iterable[Pod],
    claims: Mapping[str, PersistentVolumeClaim],
    assumptions: list[str],
) -> dict[str, Any]:
    """The selector: as applied, else from the labels that the controller copied from it to the claims."""
    applied: dict[str, Any] = given.get("selector") or {}
    if applied:
        return applied
    common: set[tuple[str, str]] | None = None
    for pod in pods:
        for claim in _claims_of(pod, claims).values():
            found = set(claim.metadata.labels.items()) & set(labels.items())
            common = found if common is None else common & found
    if common:
        assumptions.append("its selector has the labels that its PVCs and its pod template share")
        return {"matchLabels": dict(sorted(common))}
    assumptions.append("its selector has all labels of its pod template")
    return {"matchLabels": dict(sorted(labels.items()))}


def _service(pods: Iterable[Pod], assumptions: list[str]) -> str:
    found = Counter(pod.spec.subdomain for pod in pods)
    if len(found) > 1:
        assumptions.append("its pods were created with several serviceNames: the one of most of them is taken")
    return found.most_common(1)[0][0]


def _claims_of(pod: Pod, claims: Mapping[str, PersistentVolumeClaim]) -> dict[str, PersistentVolumeClaim]:
    """The claims that the controller made for a pod, by the name of their template.

    The volume has the name of the template, and the claim that of template, set and ordinal
    (pkg/controller/statefulset/stateful_set_utils.go, updateStorage).
    """
    parsed = parent_and_ordinal(pod.metadata.name)
    if parsed is None:
        return {}
    return {
        volume.name: claims[volume.persistent_volume_claim.claim_name]
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
        and volume.persistent_volume_claim.claim_name == claim_name(volume.name, *parsed)
        and volume.persistent_volume_claim.claim_name in claims
    }


def _claim_templates(
    pods: Iterable[Pod],
    claims: Mapping[str, PersistentVolumeClaim],
    selector: Mapping[str, str],
    assumptions: list[str],
) -> dict[str, dict[str, Any]]:
    """Claim templates by name, each after the largest claim of its own."""
    found: dict[str, list[PersistentVolumeClaim]] = {}
    for pod in pods:
        for name, claim in _claims_of(pod, claims).items():
            found.setdefault(name, []).append(claim)
    templates = {}
    for name, made in found.items():
        sizes = {claim.spec.resources.requests.get("storage", "") for claim in made}
        largest = max(made, key=lambda claim: parse_bytes(claim.spec.resources.requests.get("storage", "")) or 0)
        if len(sizes) > 1:
            assumptions.append(f"claim template {name} asks for the size of its largest PVC")
        templates[name] = _claim_template(name, largest, selector)
    return templates


def _claim_template(name: str, claim: PersistentVolumeClaim, selector: Mapping[str, str]) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": list(claim.spec.access_modes),
        "resources": {"requests": dict(claim.spec.resources.requests)},
        "volumeMode": claim.spec.volume_mode,
    }
    if claim.spec.storage_class_name is not None:
        spec["storageClassName"] = claim.spec.storage_class_name
    metadata: dict[str, Any] = {"name": name}
    labels = {label: value for label, value in claim.metadata.labels.items() if selector.get(label) != value}
    if labels := {label: value for label, value in labels.items() if label not in _OF_THE_CONTROLLER}:
        metadata["labels"] = labels
    return {"metadata": metadata, "spec": spec}


def _in_order_of(templates: dict[str, dict[str, Any]], applied: Sequence[Any]) -> list[dict[str, Any]]:
    """The templates, in the order of those that were applied."""
    names = [(one.get("metadata") or {}).get("name") for one in applied if isinstance(one, dict)]
    order = [name for name in names if name in templates]
    return [templates[name] for name in (*order, *(name for name in sorted(templates) if name not in order))]

"""The identity of a set's pods: names, labels, volumes.

Source: kubernetes/pkg/controller/statefulset/stateful_set_utils.go.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from stsview.simulator.apiserver.wire import Object, copy

POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"
REVISION_LABEL = "controller-revision-hash"

_PATTERN = re.compile(r"(.*)-([0-9]+)\Z", re.DOTALL)
_LARGEST = 2**31 - 1


@lru_cache(maxsize=1 << 16)
def parent_and_ordinal(name: str) -> tuple[str, int]:
    """The set's name and the ordinal in a pod's name.

    ("", -1) for a name that no pod of a set can have.
    """
    found = _PATTERN.match(name)
    if found is None:
        return "", -1
    ordinal = int(found[2])
    return (found[1], ordinal) if ordinal <= _LARGEST else (found[1], -1)


def ordinal_of(pod: Object) -> int:
    return parent_and_ordinal(pod["metadata"]["name"])[1]


def revision_of(pod: Object) -> str:
    """The name of the pod's ControllerRevision, from its label."""
    return (pod["metadata"].get("labels") or {}).get(REVISION_LABEL, "")  # type: ignore[no-any-return]


def claim_name(stateful_set: Object, template: Object, ordinal: int) -> str:
    """The name of the PVC of a claim template and ordinal."""
    return f"{template['metadata']['name']}-{stateful_set['metadata']['name']}-{ordinal}"


def claims_for(stateful_set: Object, ordinal: int) -> dict[str, Object]:
    """The PVCs of one ordinal as they would be created, by template name."""
    claims = {}
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        metadata = copy(template["metadata"])
        metadata["name"] = claim_name(stateful_set, template, ordinal)
        metadata["namespace"] = stateful_set["metadata"]["namespace"]
        selected = (stateful_set["spec"].get("selector") or {}).get("matchLabels") or {}
        metadata["labels"] = {**(metadata.get("labels") or {}), **selected}
        claims[template["metadata"]["name"]] = {"metadata": metadata, "spec": copy(template["spec"])}
    return claims


def controller_reference(stateful_set: Object) -> Object:
    """The owner reference of a set for its pods and revisions."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "name": stateful_set["metadata"]["name"],
        "uid": stateful_set["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def new_pod(stateful_set: Object, template: Object, ordinal: int, revision: str) -> Object:
    """The pod of `ordinal` as the controller would create it.

    It has no status, so it counts as not created.
    """
    name = f"{stateful_set['metadata']['name']}-{ordinal}"
    given = template.get("metadata") or {}
    metadata: Object = {
        "name": name,
        "generateName": f"{stateful_set['metadata']['name']}-",
        "namespace": stateful_set["metadata"]["namespace"],
        "labels": {
            **(given.get("labels") or {}),
            POD_INDEX_LABEL: str(ordinal),
            POD_NAME_LABEL: name,
            REVISION_LABEL: revision,
        },
        "ownerReferences": [controller_reference(stateful_set)],
    }
    for field in ("annotations", "finalizers"):
        if given.get(field):
            metadata[field] = copy(given[field])
    spec = copy(template.get("spec") or {})
    spec["hostname"] = name
    spec["subdomain"] = stateful_set["spec"].get("serviceName", "")
    spec["volumes"] = volumes_for(stateful_set, spec, ordinal)
    if not spec["volumes"]:
        del spec["volumes"]
    return {"metadata": metadata, "spec": spec}


def volumes_for(stateful_set: Object, spec: Object, ordinal: int) -> list[Any]:
    """A pod's volumes, with those of the claim templates.

    Claim templates replace volumes of the same name (updateStorage).
    """
    claimed = {
        template["metadata"]["name"]: claim_name(stateful_set, template, ordinal)
        for template in stateful_set["spec"].get("volumeClaimTemplates") or ()
    }
    volumes: list[Any] = [
        {"name": name, "persistentVolumeClaim": {"claimName": claim}} for name, claim in claimed.items()
    ]
    return volumes + [volume for volume in spec.get("volumes") or () if volume["name"] not in claimed]


def identity_matches(stateful_set: Object, pod: Object) -> bool:
    """Whether name, namespace and the pod-name label match.

    Host name and subdomain are only checked on creation.
    """
    metadata = pod["metadata"]
    return bool(
        metadata["name"] == f"{stateful_set['metadata']['name']}-{ordinal_of(pod)}"
        and metadata["namespace"] == stateful_set["metadata"]["namespace"]
        and (metadata.get("labels") or {}).get(POD_NAME_LABEL) == metadata["name"]
    )


def storage_matches(stateful_set: Object, pod: Object) -> bool:
    """Whether the pod's volumes refer to the PVCs of its ordinal."""
    ordinal = ordinal_of(pod)
    mounted = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    return all(
        (mounted.get(template["metadata"]["name"]) or {}).get("persistentVolumeClaim", {}).get("claimName")
        == claim_name(stateful_set, template, ordinal)
        for template in stateful_set["spec"].get("volumeClaimTemplates") or ()
    )

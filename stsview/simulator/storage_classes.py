"""The StorageClass that a PersistentVolumeClaim or a PersistentVolume names.

Source: kubernetes/pkg/apis/core/v1/helper/helpers.go (GetPersistentVolumeClaimClass, GetPersistentVolumeClass).
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
"""The annotation from before `spec.storageClassName`; it takes precedence."""


def class_of(obj: Object) -> str | None:
    """The name of the class, empty for none, or None if the object does not say."""
    annotations = obj["metadata"].get("annotations") or {}
    return annotations.get(BETA_CLASS, obj["spec"].get("storageClassName"))  # type: ignore[no-any-return]

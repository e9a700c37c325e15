"""Which sets depend on objects that do not name them, as they were looked at last."""

from __future__ import annotations

from stsview.model.cache.dependents import Dependents
from stsview.model.cache.index_functions import (
    Label,
)
from stsview.model.cache.set_collection import Workload
from stsview.model.cache.set_objects import SetObjects
from stsview.objects.meta import Key
from stsview.objects.volume import PersistentVolume


class Dependencies:
    """By object: the sets that were derived from it, beyond those that its own fields lead to."""

    def __init__(self) -> None:
        self.by_node = Dependents()
        self.by_volume = Dependents()
        """Without volumes that are bound to a claim of the set: their claim leads to it."""
        self.by_class = Dependents()
        self.by_pod_label = Dependents()
        """By namespace and label, without labels of its template."""
        self.by_selecting_label = Dependents()
        """By namespace and label: sets without a headless Service of their own, which other Services may affect."""

    def record(
        self, key: Key, around: SetObjects | None = None, held: Workload | None = None, *, storage: bool = True
    ) -> None:
        """Record which objects the set depends on beyond those that name it.

        Without `storage`, its nodes, volumes, and classes are still those that were recorded last.
        """
        if around is None or held is None:
            for dependents in (
                self.by_node,
                self.by_volume,
                self.by_class,
                self.by_pod_label,
                self.by_selecting_label,
            ):
                dependents.record(key, ())
            return
        template: set[Label] = {*around.set.spec.template.metadata.labels.items(), None}
        selecting = template if around.service is None or not around.service.headless else ()
        self.by_pod_label.record(key, [(key.namespace, label) for label in held.pod_labels - template])
        self.by_selecting_label.record(key, [(key.namespace, label) for label in selecting])
        if storage:
            self.by_node.record(key, sorted(held.all_nodes))
            self.by_volume.record(
                key, sorted(name for name in held.volumes if not _is_bound(around.volumes.get(name), around))
            )
            self.by_class.record(key, sorted(held.classes))


def _is_bound(volume: PersistentVolume | None, around: SetObjects) -> bool:
    """Whether a volume names a claim of the set that names the volume."""
    if volume is None or volume.spec.claim_ref.namespace != around.set.metadata.namespace:
        return False
    claim = around.claims.get(volume.spec.claim_ref.name)
    return claim is not None and claim.spec.volume_name == volume.metadata.name

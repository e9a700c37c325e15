"""apps/v1 StatefulSet and ControllerRevision."""

from __future__ import annotations

from typing import Any

from stsview.objects.claim import ClaimSpec
from stsview.objects.meta import SELECTS_NOTHING, Instant, LabelSelector, ManagedFieldsEntry, ObjectMeta, Struct


class StatefulSetMeta(ObjectMeta, frozen=True):
    managed_fields: tuple[ManagedFieldsEntry, ...] = ()

    def __post_init__(self) -> None:
        # A copy of the whole object, as `kubectl apply` wrote it, which nothing reads.
        self.annotations.pop("kubectl.kubernetes.io/last-applied-configuration", None)


class RollingUpdate(Struct, frozen=True):
    partition: int = 0
    max_unavailable: int | str | None = None


class UpdateStrategy(Struct, frozen=True):
    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class ClaimRetentionPolicy(Struct, frozen=True):
    when_deleted: str = "Retain"
    when_scaled: str = "Retain"


class Ordinals(Struct, frozen=True):
    start: int = 0


class TemplateMeta(Struct, frozen=True):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class TemplateContainer(Struct, frozen=True):
    name: str = ""
    image: str = ""


class TemplateSpec(Struct, frozen=True):
    containers: tuple[TemplateContainer, ...] = ()
    init_containers: tuple[TemplateContainer, ...] = ()


class PodTemplate(Struct, frozen=True):
    metadata: TemplateMeta = TemplateMeta()
    spec: TemplateSpec = TemplateSpec()


class ClaimTemplate(Struct, frozen=True):
    metadata: ObjectMeta = ObjectMeta()
    spec: ClaimSpec = ClaimSpec()


class StatefulSetSpec(Struct, frozen=True):
    replicas: int = 1
    selector: LabelSelector = SELECTS_NOTHING
    service_name: str = ""
    pod_management_policy: str = "OrderedReady"
    update_strategy: UpdateStrategy = UpdateStrategy()
    min_ready_seconds: int = 0
    ordinals: Ordinals = Ordinals()
    persistent_volume_claim_retention_policy: ClaimRetentionPolicy = ClaimRetentionPolicy()
    template: PodTemplate = PodTemplate()
    volume_claim_templates: tuple[ClaimTemplate, ...] = ()


class StatefulSetStatus(Struct, frozen=True):
    """The status that the controller last wrote.

    Counters of zero are omitted on the wire.
    """

    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""


class StatefulSet(Struct, frozen=True):
    metadata: StatefulSetMeta
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()

    @property
    def first_ordinal(self) -> int:
        return self.spec.ordinals.start

    @property
    def last_ordinal(self) -> int:
        """The highest expected ordinal.

        One below `first_ordinal` for a set of no replicas.
        """
        return self.spec.ordinals.start + self.spec.replicas - 1


class RevisionMeta(ObjectMeta, frozen=True):
    managed_fields: tuple[ManagedFieldsEntry, ...] = ()


class ControllerRevision(Struct, frozen=True):
    """One revision of the history, as metadata only.

    It has neither data nor number.
    """

    metadata: RevisionMeta

    @property
    def written(self) -> Instant | None:
        """When the controller last wrote it: created it, or made it the newest again (updateControllerRevision).

        None where its managed fields do not tell.
        """
        return max((entry.time for entry in self.metadata.managed_fields if entry.time is not None), default=None)


class RecordedRevision(Struct, frozen=True):
    """A ControllerRevision with its data."""

    metadata: RevisionMeta
    revision: int = 0
    """Position in the history: the highest is the newest; a rollback gives an old revision a new number."""
    data: dict[str, Any] = {}
    """A strategic merge patch of a StatefulSet that holds only the pod template
    (pkg/controller/statefulset/stateful_set_utils.go, getPatch)."""

    @property
    def template(self) -> dict[str, Any]:
        """The pod template as JSON; empty when there is none."""
        spec = self.data.get("spec")
        template = spec.get("template") if isinstance(spec, dict) else None
        return template if isinstance(template, dict) else {}

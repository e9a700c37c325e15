"""The facts of one set, as input for the wait and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import short_revision
from stsview.model.ordinals.rows import Row, Rows
from stsview.model.rollout.partition import index_of, partition_of, reaches
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import Moment, later
from stsview.model.timing.sightings import Sightings
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import ClaimView, RolloutView, ServiceView, Strategy
from stsview.objects.meta import Key
from stsview.objects.statefulset import StatefulSet


class Facts(Record, frozen=True):
    objects: SetObjects
    rows: Rows
    claims: Mapping[str, tuple[ClaimView, ...]]
    """By name of the row."""
    unusual_claims: bool
    """See `stsview.model.explain.settled_storage.unusual_claims`."""
    service: ServiceView
    rollout: RolloutView
    settings: ModelSettings
    sightings: Sightings
    moment: Moment
    measured: MeasuredUsage | None = None
    """What the set uses, as far as it was measured; None: not lately. It is measured for few sets at a time, and absent
    in many clusters: nothing follows from None."""

    @property
    def set(self) -> StatefulSet:
        return self.objects.set

    @property
    def key(self) -> Key:
        return self.objects.set.metadata.key

    @property
    def ordered(self) -> bool:
        """Whether the controller works in order: any policy but Parallel."""
        return self.set.spec.pod_management_policy != "Parallel"

    @property
    def rolling(self) -> bool:
        """Whether the update strategy is RollingUpdate."""
        return self.set.spec.update_strategy.type == Strategy.ROLLING_UPDATE

    @property
    def between_revisions(self) -> bool:
        """Whether the set is on its way from its current to its update revision.

        With OnDelete the controller never promotes the current revision (completeRollingUpdate in
        pkg/controller/statefulset/stateful_set_control.go), so the two differ for ever after the first update. There
        it counts until every pod has the update revision and one of them has become available.
        """
        current, update = self.rollout.current, self.rollout.update
        if not current or not update or current == update:
            return False
        expected = self.rows.expected
        return (
            self.rolling
            or any(row.outdated for row in expected)
            or not any(row.at_update and row.available for row in expected)
        )

    def index(self, row: Row) -> int:
        """The row's place within the set: the highest partition that still reaches it."""
        return index_of(row.ordinal, self.set.first_ordinal)

    def partition_reaches(self, row: Row) -> bool:
        """Whether the partition lets the row's pod be updated."""
        return reaches(row.ordinal, self.set.first_ordinal, partition_of(self.set))

    def comes_back_on(self, row: Row) -> str:
        """The revision that the row's pod would be recreated on; empty while unknown.

        Without `rollingUpdate` the lowest ordinals, as many as there are pods of the current revision, are recreated on
        that (pkg/controller/statefulset/stateful_set_utils.go, newVersionedStatefulSetPod). The controller counts them
        in the status of before: a pod that is removed the moment it is deleted still counts.
        """
        current, update = self.rollout.current, self.rollout.update
        if current == update:
            return update
        strategy = self.set.spec.update_strategy
        if strategy.rolling_update is not None:
            return update if self.partition_reaches(row) else current
        owned = self.rows.owned
        left = sum(
            one.revision == current and not one.terminating and (one is not row or _removed_at_once(row))
            for one in owned
        )
        return current if self.rolling and self.index(row) < left else update

    def short(self, revision: str) -> str:
        """The hash of a revision of this set."""
        return short_revision(revision, self.set.metadata.name)

    def overdue(self, since: datetime | None, grace: float) -> bool:
        """Whether more than `grace` seconds have passed since then.

        False where that is unknown.
        """
        return since is not None and self.moment.passed(later(since, grace))


def _removed_at_once(row: Row) -> bool:
    """Whether deleting its pod removes it without a Terminating state.

    pkg/registry/core/pod/strategy.go, CheckGracefulDelete.
    """
    pod = row.slot.pod
    return pod is not None and (not pod.spec.node_name or pod.status.phase in ("Failed", "Succeeded"))

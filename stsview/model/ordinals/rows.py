"""One row per ordinal, with everything that the wait and the rules need."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from stsview.model.base import Record
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.ordinals.identity import Identity, OrdinalSlot
from stsview.model.pods.diagnose_pod import diagnose_pod
from stsview.model.pods.diagnosis import Diagnosis
from stsview.model.pods.node_suspicion import suspected
from stsview.model.pods.nodes import ON_NO_NODE, node_of
from stsview.model.pods.readiness import readiness_of
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, PodKind
from stsview.model.timing.moment import Moment
from stsview.model.timing.sightings import Sightings
from stsview.model.views import NodeView, Place, PodState, Suspicion
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet

REVISION_LABEL = "controller-revision-hash"
"""Label of a StatefulSet's pods: the name of their ControllerRevision, `<set>-<hash>`."""


class Row(Record, frozen=True):
    slot: OrdinalSlot
    diagnosis: Diagnosis
    ready: bool = False
    """As the controller sees it, which reads only the pod: Ready and not terminating."""
    available: bool = False
    """As the controller sees it: Ready for minReadySeconds and not terminating."""
    available_at: datetime | None = None
    revision: str = ""
    at_update: bool | None = None
    terminating: bool = False
    """Whether the deletion of its pod was requested."""
    serving: bool = False
    """Whether its pod is Ready on a node that is not lost."""
    node: NodeView = ON_NO_NODE
    vanished: bool = False
    """Without a pod: whether there was one since the set is watched, so that `state.since` is when it was gone."""

    @property
    def ordinal(self) -> int:
        return self.slot.ordinal

    @property
    def name(self) -> str:
        return self.slot.name

    @property
    def state(self) -> PodState:
        return self.diagnosis.state

    @property
    def expected(self) -> bool:
        """Whether it is one of the ordinals that the set should have."""
        return self.slot.place is Place.EXPECTED

    @property
    def surplus(self) -> bool:
        """Whether scaling down removes it."""
        return self.slot.place is Place.SURPLUS

    @property
    def owned(self) -> bool:
        """Whether the row is the set's own: expected, with or without a pod, or surplus."""
        return self.expected or self.surplus

    @property
    def missing(self) -> bool:
        return self.slot.pod is None

    @property
    def ended(self) -> bool:
        """Whether its pod has ended as a whole; the controller deletes such a pod itself."""
        return self.state.kind is PodKind.ENDED

    @property
    def broken(self) -> bool:
        """Whether its pod does not recover by itself."""
        return self.state.health is Health.DEGRADED

    @property
    def on_lost_node(self) -> bool:
        """Whether its pod is on a node that is, or may be, lost."""
        return self.node.lost or self.node.suspicion >= Suspicion.LOST

    @property
    def outdated(self) -> bool:
        """Whether its pod is known not to run the update revision."""
        return self.at_update is False


class Rows(Record, frozen=True):
    expected: tuple[Row, ...]
    surplus: tuple[Row, ...]
    strays: tuple[Row, ...]
    created: tuple[tuple[datetime, int], ...] = ()
    """When the present pods of the expected rows were created, ascending, with their ordinals."""

    @property
    def owned(self) -> tuple[Row, ...]:
        """The expected rows, then the surplus ones."""
        return self.expected + self.surplus

    @property
    def all(self) -> tuple[Row, ...]:
        """All rows in the order of a view."""
        return self.expected + self.surplus + self.strays


def read_rows(
    objects: SetObjects, identity: Identity, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> Rows:
    present = [slot for slot in identity.expected if slot.pod is not None]
    missing = len(identity.expected) - len(present)
    settled = _status_settled_at(objects.set, len(identity.surplus) + len(present)) if missing else None

    def read(slot: OrdinalSlot) -> Row:
        had_pod = sightings.knows("member", slot.ordinal)
        if slot.place is Place.EXPECTED and (slot.pod is not None or had_pod):
            sightings.since("member", slot.ordinal)
        if slot.pod is None:
            return Row(slot, _absent(slot, objects, settled, sightings), vanished=had_pod)
        node = node_of(slot.pod, objects, settings, sightings, moment)
        row = _read(slot, slot.pod, node, objects, settings, moment)
        overdue = row.terminating and row.state.health is Health.DEGRADED
        suspect = suspected(node, slot.pod, overdue, objects, moment)
        if suspect is not node:
            row = replace(row, node=suspect)
        return _since_requested(row, sightings) if row.terminating else row

    return Rows(
        tuple(map(read, identity.expected)),
        tuple(map(read, identity.surplus)),
        tuple(map(read, identity.strays)),
        tuple(
            sorted(
                [
                    (created, slot.ordinal)
                    for slot in present
                    if slot.pod is not None and (created := slot.pod.metadata.creation_timestamp) is not None
                ]
            )
        ),
    )


def _read(
    slot: OrdinalSlot, pod: Pod, node: NodeView, objects: SetObjects, settings: ModelSettings, moment: Moment
) -> Row:
    min_ready = objects.set.spec.min_ready_seconds
    readiness = readiness_of(pod, min_ready, moment)
    revision = pod.metadata.labels.get(REVISION_LABEL, "")
    update = objects.set.status.update_revision
    terminating = pod.metadata.deletion_timestamp is not None
    ready = readiness.ready and not terminating
    return Row(
        slot,
        diagnose_pod(pod, readiness, node, min_ready, settings, moment),
        ready=ready,
        terminating=terminating,
        serving=ready and not node.lost,
        available=ready and readiness.available,
        available_at=readiness.available_at,
        revision=revision,
        at_update=revision == update if revision and update and slot.place is not Place.FOREIGN else None,
        node=node,
    )


def _since_requested(row: Row, sightings: Sightings) -> Row:
    """The row of a terminating pod, with the time at which the deletion was requested.

    When the kubelet is done it sets the deadline to now and the grace period to 0, which overwrites that time.
    """
    uid = row.slot.pod.metadata.uid if row.slot.pod is not None else ""
    seen = sightings.since("terminating", uid)
    state = row.state
    if state.since is not None and state.since <= seen:
        return row
    return replace(row, diagnosis=replace(row.diagnosis, state=replace(state, since=seen)))


def _absent(slot: OrdinalSlot, objects: SetObjects, settled: datetime | None, sightings: Sightings) -> Diagnosis:
    coverage = objects.covered(PODS)
    if not coverage.complete:
        return _unknown(coverage)
    seen = sightings.since("missing", slot.ordinal)
    since = seen if settled is None else min(seen, settled)
    detail = "another pod has its name" if slot.holder else ""
    return Diagnosis(PodState("missing", Health.MISSING, since, detail, kind=PodKind.MISSING))


@lru_cache(maxsize=64)
def _unknown(coverage: KindCoverage) -> Diagnosis:
    """The same for all ordinals while pods are not readable."""
    loading = coverage.coverage is Coverage.LOADING
    detail = coverage.reason or ("pods are still being read" if loading else "pods cannot be read")
    return Diagnosis(PodState("unknown", Health.UNKNOWN, detail=detail, kind=PodKind.UNKNOWN))


def _status_settled_at(stateful: StatefulSet, pods: int) -> datetime | None:
    """When the controller last wrote a status with the present number of pods.

    None when its status has another.

    A pod that is missing has been missing since then at least, even if this program has only just started: the
    controller writes its status whenever a pod appears or disappears, and for each new generation.
    """
    status = stateful.status
    if status.observed_generation != stateful.metadata.generation or status.replicas != pods:
        return None
    times = (entry.time for entry in stateful.metadata.managed_fields if entry.subresource == "status")
    return max((time for time in times if time is not None), default=None)

"""The views that screens and commands show, derived from objects.

Views hold instants, never ages: ages are computed when a view is drawn. Two equal views look the same and need no
repaint. No text here is markup; texts that come from the cluster are passed on unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from operator import attrgetter
from typing import ClassVar

import msgspec

from stsview.model.base import Record
from stsview.model.finding import Finding
from stsview.model.states import (
    AttachmentStatus,
    BudgetKind,
    ClaimStatus,
    ClassStatus,
    DnsStatus,
    Health,
    LeaseStatus,
    NodeStatus,
    PodKind,
    ResizeStage,
    ServiceStatus,
    VolumeStatus,
)
from stsview.objects.meta import Key


class Severity(IntEnum):
    """How urgently a set needs attention; higher is worse. The fleet is sorted by it."""

    HEALTHY = 0
    ROLLING = 1
    """It changes, and nothing is wrong; includes sets held by a partition or OnDelete."""
    UNKNOWN = 2
    """The objects it depends on cannot be read, or have not been read yet."""
    AT_RISK = 3
    """It serves, but with a risk: no DNS names, an unbound claim, a member down outside a rollout."""
    STUCK = 4
    """It does not progress by itself, or a pod is broken."""


class Place(Enum):
    """Why a pod or a missing ordinal has a row."""

    EXPECTED = "expected"
    SURPLUS = "surplus"
    """Owned by the set and beyond its replica count: scaling down removes it."""
    ORPHANED = "orphaned"
    """Matches the set's selector and name pattern, but no controller owns it."""
    FOREIGN = "foreign"
    """A pod of another owner that has the name of one of the set's ordinals."""


class PodState(Record, frozen=True):
    """The state of one ordinal, in a word as `kubectl get pods` prints."""

    not_in_documents = frozenset({"kind"})

    label: str
    """`Ready`, `CrashLoopBackOff`, `Terminating`, `missing`, `Unschedulable`, … Never longer than three words."""
    health: Health
    since: datetime | None = None
    """When this state began; None when unknown."""
    detail: str = ""
    """One line of reason, mostly as Kubernetes gives it; may be empty."""
    until: datetime | None = None
    """When time alone will change it: the deadline of a termination, the end of minReadySeconds."""
    kind: PodKind = PodKind.OTHER

    @property
    def terminating(self) -> bool:
        return self.kind in (PodKind.TERMINATING, PodKind.STUCK_TERMINATING)


class Suspicion(IntEnum):
    """How much the kubelet of a node is in doubt.

    Higher is worse. Above NONE, the lease of the node is read.
    """

    NONE = 0
    NOT_READY = 1
    """It reports that it is not Ready, or has not reported yet."""
    SILENT = 2
    """Its Ready condition is True, but was not posted again for longer than any kubelet waits."""
    OVERDUE = 3
    """It does not confirm the termination of a pod, long after the pod's deadline."""
    LOST = 4
    """It is unreachable, or there is no such Node."""


class NodeView(Record, frozen=True):
    """The node of a pod; without a name the pod is on no node."""

    not_in_documents = frozenset({"awaited"})

    name: str = ""
    status: NodeStatus = NodeStatus.NONE
    health: Health = Health.NEUTRAL
    zone: str = ""
    """From the node, else from the pod; empty while both are unknown."""
    since: datetime | None = None
    detail: str = ""
    out_of_service: bool = False
    """Whether an operator attested that its machine is off (taint `node.kubernetes.io/out-of-service`)."""
    suspicion: Suspicion = Suspicion.NONE
    lease: LeaseStatus = LeaseStatus.NOT_READ
    """Read only for a node under suspicion."""
    lease_renewed: datetime | None = None
    """By the clock of the node, which may be wrong."""
    lease_detail: str = ""
    """Why the lease is unknown."""
    awaited: bool = False
    """Whether the nodes were read without it, and it may still arrive: a moment later it counts as missing."""
    silent_since: datetime | None = None
    """Its last heartbeat, where that is too old for a Ready node."""

    @property
    def well(self) -> bool:
        """Whether its kubelet reports Ready; False too where nothing is known."""
        return self.status in (NodeStatus.READY, NodeStatus.CORDONED)

    @property
    def in_doubt(self) -> bool:
        """Whether it counts as Ready, but nothing shows that its kubelet still runs."""
        return self.status is NodeStatus.UNKNOWN and self.silent_since is not None

    @property
    def lost(self) -> bool:
        """Whether what a pod of this node reports about itself may be out of date."""
        return self.status in (NodeStatus.UNREACHABLE, NodeStatus.NOT_READY, NodeStatus.MISSING)


class ClassView(Record, frozen=True):
    """The StorageClass that a claim names, or the default one that it would get."""

    status: ClassStatus = ClassStatus.NOT_NEEDED
    health: Health = Health.NEUTRAL
    provisioner: str = ""
    provisions: bool = False
    """Whether it provisions volumes; `kubernetes.io/no-provisioner` does not."""
    expandable: bool = False
    """Whether its claims can be expanded (allowVolumeExpansion)."""
    binding: str = ""
    """`Immediate` or `WaitForFirstConsumer`."""
    detail: str = ""
    name: str = ""
    default: bool = False
    """Whether the claim names no class and gets this one as the default."""


class VolumeView(Record, frozen=True):
    """The volume that a claim is bound to, and where it is attached.

    NONE while there is none.
    """

    status: VolumeStatus = VolumeStatus.NONE
    health: Health = Health.NEUTRAL
    reclaim: str = ""
    """Its reclaim policy: `Retain` or `Delete`."""
    zones: tuple[str, ...] = ()
    """The zones that its node affinity allows."""
    detail: str = ""
    attachment: AttachmentStatus = AttachmentStatus.NONE
    """Seen from its pod."""
    attachment_health: Health = Health.NEUTRAL
    attached_to: str = ""
    """The node that it is attached to, being attached to, or being detached from."""
    attachment_detail: str = ""


class BudgetView(Record, frozen=True):
    """The PodDisruptionBudget over the set's pods.

    It limits evictions only, neither deletions nor rollouts.
    """

    not_in_documents = frozenset({"kind"})

    label: str = ""
    """`max 1 down, 0 left`, followed by `, not all pods` where it does not cover some; `none`; `2 budgets, evictions
    fail` where that many cover one pod; `2 separate budgets` where each covers other pods; `unknown`."""
    health: Health = Health.NEUTRAL
    name: str = ""
    detail: str = ""
    kind: BudgetKind = BudgetKind.NONE


class WriterView(Record, frozen=True):
    """Another writer of `replicas`, or of the whole set."""

    kind: str
    """`HPA`, `owner`, `Argo CD`, `Flux`, `Helm`, or the value of the label app.kubernetes.io/managed-by."""
    name: str = ""
    detail: str = ""
    """The bounds of an HPA: `2 to 10`."""


class ClaimView(Record, frozen=True):
    """A PersistentVolumeClaim of an ordinal."""

    not_in_documents = frozenset({"resize"})

    template: str
    """Name of the claim template; empty for a claim of no template of the set."""
    name: str
    status: ClaimStatus
    health: Health
    uid: str = ""
    size: int | None = None
    """Bytes: the capacity of a bound claim, else its request."""
    requested: int | None = None
    """Requested bytes; differs from `size` while the claim is being resized."""
    storage_class: str | None = None
    access_modes: tuple[str, ...] = ()
    volume: str = ""
    since: datetime | None = None
    drift: tuple[str, ...] = ()
    """Differences from the claim template: `size: template has 10 Gi`; a new claim would follow the template."""
    class_state: ClassView = ClassView()
    volume_state: VolumeView = VolumeView()
    resize: ResizeStage = ResizeStage.COMPLETE
    """How far its expansion is."""


class DnsView(Record, frozen=True):
    """The DNS name of a pod."""

    name: str
    """Fully qualified, with the configured cluster domain; empty when the set names no Service."""
    status: DnsStatus
    health: Health
    detail: str = ""


class Stretch(Enum):
    """The phases of replacing a pod, in order."""

    ENDING = "ending"
    PLACING = "scheduling, attaching"
    """Until its containers could start: scheduled, volumes attached and mounted, network ready."""
    STARTING = "starting"
    """Until it is Ready."""
    WARMING_UP = "warming up"
    """Ready, but not yet for minReadySeconds."""


class Phase(Record, frozen=True):
    """One phase of replacing a pod."""

    stretch: Stretch
    start: datetime
    end: datetime | None = None
    """None while it continues."""


class ContainerRuns(Record, frozen=True):
    """The runs of a container that exits and is started again."""

    exits: int
    """How often it exited since its pod was created."""
    started: datetime | None
    """Of the last run that ended; None when unknown."""
    ended: datetime
    running: datetime | None = None
    """Since when it runs now; None while it does not."""


class OrdinalView(Record, frozen=True):
    """One row of a set: an expected ordinal, or a pod outside the ordinals."""

    not_in_documents = frozenset({"runs"})

    ordinal: int
    name: str
    place: Place
    state: PodState
    uid: str | None = None
    """None while there is no pod."""
    ready: bool = False
    """Ready and not terminating, on a node that is not known to be lost."""
    available: bool = False
    """Ready for at least minReadySeconds."""
    revision: str = ""
    """Name of the pod's ControllerRevision, `<set>-<hash>`; empty while unknown or missing."""
    at_update: bool | None = None
    """Whether it runs the update revision; None while either is unknown."""
    next: bool = False
    """Whether it is the next one to be created, replaced or removed."""
    node: str = ""
    pod_ip: str = ""
    role: str = ""
    restarts: int = 0
    claims: tuple[ClaimView, ...] = ()
    """Those that outlive the pod."""
    ephemeral_claims: tuple[ClaimView, ...] = ()
    """Those of its generic ephemeral volumes, which are deleted with the pod."""
    dns: DnsView = DnsView("", DnsStatus.NONE, Health.NEUTRAL)
    node_state: NodeView = NodeView()
    phases: tuple[Phase, ...] = ()
    """The phases of its pod's start, as far as its status tells, without gaps; of a terminating pod only that phase."""
    grace_seconds: int | None = None
    """How long its pod may take to terminate (`terminationGracePeriodSeconds`); None while there is no pod."""
    comes_back_on: str = ""
    """Name of the revision that its pod would be recreated on if deleted now; empty while unknown, and for pods outside
    the ordinals."""
    died: datetime | None = None
    """When a container of it last terminated; None where none has since it was created."""
    runs: ContainerRuns | None = None
    """Of the container that restarted most often; None where none exited."""
    budgets: tuple[str, ...] = ()
    """Names of the PodDisruptionBudgets that select its pod; with more than one, evictions of it fail. Empty also where
    budgets are unknown (`SetView.budget`)."""

    @property
    def expected(self) -> bool:
        """Whether it is one of the ordinals that the set should have."""
        return self.place is Place.EXPECTED

    @property
    def surplus(self) -> bool:
        """Whether scaling down removes it."""
        return self.place is Place.SURPLUS

    @property
    def owned(self) -> bool:
        """Whether the row is the set's own: expected, with or without a pod, or surplus."""
        return self.place in (Place.EXPECTED, Place.SURPLUS)

    @property
    def missing(self) -> bool:
        """Whether there is no pod; True too while pods cannot be read."""
        return self.uid is None

    @property
    def outdated(self) -> bool:
        """Whether its pod is known not to run the update revision."""
        return self.at_update is False

    @property
    def terminating(self) -> bool:
        """Whether the deletion of its pod was requested."""
        return self.state.terminating

    @property
    def ended(self) -> bool:
        """Whether its pod has ended as a whole; the controller deletes such a pod itself."""
        return self.state.kind is PodKind.ENDED

    @property
    def broken(self) -> bool:
        """Whether its pod does not recover by itself."""
        return self.state.health is Health.DEGRADED

    @property
    def all_claims(self) -> tuple[ClaimView, ...]:
        """Those that outlive the pod, then the ephemeral ones."""
        return self.claims + self.ephemeral_claims

    @property
    def on_lost_node(self) -> bool:
        """Whether its pod is on a node that is, or may be, lost."""
        return self.node_state.lost or self.node_state.suspicion >= Suspicion.LOST

    @property
    def well(self) -> bool:
        """Whether its pod, node, PVCs, volumes, and DNS name need no attention, as far as they can be read."""
        parts = [self.node_state.health, self.dns.health]
        for claim in self.claims:
            parts += [claim.health, claim.volume_state.health, claim.volume_state.attachment_health]
        fine = (Health.READY, Health.NEUTRAL, Health.UNKNOWN)
        return (
            self.expected and self.ready and self.state.health is Health.READY and all(part in fine for part in parts)
        )


class WaitReason(Enum):
    """The controller's decisions in its order (stateful_set_control.go)."""

    UNREAD = "unread"
    """Not a state of the controller: the objects it depends on are not, or not yet, readable."""
    GONE = "gone"
    """The set does not exist, and its pods live: there is no controller that could wait."""
    NOT_OBSERVED = "not observed"
    DELETING = "deleting"
    MISSING = "missing"
    FAILED = "failed"
    TERMINATING = "terminating"
    PENDING = "pending"
    NOT_READY = "not ready"
    WARMING_UP = "warming up"
    SCALING_DOWN = "scaling down"
    ON_DELETE = "on delete"
    PARTITION = "partition"
    BUDGET = "max unavailable"
    REPLACING = "replacing"
    RISK = "risk"
    """Not a state of the controller: another explanation of a severity (`SetView.why`)."""
    NOTHING = "nothing"


class WarningView(Record, frozen=True):
    """The newest warning event about the set, one of its pods, or one of their PVCs."""

    kind: str
    """`StatefulSet`, `Pod` or `PersistentVolumeClaim`."""
    name: str
    reason: str
    message: str
    """On one line."""
    last: datetime | None
    times: int = 1
    """How often it occurred."""


class Wait(Record, frozen=True):
    """What the controller waits for now, with the effect and the next step."""

    reason: WaitReason
    headline: str = ""
    """`waits for zookeeper-1`; empty when the controller waits for nothing."""
    detail: str = ""
    """The reason, without its age: `image zookeeper:3.8.l cannot be pulled`."""
    ordinal: int | None = None
    since: datetime | None = None
    severity: Severity = Severity.HEALTHY
    so: str = ""
    """The effect: `zookeeper-2 stays on 6f4ddbdbb6 until zookeeper-3 is Ready`; may be empty."""
    next: str = ""
    """What the controller does next, or what an operator can do; may be empty."""


class Strategy(StrEnum):
    """Update strategies; a cluster may name others."""

    ROLLING_UPDATE = "RollingUpdate"
    ON_DELETE = "OnDelete"


class RolloutView(Record, frozen=True):
    """The progress of a set from its current to its update revision."""

    not_in_documents = frozenset({"max_unavailable"})

    strategy: str
    """`RollingUpdate`, `OnDelete`, or another name from the cluster."""
    partition: int
    current: str
    """Name of status.currentRevision; empty before the controller has observed the set."""
    update: str
    active: bool
    """Whether a pod is not at the update revision, or the updated pods are not all available."""
    held: bool
    """Whether all pods that the partition reaches are updated, and pods below it stay on the old revision: a canary."""
    updated: int
    """Pods at the update revision *and* available."""
    expected: int
    manager: str = ""
    """Field manager that last changed the template; the API does not know the person."""
    since: datetime | None = None
    """When the template last changed, as far as the managed fields tell."""
    pace: float | None = None
    """Median seconds from one updated ordinal to the next in this rollout; None before the first."""
    left: int = 0
    """How many ordinals are still to be updated; those below the partition do not count."""
    history: tuple[str, ...] = ()
    """Names of the set's ControllerRevisions, oldest creation first; a rollback reuses old ones."""
    observed: bool = True
    """Whether the controller has observed the latest generation; until then all else is about an earlier one."""
    paused_from: int | None = None
    """The partition that the set had before its rollout was paused; None while it is not paused."""
    canary_from: int | None = None
    """The partition that the set had before stsview began a canary; None where there is none."""
    max_unavailable: int | None = None
    """How many pods an update may replace at once; None where the server does not know the field."""

    @property
    def rolling(self) -> bool:
        """Whether the controller replaces pods itself (RollingUpdate)."""
        return self.strategy == Strategy.ROLLING_UPDATE

    @property
    def on_delete(self) -> bool:
        return self.strategy == Strategy.ON_DELETE


class ServiceView(Record, frozen=True):
    """The governing Service of a set."""

    name: str
    status: ServiceStatus
    health: Health
    selected: int = 0
    """How many of the set's pods are in its endpoints."""
    publishes_not_ready: bool = False


class SetView(Record, frozen=True):
    """Everything that stsview knows about one StatefulSet at one moment."""

    not_in_documents = frozenset({"warnings", "next_certain_change"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"last_change", "next_change", "next_certain_change"})
    """Names of the fields that comparisons ignore: they decide when the view is derived again, not how it looks."""

    key: Key
    uid: str
    """Empty for a set that is gone."""
    severity: Severity
    severity_since: datetime | None
    replicas: int
    start: int
    ready: int
    """Expected ordinals whose pod is Ready, not terminating, and not on a lost node, unlike in the counter of the
    controller. While pods cannot be read, this and `available` are the counters of the controller."""
    available: int
    policy: str
    """podManagementPolicy."""
    min_ready_seconds: int
    when_scaled: str
    when_deleted: str
    ordinals: Sequence[OrdinalView]
    """Expected ordinals ascending, then surplus, orphaned and foreign pods."""
    rollout: RolloutView
    wait: Wait
    service: ServiceView
    claims_bound: int
    claims_expected: int
    claims_bytes: int
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    created: datetime | None = None
    images: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Why parts of this view are unknown, one sentence each (`you may not list persistentvolumeclaims`)."""
    last_change: datetime | None = None
    """The latest instant whose passing shaped this view; ignored in comparisons."""
    next_change: datetime | None = None
    """The earliest instant at which this view may change without a change of an object; ignored in comparisons."""
    next_certain_change: datetime | None = None
    """The earliest such instant that no heartbeat of a node is likely to postpone; ignored in comparisons."""
    why: Wait = Wait(WaitReason.NOTHING)
    """The explanation of `severity`: the controller's `wait`, or what is worse (`Service zk-hs is not headless`, a
    broken pod that the controller does not wait for). To be shown where there is one line per set."""
    budget: BudgetView = BudgetView()
    writers: tuple[WriterView, ...] = ()
    """Other writers of `replicas` or of the whole set, as far as the objects show them."""
    writers_unknown: str = ""
    """One sentence on why there may be more; empty when all are known."""
    sought: tuple[str, ...] = ()
    """Names of pods to read by name: missing for no visible reason, so that another owner's pod may have the name, or
    known only from such a read."""
    findings: tuple[Finding, ...] = ()
    """Findings of the rules, the worst first; symptoms are below their cause."""
    role_label: str = ""
    """The label that holds the roles of its members; empty where none does."""
    warnings: tuple[WarningView, ...] = ()
    """The newest warning about each object, in the order of when they were last seen."""
    gone: bool = False
    """Whether the set does not exist, and pods of it live without an owner. All else is then what they show of it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetView) and _compared(self) == _compared(other)

    __hash__ = None  # type: ignore[assignment]  # labels can be changed, and are part of the comparison

    def last_warning(self, kind: str, name: str) -> WarningView | None:
        """The newest warning about this object; None if there is none, or if events cannot be read."""
        return next((one for one in self.warnings if (one.kind, one.name) == (kind, name)), None)

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def name(self) -> str:
        return self.key.name


_compared = attrgetter(*(name for name in SetView.__struct_fields__ if name not in SetView.not_compared))


class Fleet(Record, frozen=True):
    """All sets at one moment, in no particular order, with counts by severity."""

    sets: dict[Key, SetView]
    counts: dict[Severity, int]
    """Number of sets of each severity; every severity is present."""

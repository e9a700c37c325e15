"""What the screens and commands are shown: immutable values, derived from objects by `stsview.model`.

Views hold instants, never ages: who draws a view makes ages from them. Two equal views look the same, so nothing needs
to be painted again. None of the texts here is markup; texts that come from the cluster are passed on as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum, StrEnum

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
    ServiceStatus,
    VolumeStatus,
)
from stsview.objects.meta import Key


class Severity(IntEnum):
    """How much a set needs attention; higher is worse. The fleet is sorted by it."""

    HEALTHY = 0
    ROLLING = 1
    """Something moves, and nothing is wrong with it; a set held by a partition or OnDelete is here too."""
    UNKNOWN = 2
    """What would tell is not readable or not read yet."""
    AT_RISK = 3
    """It serves, but something will hurt: no DNS names, a claim that is not bound, a member down outside a rollout."""
    STUCK = 4
    """It does not go on by itself, or a pod is broken."""


class Place(Enum):
    """Why a pod or an empty slot has a row."""

    EXPECTED = "expected"
    SURPLUS = "surplus"
    """Owned by the set and beyond its replica count: scaling down removes it."""
    ORPHANED = "orphaned"
    """Matches the set's selector and name pattern, but no controller owns it."""
    FOREIGN = "foreign"
    """Somebody else's pod that has the name of one of the set's ordinals."""


NOT_IN_DOCUMENTS = {"document": False}
"""Metadata of a field that serves decisions in the code only: JSON documents leave it out."""


@dataclass(frozen=True, slots=True)
class PodState:
    """The state of one ordinal, in one word that `kubectl get pods` or an operator would use."""

    label: str
    """`Ready`, `CrashLoopBackOff`, `Terminating`, `missing`, `Unschedulable`, … Never longer than three words."""
    health: Health
    since: datetime | None = None
    """When this state began; None when nothing tells."""
    detail: str = ""
    """One line of reason, mostly the cluster's own words; may be empty."""
    until: datetime | None = None
    """When time alone will change it: the deadline of a termination, the end of minReadySeconds."""
    kind: PodKind = field(default=PodKind.OTHER, metadata=NOT_IN_DOCUMENTS)

    @property
    def terminating(self) -> bool:
        return self.kind in (PodKind.TERMINATING, PodKind.STUCK_TERMINATING)


class Suspicion(IntEnum):
    """How much the kubelet of a node is in doubt; higher is worse. Above NONE, the lease of the node is looked at."""

    NONE = 0
    NOT_READY = 1
    """It says itself that it is not Ready, or has not said anything yet."""
    OVERDUE = 2
    """It does not confirm the end of a pod, long after the pod's deadline."""
    LOST = 3
    """It is silent, or there is no such Node."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """The node of a pod; without a name the pod is on none."""

    name: str = ""
    status: NodeStatus = NodeStatus.NONE
    health: Health = Health.NEUTRAL
    zone: str = ""
    """From the node, else from the pod; empty while neither tells."""
    since: datetime | None = None
    detail: str = ""
    out_of_service: bool = False
    """Whether somebody attested that its machine is off (taint `node.kubernetes.io/out-of-service`)."""
    suspicion: Suspicion = Suspicion.NONE
    lease: LeaseStatus = LeaseStatus.NOT_READ
    """Read only for a node under suspicion."""
    lease_renewed: datetime | None = None
    """By the clock of the node, which may be wrong."""
    lease_detail: str = ""
    """Why the lease is unknown."""

    @property
    def well(self) -> bool:
        """Whether its kubelet reports Ready; False too where nothing is known."""
        return self.status in (NodeStatus.READY, NodeStatus.CORDONED)

    @property
    def lost(self) -> bool:
        """Whether what a pod of this node reports about itself may be out of date."""
        return self.status in (NodeStatus.UNREACHABLE, NodeStatus.NOT_READY, NodeStatus.MISSING)


@dataclass(frozen=True, slots=True)
class ClassView:
    """The StorageClass that a claim names or, while it is not bound and names none, would be given."""

    status: ClassStatus = ClassStatus.NOT_NEEDED
    health: Health = Health.NEUTRAL
    provisioner: str = ""
    provisions: bool = False
    """Whether anything makes its volumes; `kubernetes.io/no-provisioner` does not."""
    expandable: bool = False
    """Whether its claims may grow (allowVolumeExpansion)."""
    binding: str = ""
    """`Immediate` or `WaitForFirstConsumer`."""
    detail: str = ""
    name: str = ""
    default: bool = False
    """Whether the claim names no class, and this is the one that it gets because it is the default."""


@dataclass(frozen=True, slots=True)
class VolumeView:
    """The volume that a claim is bound to, and where it is attached; NONE while there is none."""

    status: VolumeStatus = VolumeStatus.NONE
    health: Health = Health.NEUTRAL
    reclaim: str = ""
    """What becomes of it when its claim is deleted: `Retain` or `Delete`."""
    zones: tuple[str, ...] = ()
    """The zones that its node affinity confines it to."""
    detail: str = ""
    attachment: AttachmentStatus = AttachmentStatus.NONE
    """Seen from its pod."""
    attachment_health: Health = Health.NEUTRAL
    attached_to: str = ""
    """The node that it is attached to, or is being attached to or detached from."""
    attachment_detail: str = ""


@dataclass(frozen=True, slots=True)
class BudgetView:
    """The PodDisruptionBudget over the set's pods; it guards evictions alone, neither deletions nor rollouts."""

    label: str = ""
    """`max 1 down, 0 left`, followed by `, not all pods` where some are not in it; `none`; `2 budgets, evictions
    fail` where that many are over one pod; `2 budgets apart` where each has pods of its own; `unknown`."""
    health: Health = Health.NEUTRAL
    name: str = ""
    detail: str = ""
    kind: BudgetKind = field(default=BudgetKind.NONE, metadata=NOT_IN_DOCUMENTS)


@dataclass(frozen=True, slots=True)
class WriterView:
    """Somebody else who may write `replicas`, or all of the set."""

    kind: str
    """`HPA`, `owner`, `Argo CD`, `Flux`, `Helm`, or what the label app.kubernetes.io/managed-by says."""
    name: str = ""
    detail: str = ""
    """Between which bounds an HPA moves: `2 to 10`."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    template: str
    """Name of the claim template; the empty string for a claim that no template of the set knows."""
    name: str
    status: ClaimStatus
    health: Health
    uid: str = ""
    size: int | None = None
    """Bytes: the capacity of a bound claim, else what it requests."""
    requested: int | None = None
    """Bytes asked for; differs from `size` while a claim grows."""
    storage_class: str | None = None
    access_modes: tuple[str, ...] = ()
    volume: str = ""
    since: datetime | None = None
    drift: tuple[str, ...] = ()
    """In what the claim is not as the set's template has it: `size: template has 10 Gi`; made anew it would be so."""
    class_state: ClassView = ClassView()
    volume_state: VolumeView = VolumeView()


@dataclass(frozen=True, slots=True)
class DnsView:
    name: str
    """The pod's full name, with the assumed cluster domain; empty when the set names no Service."""
    status: DnsStatus
    health: Health
    detail: str = ""


class Stretch(Enum):
    """The parts of a replacement, in order."""

    ENDING = "ending"
    PLACING = "scheduling, attaching"
    """Until its containers could start: scheduled, volumes attached and mounted, network there."""
    STARTING = "starting"
    """Until it was Ready."""
    WARMING_UP = "warming up"
    """Ready, but not yet for minReadySeconds."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a replacement."""

    stretch: Stretch
    start: datetime
    end: datetime | None = None
    """None while it goes on."""


@dataclass(frozen=True, slots=True)
class OrdinalView:
    """One row of the set: an expected ordinal, whether its pod exists or not, or a pod that has no place in the set."""

    ordinal: int
    name: str
    place: Place
    state: PodState
    uid: str | None = None
    """None while there is no pod."""
    ready: bool = False
    """Ready and not terminating, on a node that is not known to be lost."""
    available: bool = False
    """Likewise, for minReadySeconds at least."""
    revision: str = ""
    """Name of the pod's ControllerRevision, `<set>-<hash>`; empty while unknown or missing."""
    at_update: bool | None = None
    """Whether it runs the update revision; None while either is unknown."""
    next: bool = False
    """Whether it is the one whose turn comes next: to be created, replaced or removed."""
    node: str = ""
    pod_ip: str = ""
    role: str = ""
    restarts: int = 0
    claims: tuple[ClaimView, ...] = ()
    dns: DnsView = DnsView("", DnsStatus.NONE, Health.NEUTRAL)
    node_state: NodeView = NodeView()
    phases: tuple[Phase, ...] = ()
    """How its pod came to be, as far as the pod itself tells, without gaps; of one that ends, that alone."""
    comes_back_on: str = ""
    """Name of the revision that its successor would be made of, were its pod deleted now; empty while unknown, and for
    what has no place in the set."""
    died: datetime | None = None
    """When a container of it last died; None where none has since it was created."""
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
    def on_lost_node(self) -> bool:
        """Whether its pod is on a node that is, or may be, lost."""
        return self.node_state.lost or self.node_state.suspicion >= Suspicion.LOST


class WaitReason(Enum):
    """The controller's decisions, in its order (pkg/controller/statefulset/stateful_set_control.go)."""

    UNREAD = "unread"
    """Not a state of the controller: what would tell is not (yet) readable for us."""
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
    """Not a state of the controller either: something else that explains a severity (`SetView.why`)."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Wait:
    """What the controller waits for now, as a sentence in two parts."""

    reason: WaitReason
    headline: str = ""
    """`waits for zookeeper-1`: bright on the screen; empty when nothing is waited for."""
    detail: str = ""
    """`image zookeeper:3.8.l cannot be pulled`: the rest of the sentence, without the age."""
    ordinal: int | None = None
    since: datetime | None = None
    severity: Severity = Severity.HEALTHY
    so: str = ""
    """What follows: `zookeeper-2 … zookeeper-0 stay on 6f4ddbdbb6 until then`; may be empty."""
    next: str = ""
    """What comes next, or what a person can do; may be empty."""


class Strategy(StrEnum):
    """Update strategies; a cluster may name others."""

    ROLLING_UPDATE = "RollingUpdate"
    ON_DELETE = "OnDelete"


@dataclass(frozen=True, slots=True)
class RolloutView:
    strategy: str
    """`RollingUpdate`, `OnDelete`, or what the cluster calls it."""
    partition: int
    current: str
    """Name of status.currentRevision; empty before the controller has seen the set."""
    update: str
    active: bool
    """Whether a pod is not at the update revision, or the update revision is not available everywhere it should be."""
    held: bool
    """Whether all that the partition lets through is done, and pods below it stay on the old revision: a canary."""
    updated: int
    """Pods at the update revision *and* available."""
    expected: int
    manager: str = ""
    """Field manager that last changed the template; the API does not know the person."""
    since: datetime | None = None
    """When the template last changed, as far as the managed fields tell."""
    pace: float | None = None
    """Seconds from one ordinal done to the next, the median of those done in this rollout; None while none is."""
    left: int = 0
    """How many ordinals this rollout still has to bring to the update revision; those held back do not count."""
    history: tuple[str, ...] = ()
    """Names of the ControllerRevisions that the set has, oldest creation first; an undo reuses old ones."""
    observed: bool = True
    """Whether the controller has seen the set as it is written now; until it has, all else here is about how it was."""
    paused_from: int | None = None
    """The partition that the set had before its rollout was paused; None while it is not paused."""
    canary_from: int | None = None
    """The partition that the set had before stsview began a canary; None where there is none."""

    @property
    def rolling(self) -> bool:
        """Whether the controller replaces pods itself (RollingUpdate)."""
        return self.strategy == Strategy.ROLLING_UPDATE

    @property
    def on_delete(self) -> bool:
        return self.strategy == Strategy.ON_DELETE


@dataclass(frozen=True, slots=True)
class ServiceView:
    """The governing Service of a set."""

    name: str
    status: ServiceStatus
    health: Health
    selected: int = 0
    """How many of the set's pods its endpoints hold."""
    publishes_not_ready: bool = False


@dataclass(frozen=True, slots=True)
class SetView:
    """Everything that stsview knows of one StatefulSet at one moment."""

    key: Key
    uid: str
    severity: Severity
    severity_since: datetime | None
    replicas: int
    start: int
    ready: int
    """Expected ordinals whose pod is Ready, not terminating, and on a node that is not lost; the controller's own
    counter would count those too.

    While the pods cannot be read, it is the controller's counter all the same, and so is `available`."""
    available: int
    policy: str
    """podManagementPolicy."""
    min_ready_seconds: int
    when_scaled: str
    when_deleted: str
    ordinals: tuple[OrdinalView, ...]
    """Expected ordinals ascending, then surplus, orphaned and foreign pods."""
    rollout: RolloutView
    wait: Wait
    service: ServiceView
    claims_bound: int
    claims_expected: int
    claims_bytes: int
    labels: dict[str, str] = field(default_factory=dict)
    created: datetime | None = None
    images: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Why parts of this view are unknown, one sentence each (`you may not list persistentvolumeclaims`)."""
    last_change: datetime | None = field(default=None, compare=False)
    """The latest instant that made this view what it is by passing; plays no part in equality either."""
    next_change: datetime | None = field(default=None, compare=False)
    """The earliest instant at which this view may change though no object does; plays no part in equality."""
    why: Wait = Wait(WaitReason.NOTHING)
    """The sentence that explains `severity`: `wait` where the controller's wait is the worst there is to say, else what
    is worse (`Service zk-hs is not headless`, a broken pod that the controller does not wait for). For one line per
    set, such as the fleet's WHY, this is the one to show."""
    budget: BudgetView = BudgetView()
    writers: tuple[WriterView, ...] = ()
    """Who else writes `replicas` or the whole set, as far as that can be seen."""
    writers_unknown: str = ""
    """Why there may be more of them: one sentence; empty when all are known."""
    sought: tuple[str, ...] = ()
    """Names of pods that are missing for no reason to be seen, or were only found by name: a look at that very name
    tells whether somebody else's pod has it."""
    findings: tuple[Finding, ...] = ()
    """What the rules say of it, the worst first; what is only a symptom stands below its cause."""
    role_label: str = ""
    """The label that tells the roles of its members; empty where none does."""

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def name(self) -> str:
        return self.key.name


@dataclass(frozen=True, slots=True)
class Fleet:
    """All sets at one moment, in no particular order, with the counts of the first lines."""

    sets: dict[Key, SetView]
    counts: dict[Severity, int]
    """How many sets have each severity; all severities are present."""

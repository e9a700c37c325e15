"""Findings: what is wrong with a set, the evidence, and the remedies.

The rules that yield them are in `stsview.triage`; the types are here because views contain them. Findings hold
instants, never ages. Their texts are plain, not markup; quotations from the cluster are put on one line and otherwise
unchanged.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum, IntFlag

from stsview.model.action_id import ActionId
from stsview.model.base import Record
from stsview.model.names import parent_and_ordinal


class Level(IntEnum):
    """Severity of a finding; higher is worse."""

    NOTICE = 1
    """Worth knowing, not urgent: it does not change how a set is rated."""
    WARNING = 2
    """The set works, but is at risk."""
    ERROR = 3
    """The set cannot make progress by itself, or a member is broken."""


class Certainty(Enum):
    """How reliable a finding is."""

    CERTAIN = "certain"
    """Derived from the spec and status of objects."""
    LIKELY = "likely"
    """Derived from an event or a message: Kubernetes drops, aggregates and rewords those."""


class Danger(IntEnum):
    """Risk of a remedy; higher is worse."""

    READ_ONLY = 0
    REVERSIBLE = 1
    DISRUPTIVE = 2
    """A member is down for a while, or an object must be recreated."""
    LOSS = 3
    """Data or identity may be lost: two writers on one volume, a deleted PVC."""

    @property
    def label(self) -> str:
        """`read-only`, `reversible`, `disruptive`, `data-loss risk`."""
        return "data-loss risk" if self is Danger.LOSS else self.name.lower().replace("_", "-")


class Reaches(IntFlag):
    """Which other findings a finding explains.

    They are shown below it; see `stsview.triage.correlation`.
    """

    NOTHING = 0
    ORDINALS = 1
    """Those about the same ordinals."""
    SET = 2
    """All others of the set: until it is resolved, nothing else is worth looking at."""


class Ref(Record, frozen=True):
    """The object that a finding is about."""

    kind: str
    """As in Kubernetes: `Pod`, `PersistentVolumeClaim`, `StatefulSet`, `Node`, …"""
    namespace: str
    """Empty for a cluster-scoped object."""
    name: str
    uid: str = ""
    """Empty for an object that does not exist."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Evidence(Record, frozen=True):
    """A verifiable fact: the value of one field of an object."""

    object: str
    """Kind and name: `Pod zookeeper-1`."""
    field: str
    """Path similar to kubectl's JSONPath: `status.containerStatuses[zookeeper].state.waiting.reason`; for an event,
    `event` and its reason."""
    value: str
    """One line; `absent` for a missing field or object."""


class Growth(Record, frozen=True):
    """PVCs to expand."""

    template: str
    """Name of their claim template."""
    size: str
    """A Kubernetes quantity."""
    ordinals: tuple[int, ...]
    """Whose PVCs; empty: all."""
    with_template: bool = False
    """Whether the claim template gets the size too."""


class Remedy(Record, frozen=True):
    """One step that an operator can take."""

    text: str
    """An imperative in lower case without a full stop: `delete zookeeper-1`."""
    danger: Danger
    action: ActionId | None = None
    """The stsview action that takes this step; None if there is none."""
    command: str = ""
    """The equivalent kubectl command, quoted for a shell; empty if kubectl has none."""
    pod: str = ""
    """Name of the pod that the action is about; empty if the action is about the set."""
    replicas: int | None = None
    """The replicas that the action sets, if it scales the set."""
    growth: Growth | None = None
    """What the action expands, if it grows PVCs."""
    changes: tuple[str, ...] = ()
    """`FIELD=VALUE` each, what the action changes, if it recreates the set."""


class Finding(Record, frozen=True):
    """One problem of a set, with its evidence, remedies and symptoms."""

    rule: str
    """Id of the rule in the catalogue."""
    level: Level
    object: Ref
    headline: str
    """One line with the ordinal and the cause: `zookeeper-1: image zookeeper:3.8.l cannot be pulled`."""
    since: datetime | None
    """None if unknown."""
    evidence: tuple[Evidence, ...]
    certainty: Certainty = Certainty.CERTAIN
    remedies: tuple[Remedy, ...] = ()
    """The safest first; the first one is the next step."""
    ordinals: tuple[int, ...] = ()
    """The affected ordinals, ascending; empty if the whole set is affected."""
    so: str = ""
    """The consequence: `zookeeper-2 is not created until then`; may be empty."""
    until: datetime | None = None
    """When the situation will change by itself, if that is known; `so` says how."""
    below: tuple[Finding, ...] = ()
    """Its symptoms: findings that would stand on their own without it."""
    acknowledged: bool = False
    """Whether an annotation or the configuration acknowledges it: it is a notice then, and fails no check."""

    @property
    def ordinal(self) -> int | None:
        """The ordinal to show first: that of its pod, else the lowest.

        None if the finding concerns the whole set.
        """
        parsed = parent_and_ordinal(self.object.name) if self.object.kind == "Pod" else None
        if parsed is not None and parsed[1] in self.ordinals:
            return parsed[1]
        return self.ordinals[0] if self.ordinals else None

    @property
    def next(self) -> str:
        """Text of the next step; empty if there is none."""
        return self.remedies[0].text if self.remedies else ""

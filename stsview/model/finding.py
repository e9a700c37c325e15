"""The vocabulary of triage: what is wrong with a set, how that is known, and what can be done about it.

The rules themselves are in `stsview.triage`; the words are here because views carry them. Findings hold instants, never
ages, and their texts are no markup; what they quote from the cluster is on one line, but otherwise as it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, IntFlag

from stsview.model.action_id import ActionId
from stsview.model.names import parent_and_ordinal


class Level(IntEnum):
    """How grave a finding is; higher is worse."""

    NOTICE = 1
    """Worth knowing, and no reason to get up: it makes no set look worse."""
    WARNING = 2
    """The set serves, but something will hurt."""
    ERROR = 3
    """The set does not go on by itself, or a member is broken."""


class Certainty(Enum):
    CERTAIN = "certain"
    """It follows from the spec and status of objects."""
    LIKELY = "likely"
    """It rests on an event or a message: those are dropped, aggregated and worded anew."""


class Danger(IntEnum):
    """What a remedy may cost."""

    READ_ONLY = 0
    REVERSIBLE = 1
    DISRUPTIVE = 2
    """A member is down for a while, or an object has to be made anew."""
    LOSS = 3
    """Data or identity may be lost: two writers on one volume, a claim that is gone."""


class Reaches(IntFlag):
    """Which other findings a finding explains, so that they stand below it; see `stsview.triage.correlation`."""

    NOTHING = 0
    ORDINALS = 1
    """Those about the same ordinals."""
    SET = 2
    """All others of the set: while it holds, nothing else is worth looking at."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The object that a finding is about."""

    kind: str
    """As Kubernetes has it: `Pod`, `PersistentVolumeClaim`, `StatefulSet`, `Node`, …"""
    namespace: str
    """Empty for what has none."""
    name: str
    uid: str = ""
    """Empty for an object that does not exist."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that anybody can check: what an object says in a field."""

    object: str
    """Kind and name: `Pod zookeeper-1`."""
    field: str
    """Path as kubectl's JSONPath has it: `status.containerStatuses[zookeeper].state.waiting.reason`; `event` plus its
    reason for an event."""
    value: str
    """One line; `absent` for what is not there."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One step that a person can take."""

    text: str
    """An imperative, in lower case, without a full stop: `delete zookeeper-1`."""
    danger: Danger
    action: ActionId | None = None
    """The action of stsview that does it; None where there is none."""
    command: str = ""
    """The same with kubectl, quoted for a shell; empty where kubectl cannot do it."""
    pod: str = ""
    """Name of the pod that the action is about; empty where that is the set."""


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    """Id of the rule in the catalogue."""
    level: Level
    object: Ref
    headline: str
    """One line with the ordinal and the cause: `zookeeper-1: image zookeeper:3.8.l cannot be pulled`."""
    since: datetime | None
    """None where nothing tells."""
    evidence: tuple[Evidence, ...]
    certainty: Certainty = Certainty.CERTAIN
    remedies: tuple[Remedy, ...] = ()
    """The safest first; the first one is the next step."""
    ordinals: tuple[int, ...] = ()
    """The ordinals that it concerns, ascending; none where it is the whole set."""
    so: str = ""
    """What follows: `zookeeper-2 is not created until then`; may be empty."""
    until: datetime | None = None
    """When something will happen to it by itself, where that can be told; `so` says what."""
    below: tuple[Finding, ...] = ()
    """What is only a symptom of this: findings that would stand for themselves without it."""

    @property
    def ordinal(self) -> int | None:
        """The one to look at first: that of the pod that it is about, else the lowest; None where it is of the set."""
        parsed = parent_and_ordinal(self.object.name) if self.object.kind == "Pod" else None
        if parsed is not None and parsed[1] in self.ordinals:
            return parsed[1]
        return self.ordinals[0] if self.ordinals else None

    @property
    def next(self) -> str:
        """The next step, in words; empty where there is none."""
        return self.remedies[0].text if self.remedies else ""

"""States as enums: decisions compare the members, screens draw their labels.

The value of a member is what JSON documents have; its label is what a person reads, and may be reworded.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Health(Enum):
    """What a state means to an operator; each has one glyph and one colour everywhere."""

    READY = "ready"
    PROGRESSING = "progressing"
    DEGRADED = "degraded"
    TERMINATING = "terminating"
    MISSING = "missing"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NEUTRAL = "neutral"
    """Neither good nor bad."""


class PodKind(Enum):
    """What kind of state an ordinal is in.

    Decisions compare this; `PodState.label` is for drawing.
    """

    OTHER = "other"
    UNKNOWN = "unknown"
    """Pods cannot be read."""
    MISSING = "missing"
    UNSCHEDULED = "unscheduled"
    INITIALIZING = "initializing"
    """An init container has not finished; the label begins with `Init:`."""
    STARTING = "starting"
    CONTAINER = "container"
    """A container waits or was terminated, and the label is the reason that Kubernetes gives."""
    NOT_READY = "not ready"
    WARMING_UP = "warming up"
    READY = "ready"
    NODE_LOST = "node lost"
    TERMINATING = "terminating"
    STUCK_TERMINATING = "stuck terminating"
    """Its deadline, with some slack, has passed."""
    ENDED = "ended"
    """The pod as a whole failed or completed; the controller deletes it."""


class BudgetKind(Enum):
    """Which PodDisruptionBudgets the pods of a set have."""

    NONE = "none"
    UNKNOWN = "unknown"
    ONE = "one"
    PARTIAL = "partial"
    """One budget, which does not select all pods."""
    CONFLICTING = "conflicting"
    """Several budgets over one pod: evictions of it fail."""
    SEPARATE = "separate"
    """Several budgets, each over pods of its own."""


class Status(StrEnum):
    """Base of the states below.

    An empty member, which is false, means that there is nothing to show.
    """

    @property
    def label(self) -> str:
        """What a person reads."""
        return _LABELS.get(self, self.value)


class NodeStatus(Status):
    NONE = ""
    """The pod is on no node."""
    READY = "Ready"
    CORDONED = "cordoned"
    """Ready, and closed to new pods."""
    NOT_READY = "not Ready"
    """Its kubelet reports so, or has not reported yet."""
    UNREACHABLE = "silent"
    """The node controller has not heard from its kubelet: the Ready condition is Unknown."""
    MISSING = "missing"
    """There is no Node of this name."""
    UNKNOWN = "unknown"
    """It cannot be read, or the stream of nodes lags behind that of pods."""


class LeaseStatus(Status):
    NOT_READ = ""
    RENEWED = "renewed"
    STALE = "stale"
    """It has expired, and was not renewed between the last two reads."""
    NONE = "none"
    UNKNOWN = "unknown"


class ClaimStatus(Status):
    BOUND = "Bound"
    PENDING = "Pending"
    LOST = "Lost"
    TERMINATING = "Terminating"
    MISSING = "missing"
    UNKNOWN = "unknown"


class ResizeStage(Enum):
    """The label is what a person reads of a claim in that stage."""

    COMPLETE = "has the size that it requests"
    REQUESTED = "the storage driver has not begun"
    VOLUME = "the storage driver expands the volume"
    NODE = "the node expands the file system"
    FILE_SYSTEM_PENDING = "the volume has grown, its file system has not"
    """Drivers that expand online finish by themselves; others expand the file system only at the next mount."""
    FAILING = "the expansion fails"
    """It is tried again."""
    INFEASIBLE = "the storage driver cannot expand it to that size"
    """It is tried again only rarely, until a smaller size is requested (KEP-1790)."""

    @property
    def failed(self) -> bool:
        return self in (ResizeStage.FAILING, ResizeStage.INFEASIBLE)


class ClassStatus(Status):
    NOT_NEEDED = ""
    """The claim names no class, and needs none any more."""
    KNOWN = "known"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NO_DEFAULT = "no default"
    """The claim names no class, and no StorageClass is the default."""
    NONE = "none"
    """The claim asks for no class."""


class VolumeStatus(Status):
    """The phase of a PersistentVolume, or why there is none."""

    NONE = ""
    PENDING = "Pending"
    AVAILABLE = "Available"
    BOUND = "Bound"
    RELEASED = "Released"
    FAILED = "Failed"
    OTHER = "other"
    """A phase that Kubernetes does not document."""
    MISSING = "missing"
    UNKNOWN = "unknown"


class AttachmentStatus(Status):
    """Where a volume is attached, seen from its pod."""

    NONE = ""
    ATTACHED = "attached"
    ATTACHING = "attaching"
    ATTACHED_ELSEWHERE = "attached elsewhere"
    DETACHING = "detaching"
    ERROR = "attach error"
    NOT_ATTACHED = "not attached"
    """Always so for volumes whose driver attaches nothing, which only its CSIDriver tells."""
    UNKNOWN = "unknown"


class ServiceStatus(Status):
    HEADLESS = "headless"
    MISSING = "missing"
    NOT_HEADLESS = "not headless"
    SELECTS_NO_POD = "selects no pod"
    NONE_NAMED = "none named"
    UNKNOWN = "unknown"


class DnsStatus(Status):
    NONE = ""
    PUBLISHED = "published"
    NOT_READY = "not ready"
    NOT_PUBLISHED = "not published"
    NOT_SELECTED = "not selected"
    NOT_HEADLESS = "not headless"
    NO_SERVICE = "no Service"
    NO_HOSTNAME = "no hostname"
    NO_POD = "no pod"
    UNKNOWN = "unknown"


_LABELS: dict[Status, str] = {NodeStatus.UNREACHABLE: "unreachable"}
"""Labels that differ from the value. Members equal their values as strings, so no two enums may share one here."""

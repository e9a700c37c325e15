"""What somebody wants to have done, named so that nothing else can be meant by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from stsview.model.action_id import ActionId
from stsview.objects.meta import Key


@dataclass(frozen=True, slots=True)
class Intent:
    """A StatefulSet to act on, identified by name and uid; each subclass is one action."""

    action: ClassVar[ActionId]

    set: Key
    set_uid: str


@dataclass(frozen=True, slots=True)
class Scale(Intent):
    action: ClassVar[ActionId] = ActionId.SCALE
    replicas: int
    seen: int
    """The replicas that were seen when this was asked for."""


@dataclass(frozen=True, slots=True)
class Reconcile(Intent):
    """A write that changes nothing, for a controller that has silently stopped."""

    action: ClassVar[ActionId] = ActionId.RECONCILE


@dataclass(frozen=True, slots=True)
class DeletePod(Intent):
    """Gracefully: with the grace period that the pod has."""

    action: ClassVar[ActionId] = ActionId.DELETE_POD
    pod: str
    pod_uid: str


@dataclass(frozen=True, slots=True)
class ForceDelete(Intent):
    """Take the object of a pod that does not end out of the cluster, whatever runs on its machine."""

    action: ClassVar[ActionId] = ActionId.FORCE_DELETE
    pod: str
    pod_uid: str
    override: str = ""
    """A written reason why it is to be done although it is refused; empty: it is not."""


@dataclass(frozen=True, slots=True)
class Restart(Intent):
    """All pods that the partition lets through, in the controller's order: by the annotation that kubectl writes."""

    action: ClassVar[ActionId] = ActionId.RESTART
    seen_revision: str
    """Name of the update revision that was seen; so in all intents below."""


class Order(Enum):
    HIGHEST_FIRST = "highest-first"
    LOWEST_FIRST = "lowest-first"
    LISTED = "listed"
    """As `OrderedRestart.only` has them."""


class RemovalMethod(Enum):
    """How a pod is taken away."""

    EVICTION = "eviction"
    """Which asks the disruption budgets."""
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class OrderedRestart(Intent):
    """Chosen ordinals, one at a time, each back and available before the next goes."""

    action: ClassVar[ActionId] = ActionId.ORDERED_RESTART
    seen_revision: str
    order: Order = Order.HIGHEST_FIRST
    only: tuple[int, ...] = ()
    """These ordinals; empty: all."""
    last: str = ""
    """`label` or `label=value`: pods that have it go last, whatever the order."""
    means: RemovalMethod = RemovalMethod.EVICTION
    soak: float = 0.0
    """Seconds for which each has to stay available before the next goes."""
    command: str = ""
    """A shell command, run here, that has to succeed before the next goes; empty: none."""
    other_revision: bool = False
    """Whether it is wanted although pods come back on another revision than they run."""
    continues: str = ""
    """Id of the restart that was not finished, and that this one goes on with; empty: none."""


@dataclass(frozen=True, slots=True)
class Undo(Intent):
    action: ClassVar[ActionId] = ActionId.UNDO
    seen_revision: str
    to: str = ""
    """Name of the revision to go back to; empty: the one before, as with kubectl."""


@dataclass(frozen=True, slots=True)
class Unblock(Intent):
    """Delete, one after the other, the pods for which the controller waits though it would replace them."""

    action: ClassVar[ActionId] = ActionId.UNBLOCK
    seen_revision: str


@dataclass(frozen=True, slots=True)
class CanaryStart(Intent):
    """A change of the template for the highest ordinals alone."""

    action: ClassVar[ActionId] = ActionId.CANARY_START
    seen_revision: str
    pods: int
    """How many ordinals get it, from the highest down."""
    images: tuple[tuple[str, str], ...] = ()
    """Container and image. Of images, revision and restart exactly one is asked for."""
    revision: str = ""
    """Name of the revision whose template it is to be."""
    restart: bool = False


@dataclass(frozen=True, slots=True)
class CanaryStep(Intent):
    """Let the canary's revision reach more ordinals."""

    action: ClassVar[ActionId] = ActionId.CANARY_NEXT
    seen_revision: str
    seen_partition: int
    to_end: bool = False
    """All that are left, instead of one."""


@dataclass(frozen=True, slots=True)
class CanaryAbort(Intent):
    action: ClassVar[ActionId] = ActionId.CANARY_ABORT
    seen_revision: str
    seen_partition: int


@dataclass(frozen=True, slots=True)
class PauseRollout(Intent):
    """By the partition: what is updated stays so, and no further pod is."""

    action: ClassVar[ActionId] = ActionId.PAUSE
    seen_revision: str
    seen_partition: int


@dataclass(frozen=True, slots=True)
class ResumeRollout(Intent):
    """The partition that was before the pause."""

    action: ClassVar[ActionId] = ActionId.RESUME
    seen_revision: str
    seen_partition: int

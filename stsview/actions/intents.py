"""What the operator asks for.

An intent names an object, as it was shown, and what to do with it.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

import msgspec

from stsview.model.action_id import ActionId
from stsview.objects.meta import Key


class _Overriding(msgspec.Struct, frozen=True, kw_only=True):
    override: str = ""
    """The reason for overriding a refusal; empty: do not override."""


class Intent(_Overriding, frozen=True):
    """What the operator asks for. Each subclass without subclasses is one action."""

    action: ClassVar[ActionId]


class SetIntent(Intent, frozen=True):
    """A StatefulSet to act on, identified by name and uid."""

    set: Key
    set_uid: str


class Scale(SetIntent, frozen=True):
    """Set the number of replicas."""

    action: ClassVar[ActionId] = ActionId.SCALE
    replicas: int
    seen: int
    """The replicas that were shown when this was asked for."""


class Reconcile(SetIntent, frozen=True):
    """Trigger a reconcile, where the controller silently stopped.

    It is a write that changes nothing that runs.
    """

    action: ClassVar[ActionId] = ActionId.RECONCILE


class DeletePod(SetIntent, frozen=True):
    """Delete a pod gracefully, with its own grace period."""

    action: ClassVar[ActionId] = ActionId.DELETE_POD
    pod: str
    pod_uid: str


class ForceDelete(SetIntent, frozen=True):
    """Remove a pod that is stuck Terminating from the API.

    Its containers may still run.
    """

    action: ClassVar[ActionId] = ActionId.FORCE_DELETE
    pod: str
    pod_uid: str


class Restart(SetIntent, frozen=True):
    """Rolling restart by the annotation that kubectl writes.

    It restarts the pods that the partition reaches.
    """

    action: ClassVar[ActionId] = ActionId.RESTART
    seen_revision: str
    """Name of the update revision that was shown; so in all intents below."""


class Order(Enum):
    HIGHEST_FIRST = "highest-first"
    LOWEST_FIRST = "lowest-first"
    LISTED = "listed"
    """The order of `OrderedRestart.only`."""


class RemovalMethod(Enum):
    """How a pod is removed."""

    EVICTION = "eviction"
    """Honours PodDisruptionBudgets."""
    DELETION = "deletion"


class OrderedRestart(SetIntent, frozen=True):
    """Restart chosen ordinals one at a time.

    Each is available again before the next is removed.
    """

    action: ClassVar[ActionId] = ActionId.ORDERED_RESTART
    seen_revision: str
    order: Order = Order.HIGHEST_FIRST
    only: tuple[int, ...] = ()
    """Ordinals to restart; empty: all."""
    last: str = ""
    """`label` or `label=value`: pods that have it are restarted last, whatever the order."""
    means: RemovalMethod = RemovalMethod.EVICTION
    soak: float = 0.0
    """Seconds that each has to stay available before the next is removed."""
    command: str = ""
    """A shell command, run on this machine, that has to succeed before the next is removed; empty: none."""
    other_revision: bool = False
    """Whether pods may be recreated on another revision than they run."""
    continues: str = ""
    """Id of the unfinished restart that this one continues; empty: none."""


class Undo(SetIntent, frozen=True):
    """Roll the pod template back to an earlier revision."""

    action: ClassVar[ActionId] = ActionId.UNDO
    seen_revision: str
    to: str = ""
    """Name of the revision to roll back to; empty: the previous one, as with kubectl."""


class Unblock(SetIntent, frozen=True):
    """Delete, one by one, the pods that block their own update.

    The controller waits for them to become Ready.
    """

    action: ClassVar[ActionId] = ActionId.UNBLOCK
    seen_revision: str


class CanaryStart(SetIntent, frozen=True):
    """Change the pod template for the highest ordinals only."""

    action: ClassVar[ActionId] = ActionId.CANARY_START
    seen_revision: str
    pods: int
    """How many ordinals get the change, from the highest down."""
    images: tuple[tuple[str, str], ...] = ()
    """Container and image. Exactly one of images, revision and restart is set."""
    revision: str = ""
    """Name of the revision to take the template from."""
    restart: bool = False


class CanaryStep(SetIntent, frozen=True):
    """Move more ordinals to the revision of the canary."""

    action: ClassVar[ActionId] = ActionId.CANARY_NEXT
    seen_revision: str
    seen_partition: int
    to_end: bool = False
    """All remaining ordinals, instead of one."""


class CanaryAbort(SetIntent, frozen=True):
    """Restore the template and the partition from before the canary."""

    action: ClassVar[ActionId] = ActionId.CANARY_ABORT
    seen_revision: str
    seen_partition: int


class PauseRollout(SetIntent, frozen=True):
    """Hold a rollout by its partition: no further pod is updated."""

    action: ClassVar[ActionId] = ActionId.PAUSE
    seen_revision: str
    seen_partition: int


class ResumeRollout(SetIntent, frozen=True):
    """Restore the partition from before the pause."""

    action: ClassVar[ActionId] = ActionId.RESUME
    seen_revision: str
    seen_partition: int


class Grow(SetIntent, frozen=True):
    """Expand the PersistentVolumeClaims of a set, and its claim template where that is asked for."""

    action: ClassVar[ActionId] = ActionId.GROW
    size: str
    """A Kubernetes quantity: `20Gi`."""
    claim: str = ""
    """Name of the claim template; empty: the only one."""
    ordinals: tuple[int, ...] = ()
    """Ordinals whose claims grow, in this order; empty: all, the highest first."""
    parallel: int = 1
    """How many claims grow at a time."""
    template: bool = False
    """Whether the claim template gets the size too, for future ordinals: the set is created again for that."""
    continues: str = ""
    """Id of the unfinished growth that this one continues; empty: none."""


class Recreate(SetIntent, frozen=True):
    """Change fields that cannot be changed in place: delete the set without its pods, and create it again."""

    action: ClassVar[ActionId] = ActionId.RECREATE
    changes: tuple[str, ...]
    """`FIELD=VALUE` each, as `stsview.actions.operations.recreate.changes` parses it."""


class ResumeRecreate(SetIntent, frozen=True):
    """Create a set that is gone while its pods live, or finish a recreation that was interrupted.

    `set_uid` is that of the set that was deleted, or empty where no journal tells it.
    """

    action: ClassVar[ActionId] = ActionId.RESUME_RECREATE
    put_back: bool = False
    """The set as it was, instead of the one with the changes."""


class NodeIntent(Intent, frozen=True):
    """A node to act on, identified by name and uid."""

    node: str
    node_uid: str
    cluster: str = ""
    """The context of its cluster, where several are shown; a set has it in its key."""


class Cordon(NodeIntent, frozen=True):
    """Close a node to new pods."""

    action: ClassVar[ActionId] = ActionId.CORDON


class Uncordon(NodeIntent, frozen=True):
    """Open a node to new pods again."""

    action: ClassVar[ActionId] = ActionId.UNCORDON

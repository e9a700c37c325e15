"""How storage drivers expand volumes, and the errors that they return.

Sources: the ControllerExpandVolume and NodeExpandVolume errors of the CSI specification; pkg/util/util.go of
external-resizer (IsFinalError, IsInfeasibleError); kubernetes/pkg/volume/csi/{csi_client,expander}.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.quantities import in_bytes
from stsview.simulator.storage_classes import class_of


class Expansion(StrEnum):
    """What a driver does with a volume that is to grow; the value of the fault annotation `expand`."""

    ONLINE = "online"
    """The volume grows, then its file system, while the pod runs."""
    CONTROLLER = "controller"
    """The volume grows, and no node has a part in it, as with a network file system."""
    OFFLINE = "offline"
    """The volume grows; its file system only when a pod mounts it."""
    UNUSED = "unused"
    """The volume grows only while no pod uses it."""
    REFUSE = "refuse"
    """The size is infeasible for the storage backend."""
    REFUSE_NODE = "refuse-node"
    """The size is infeasible for the file system, after the volume has grown."""
    FAIL = "fail"
    """The storage backend fails, at each attempt."""
    FAIL_NODE = "fail-node"
    """The file system cannot be expanded, at each attempt, after the volume has grown."""
    NEVER = "never"
    """The storage backend does not respond."""
    NEVER_NODE = "never-node"
    """The expansion of the file system does not end, after the volume has grown."""
    ABSENT = "absent"
    """No external-resizer runs for the driver: nothing happens."""


class Outcome(StrEnum):
    """How external-resizer and the kubelet classify an error."""

    INFEASIBLE = "infeasible"
    FINAL = "final"
    UNCERTAIN = "uncertain"
    """The operation may still be in progress."""
    IN_USE = "in-use"
    """Not while the volume is in use; also final."""


@dataclass(frozen=True)
class DriverError:
    outcome: Outcome
    text: str
    """As gRPC renders it."""


@dataclass(frozen=True)
class Driver:
    """The driver of one volume."""

    expansion: Expansion
    limit: int | None = None
    """Bytes up to which `REFUSE` and `REFUSE_NODE` expand; None: not at all."""

    @property
    def resizes_on_node(self) -> bool:
        return self.expansion is not Expansion.CONTROLLER

    def controller_error(self, size: str, *, in_use: bool) -> DriverError | None:
        """The error of ControllerExpandVolume, or None. `size` is a quantity."""
        match self.expansion:
            case Expansion.REFUSE if self.limit is None or in_bytes(size) > self.limit:
                return _error(Outcome.INFEASIBLE, "OutOfRange", f"the storage backend cannot expand a volume to {size}")
            case Expansion.FAIL:
                return _error(Outcome.FINAL, "Internal", "the storage backend failed to expand the volume")
            case Expansion.NEVER:
                return _error(Outcome.UNCERTAIN, "DeadlineExceeded", "context deadline exceeded")
            case Expansion.UNUSED if in_use:
                return _error(Outcome.IN_USE, "FailedPrecondition", "the volume is published on a node")
        return None

    def node_error(self, size: str, *, mounting: bool) -> DriverError | None:
        """The error of NodeExpandVolume, or None. While `mounting` no pod uses the volume yet."""
        match self.expansion:
            case Expansion.REFUSE_NODE if self.limit is None or in_bytes(size) > self.limit:
                return _error(Outcome.INFEASIBLE, "OutOfRange", f"the file system cannot be expanded to {size}")
            case Expansion.FAIL_NODE:
                return _error(Outcome.FINAL, "Internal", "resize2fs failed: exit status 1")
            case Expansion.NEVER_NODE:
                return _error(Outcome.UNCERTAIN, "DeadlineExceeded", "context deadline exceeded")
            case Expansion.OFFLINE if not mounting:
                return _error(
                    Outcome.IN_USE, "FailedPrecondition", "the file system cannot be expanded while it is in use"
                )
        return None


def driver_of(claim: Object, volume: Object, informers: Informers) -> Driver:
    """The driver of a bound claim's volume, by the annotations of the claim or else of its class."""
    storage_class = informers.classes.get("", class_of(claim) or "")
    for one in (claim, storage_class):
        if one is not None and (word := fault_annotations.value(one, "expand")):
            limit = fault_annotations.value(one, "expand-limit")
            return Driver(_expansion(word), in_bytes(limit) if limit else None)
    return Driver(Expansion.ONLINE if "csi" in volume["spec"] else Expansion.CONTROLLER)


def _expansion(word: str) -> Expansion:
    try:
        return Expansion(word)
    except ValueError:
        return Expansion.ONLINE


def _error(outcome: Outcome, code: str, text: str) -> DriverError:
    return DriverError(outcome, f"rpc error: code = {code} desc = {text}")

"""What somebody wants to have done, named so that nothing else can be meant by it."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.objects.meta import Key


@dataclass(frozen=True, slots=True)
class Intent:
    """Which set, as it was seen: another one of the same name is another set."""

    set: Key
    set_uid: str


@dataclass(frozen=True, slots=True)
class Scale(Intent):
    replicas: int
    seen: int
    """The replicas that were seen when this was asked for."""


@dataclass(frozen=True, slots=True)
class Nudge(Intent):
    """A write that changes nothing, for a controller that has silently stopped."""


@dataclass(frozen=True, slots=True)
class DeletePod(Intent):
    """Gracefully: with the grace period that the pod has."""

    pod: str
    pod_uid: str


@dataclass(frozen=True, slots=True)
class ForceDelete(Intent):
    """Take the object of a pod that does not end out of the cluster, whatever runs on its machine."""

    pod: str
    pod_uid: str
    override: str = ""
    """A written reason why it is to be done although it is refused; empty: it is not."""

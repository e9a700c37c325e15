"""How many members a set needs to be up as a whole, where anybody says so."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.model.settings import ModelSettings
from stsview.objects.statefulset import StatefulSet

ANNOTATION = "stsview.io/quorum"
"""On a set: a number of members, or `majority`."""

MAJORITY = "majority"


@dataclass(frozen=True, slots=True)
class Quorum:
    needed: int
    source: str
    """Where it stands: the path of the annotation, or `configuration`."""
    value: str
    """As it stands there."""


def quorum_of(stateful: StatefulSet, settings: ModelSettings) -> Quorum | None:
    """None where nobody says: that most members are needed is true of many sets, and of many it is not.

    What the operator has configured outweighs the annotation. A number that the set cannot reach says nothing.
    """
    replicas = stateful.spec.replicas
    configured = settings.quorum.get(str(stateful.metadata.key))
    if configured is not None:
        return Quorum(configured, "configuration", str(configured)) if configured <= replicas else None
    value = stateful.metadata.annotations.get(ANNOTATION, "").strip()
    path = f"metadata.annotations[{ANNOTATION}]"
    if value == MAJORITY:
        return Quorum(replicas // 2 + 1, path, value)
    # More digits than a number of replicas has are no number of members.
    if value.isascii() and value.isdecimal() and len(value) <= 10 and 0 < int(value) <= replicas:
        return Quorum(int(value), path, value)
    return None

"""How many members a set needs to work as a whole, where that is configured."""

from __future__ import annotations

from stsview.model.base import Record
from stsview.model.settings import ModelSettings
from stsview.objects.statefulset import StatefulSet

ANNOTATION = "stsview.io/quorum"
"""On a set: a number of members, or `majority`."""

MAJORITY = "majority"


class Quorum(Record, frozen=True):
    needed: int
    source: str
    """Where it is set: the path of the annotation, or `configuration`."""
    value: str
    """As it is written there."""


def quorum_of(stateful: StatefulSet, settings: ModelSettings) -> Quorum | None:
    """The quorum of a set.

    None where none is set: many sets need a majority of their members, and many do not.

    The configuration takes precedence over the annotation. A number that the set cannot reach is ignored.
    """
    replicas = stateful.spec.replicas
    configured = settings.quorum.get(str(stateful.metadata.key))
    if configured is not None:
        return Quorum(configured, "configuration", str(configured)) if configured <= replicas else None
    value = stateful.metadata.annotations.get(ANNOTATION, "").strip()
    path = f"metadata.annotations[{ANNOTATION}]"
    if value == MAJORITY:
        return Quorum(replicas // 2 + 1, path, value)
    # A number of replicas has at most ten digits.
    if value.isascii() and value.isdecimal() and len(value) <= 10 and 0 < int(value) <= replicas:
        return Quorum(int(value), path, value)
    return None

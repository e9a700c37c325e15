"""What can be looked at closely, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from textual.message import Message

from stsview.objects.kinds import Kind
from stsview.objects.meta import Key


class InspectView(Enum):
    """One way to look at something."""

    LOGS = "logs"
    PREVIOUS = "previous"
    """Logs of the run before the present one."""
    DESCRIBE = "describe"
    YAML = "yaml"
    EVENTS = "events"
    REVISIONS = "revisions"
    """Of the set, whichever pod is meant."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object by kind and name."""

    kind: Kind
    key: Key
    word: str
    """What it is called on the screen: `pod`, `claim`."""
    state: str = ""
    """How it is, in a word."""

    def names(self, other: ObjectRef) -> bool:
        """Whether both are the same object."""
        return self.kind is other.kind and self.key == other.key


@dataclass(frozen=True, slots=True)
class Subject:
    """A set, or one of its pods."""

    set: Key
    pod: str = ""
    """Name of the pod; empty where the set itself is meant."""
    object: ObjectRef | None = None
    """What around it is looked at; None: the pod, or the set."""


class Look(Message):
    """Somebody wants to look at a subject."""

    def __init__(self, glance: InspectView, subject: Subject) -> None:
        super().__init__()
        self.glance = glance
        self.subject = subject

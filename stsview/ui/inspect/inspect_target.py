"""Views that can be opened on a set or pod, and the message that asks for one."""

from __future__ import annotations

from enum import Enum

import msgspec
from textual.message import Message

from stsview.objects.kinds import Kind
from stsview.objects.meta import Key, bare


class InspectView(Enum):
    """A read-only view of a set or one of its pods."""

    LOGS = "logs"
    PREVIOUS = "previous"
    """Logs of the previous container run."""
    DESCRIBE = "describe"
    YAML = "yaml"
    EVENTS = "events"
    REVISIONS = "revisions"
    """Of the set, even when a pod is selected."""


class ObjectRef(msgspec.Struct, frozen=True):
    """Reference to an object by kind and name."""

    kind: Kind
    key: Key
    word: str
    """Name of the kind on the screen: `pod`, `PVC`."""
    state: str = ""
    """Its state in a word, for display."""
    uid: str = ""
    """The uid that an owner reference gives; empty where any object of the name is meant."""

    def same_object(self, other: ObjectRef) -> bool:
        """Whether both refer to the same object."""
        return self.kind == other.kind and self.key == other.key


NO_SET = Key("", "")
"""In the target of an object that belongs to no set."""


class InspectTarget(msgspec.Struct, frozen=True):
    """The set, or one of its pods, that a view is opened on."""

    set: Key
    pod: str = ""
    """Name of the pod; empty for the set itself."""
    object: ObjectRef | None = None
    """The related object to show; None for the pod, or the set."""
    container: str = ""
    """Whose log to show; empty for the default container, with a choice if there are several."""
    pods: tuple[str, ...] = ()
    """Names of several pods, whose logs are shown together; none for all, if there is no `pod`."""

    @property
    def of_set(self) -> bool:
        """Whether it belongs to a set; a node, for one, does not."""
        return bare(self.set) != NO_SET


class InspectRequested(Message):
    """The operator asked for a view of a target."""

    def __init__(self, inspect_view: InspectView, target: InspectTarget) -> None:
        super().__init__()
        self.inspect_view = inspect_view
        self.target = target

"""What a reflector tells the rest of the house: batches of changes of one kind, and how its stream is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import msgspec

from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key


class Applied(msgspec.Struct, frozen=True, gc=False):
    """An object was added or modified; it arrives whole."""

    object: KubernetesObject


class Deleted(msgspec.Struct, frozen=True, gc=False):
    """An object is gone (or no longer matches the selector); holds its last state."""

    object: KubernetesObject


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one kind, in the order in which the server told them.

    With `replace`, the batch is a whole list: every object of the kind that it does not hold is gone, in `namespace`
    only where one is given.
    """

    kind: Kind
    changes: tuple[Applied | Deleted, ...]
    replace: bool = False
    namespace: str = ""


class StreamPhase(Enum):
    STARTING = "starting"
    LISTING = "listing"
    """Connecting, or reading a list. What was shown before, if anything was, is getting old since `disconnected_at`."""
    LIVE = "live"
    """A watch is open, or a streaming list has ended and goes on as a watch."""
    POLLED = "polled"
    """We may list the kind but not watch it: a list is read now and then, the next at `retry_at`, when another watch is
    tried as well."""
    WAITING = "waiting"
    """Not connected; the next try is due at `retry_at`."""
    FORBIDDEN = "forbidden"
    """We may not list and watch the kind. It is tried again every minute or so, at `retry_at`."""
    ABSENT = "absent"
    """The server does not know the kind; tried again likewise."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How the picture of one kind (in one namespace, or everywhere) is. Times are the injected clock's monotonic()."""

    kind: Kind
    namespace: str = ""
    phase: StreamPhase = StreamPhase.STARTING
    synced: bool = False
    """Whether a whole list has been delivered at any time since the kind could be read."""
    last_event_at: float | None = None
    """When the server last said anything on this stream, bookmarks included."""
    as_of: float | None = None
    """Of when the picture is that was delivered: of the last word on a watch, or of the list it began with."""
    disconnected_at: float | None = None
    """Since when nothing keeps the picture up to date; None while a watch is open, or a list is read now and then."""
    retry_at: float | None = None
    problem: str = ""
    """One line for the screen: what is wrong with the connection; empty while nothing is."""
    loaded: int = 0
    remaining: int | None = None
    """Of a list in progress: objects read so far, and how many the server says remain."""
    malformed: int = 0
    """Objects that cannot be decoded as they are now: they are missing, or shown as they were before."""
    malformed_keys: frozenset[Key] = frozenset()
    """Those of them of which at least the name can be read."""
    reconnects: int = field(default=0)

"""What a reflector delivers: changes of one kind, and its stream's health."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import Enum

import msgspec

from stsview.objects.kinds import Kind, KubernetesObject
from stsview.objects.meta import Key


class Applied(msgspec.Struct, frozen=True, gc=False):
    """An object was added or modified; the complete object."""

    object: KubernetesObject


class Deleted(msgspec.Struct, frozen=True, gc=False):
    """An object was deleted, or no longer matches the selector; its last state."""

    object: KubernetesObject


class Batch(msgspec.Struct, frozen=True):
    """Changes of one kind, in the order of the server.

    With `replace`, the batch completes a list: every object of the kind that is neither in it nor `listed` no longer
    exists (in `namespace` only, if one is given).
    """

    kind: Kind
    changes: tuple[Applied | Deleted, ...]
    replace: bool = False
    namespace: str = ""
    listed: Mapping[str, Set[str]] = msgspec.field(default_factory=dict)
    """With `replace`: the names, by namespace, of the objects of the list that earlier batches have brought."""


class StreamPhase(Enum):
    """State of the stream of one kind."""

    STARTING = "starting"
    LISTING = "listing"
    """Connecting, or reading a list. Earlier data, if any, is out of date since `disconnected_at`."""
    LIVE = "live"
    """A watch is open."""
    POLLED = "polled"
    """The kind may be listed but not watched: a list is read about every 30 s, the next at `retry_at`, when a watch is
    tried again too."""
    WAITING = "waiting"
    """Not connected; the next attempt is due at `retry_at`."""
    FORBIDDEN = "forbidden"
    """The kind must not be listed and watched. Retried about once a minute, at `retry_at`."""
    ABSENT = "absent"
    """The server does not have the kind; retried likewise."""
    STOPPED = "stopped"


class StreamHealth(msgspec.Struct, frozen=True):
    """The health of the stream of one kind (in one namespace or all).

    Times are monotonic() of the injected clock.
    """

    kind: Kind
    namespace: str = ""
    phase: StreamPhase = StreamPhase.STARTING
    synced: bool = False
    """Whether a complete list has been delivered since the kind became readable."""
    last_event_at: float | None = None
    """When the server last sent anything on this stream, bookmarks included."""
    as_of: float | None = None
    """When the delivered data was current: at the last event of a watch, or at its initial list."""
    disconnected_at: float | None = None
    """Since when nothing updates the data; None while a watch is open or lists are polled."""
    retry_at: float | None = None
    problem: str = ""
    """One line for the screen: what is wrong with the stream; empty while nothing is."""
    loaded: int = 0
    remaining: int | None = None
    """For a list in progress: objects read so far, and how many the server says remain."""
    malformed: int = 0
    """Objects that cannot be decoded at present: they are missing, or shown in an earlier state."""
    malformed_keys: frozenset[Key] = frozenset()
    """Those of them whose name can be read."""
    reconnects: int = msgspec.field(default=0)

"""What a screen or command is handed about ten times a second, if anything changed: one immutable picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from stsview.live.on_demand import ObjectReader
from stsview.model.rollout.detail import SetDetail
from stsview.model.views import Fleet
from stsview.objects.meta import Key


class Link(Enum):
    """How the picture stands to the cluster."""

    CONNECTING = "connecting"
    """Nothing was ever read."""
    LOADING = "loading"
    """Connected; the first lists have not ended."""
    LIVE = "live"
    """Every stream that is needed has had a frame within 75 s, and the server answered within the last 15 s."""
    POLLED = "polled"
    """As live, but for kinds that may be listed and not watched: those are only as new as their last list."""
    SILENT = "silent"
    """Connections stand, but the server has not been heard in time."""
    DISCONNECTED = "disconnected"
    """At least one needed stream is not connected."""


CURRENT = frozenset({Link.LIVE, Link.POLLED})
"""The picture is whole, and as new as it can be had."""


@dataclass(frozen=True, slots=True)
class PictureHealth:
    """Whether the picture may be believed, and how old it is. Instants are on the clock of `Source.now()`."""

    link: Link = Link.CONNECTING
    since: datetime | None = None
    """Since when it is silent or disconnected, or when what is polled was last heard of; it shows what was then."""
    retry_at: datetime | None = None
    problem: str = ""
    """One line: what is wrong; may hold the server's words."""
    loaded: int = 0
    remaining: int | None = None
    """Objects read so far by lists in progress, and how many the server said remain, if it said."""
    degraded: tuple[str, ...] = ()
    """One sentence for each kind that cannot be read (`you may not list persistentvolumeclaims`)."""
    malformed: int = 0
    """Objects that cannot be decoded as they are now: they are missing, or shown as they were before."""
    polled: tuple[str, ...] = ()
    """Kinds that are listed now and then, as resources (`events`), each about every `poll_seconds`."""
    poll_seconds: float = 0.0
    clock_offset: timedelta = timedelta(0)
    """How far the server's clock is ahead of this machine's; zero while they agree well enough."""
    blind: str = ""
    """Why no set at all can be seen, in one sentence; empty while some could be, if there were any."""
    denied: tuple[str, ...] = ()
    """Resource names (`nodes`) of the kinds of `degraded` that may not be read, rather than failing to be read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cluster, and which part of it, is looked at."""

    context: str
    """Name of the kubeconfig context, pinned at start; `in-cluster` inside a pod."""
    server: str = ""
    namespaces: tuple[str, ...] = ()
    """Empty: all namespaces."""
    strict: bool = False
    """All namespaces were asked for in so many words: fewer will not do, even where not all may be read."""
    limit: str = ""
    """Why `namespaces` are not all of them though that was wanted (`you may not list statefulsets in all`)."""
    total: int | None = None
    """With a `limit`: how many namespaces there are; None where nobody knows."""
    acting_as: str = ""
    """The user that is impersonated; empty when nobody is."""
    read_only: str = ""
    """Why nothing may be changed here (`--read-only`); empty where it may."""
    protected: bool = False
    """Whether everything that is changed here takes the context's name besides."""
    unverified: bool = False
    """Nobody knows whether it is that cluster: the server's certificate is not checked."""

    @property
    def words(self) -> str:
        if not self.limit:
            return ", ".join(self.namespaces) if self.namespaces else "all namespaces"
        if self.total is None:
            return f"{', '.join(self.namespaces) or 'no namespace'}: {self.limit}"
        return f"{len(self.namespaces) or 'none'} of {self.total} namespaces: {self.limit}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    fleet: Fleet
    scope: Scope
    health: PictureHealth
    now: datetime
    """The server's time as well as we know it; ages on the screen count from here."""
    changed: frozenset[Key] = field(default_factory=frozenset)
    """Sets that were added, removed or changed since the snapshot before."""
    detail: SetDetail | None = None
    """Of the set that is open (`Source.open`); None while none is. It may change while no set does."""


Listener = Callable[[Snapshot], None]


class Source(ObjectReader, Protocol):
    """The one way by which screens and commands get at a cluster. `stsview.live.live.Live` is the real one."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest picture; at first an empty one that is CONNECTING."""

    def now(self) -> datetime:
        """The server's time as well as we know it: its Date header, moved on by the local monotonic clock."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener`, in the event loop, with each new snapshot; returns what ends that."""

    async def run(self) -> None:
        """Connect and keep the picture live until cancelled.

        Raises `stsview.live.errors.CannotStart` when the very first connection fails; later failures are shown in the
        health of the picture and retried.
        """

    def contexts(self) -> Sequence[str]:
        """Names of the contexts of the kubeconfig, the pinned one included."""

    async def namespaces(self) -> Sequence[str]:
        """Names of all namespaces, sorted; those of the shown sets where the namespaces may not be listed."""

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        """Look at these namespaces instead (empty: all of them). Returns once the old picture is gone."""

    def retry(self) -> None:
        """Try again at once whatever waits for its next try: connections, logging in, what was forbidden."""

    def open(self, key: Key | None) -> None:
        """Read the detail of this set, and of no other, into the next snapshots; None for none at all.

        Returns at once, may be called at any time, and stays in force when the picture becomes another one: it is for
        whoever shows a set to close it again.
        """

    async def switch_context(self, context: str) -> None:
        """Look at another cluster, once it has answered; only then is the old picture dropped.

        Raises `CannotStart` when it cannot be reached; then nothing has changed.
        """

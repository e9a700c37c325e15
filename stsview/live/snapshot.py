"""The immutable picture that screens and commands receive.

A new one comes up to ten times a second, when anything changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from stsview.live.on_demand import ObjectReader
from stsview.model.views import Fleet, SetView
from stsview.objects.log_messages import ContainerRun, LogTail
from stsview.objects.meta import Key, bare, cluster_of, in_cluster

if TYPE_CHECKING:
    from stsview.model.nodes.members import NodeSource
    from stsview.model.rollout.detail import SetDetail
    from stsview.model.usage.usage_history import MeasuredUsage


class Link(Enum):
    """State of the connection between picture and cluster."""

    CONNECTING = "connecting"
    """Nothing has been read yet."""
    LOADING = "loading"
    """Connected; the first lists are not complete."""
    LIVE = "live"
    """Every needed stream had an event within 75 s, and the server answered within the last 15 s."""
    POLLED = "polled"
    """Live, except for kinds that may be listed but not watched: those are as old as their last list."""
    SILENT = "silent"
    """Connections are open, but the server has sent nothing for too long."""
    DISCONNECTED = "disconnected"
    """At least one needed stream is not connected."""
    FILE = "file"
    """Read from files: as of `PictureHealth.since`, and never newer."""
    REPLAY = "replay"
    """Read from a recording, at the time `PictureHealth.since`; `problem` tells what was wrong with the connection."""


DIFFERING = "which differ by cluster"
"""The `Scope.limit` of several clusters that are not watched alike."""

OFFLINE = frozenset({Link.FILE, Link.REPLAY})
"""There is no cluster behind the picture."""

CURRENT = frozenset({Link.LIVE, Link.POLLED})
"""The picture is complete and up to date."""


class PictureHealth(msgspec.Struct, frozen=True):
    """Whether the picture is current, and how old it is.

    Instants are on the clock of `Source.now()`.
    """

    link: Link = Link.CONNECTING
    since: datetime | None = None
    """Since when the connection is silent or disconnected, when polled kinds were last listed, or from when the objects
    of files are."""
    retry_at: datetime | None = None
    problem: str = ""
    """One line: what is wrong; may quote the server."""
    loaded: int = 0
    remaining: int | None = None
    """Objects read so far by lists in progress, and how many the server says remain, if it does."""
    degraded: tuple[str, ...] = ()
    """One sentence for each kind that cannot be read (`you may not list persistentvolumeclaims`)."""
    malformed: int = 0
    """Objects that cannot be decoded at present: they are missing, or shown in an earlier state."""
    polled: tuple[str, ...] = ()
    """Resources (`events`) that are listed about every `poll_seconds` instead of watched."""
    poll_seconds: float = 0.0
    clock_offset: timedelta = timedelta(0)
    """How far the server's clock is ahead of this machine's; zero for small differences."""
    blind: str = ""
    """Why no StatefulSet can be read at all, in one sentence; empty otherwise."""
    denied: tuple[str, ...] = ()
    """Resource names (`nodes`) of the kinds of `degraded` that may not be read, rather than failing to be read."""
    as_of: datetime | None = None
    """While silent or disconnected: as of when the oldest part of the picture is known to be complete. It is before
    `since` where a stream was idle, which may have been half-open."""
    recorded_in: str = ""
    """Name of the file in which the picture is recorded; empty while it is not."""
    waiting_for: str = ""
    """While connecting: what requests wait for before they can be sent, such as an exec plugin."""


class Scope(msgspec.Struct, frozen=True):
    """The cluster, and the part of it that is watched."""

    context: str
    """Name of the kubeconfig context, fixed at start; `in-cluster` inside a pod."""
    server: str = ""
    namespaces: tuple[str, ...] = ()
    """Empty: all namespaces."""
    strict: bool = False
    """All namespaces were requested explicitly: do not fall back to those that are readable."""
    limit: str = ""
    """Why `namespaces` are fewer than requested (`you may not list statefulsets in all`)."""
    total: int | None = None
    """With a `limit`: how many namespaces there are; None if unknown."""
    acting_as: str = ""
    """The impersonated user, and groups if there are any; empty without impersonation."""
    read_only: str = ""
    """Why nothing may be changed (`--read-only`); empty if it may."""
    protected: bool = False
    """Whether every change also requires typing the context's name."""
    unverified: bool = False
    """The server's certificate is not verified, so it may be another cluster."""
    own_clock: bool = False
    """The cluster's time runs at another speed than the local clock, as in a demo: the difference is no fault."""

    @property
    def part(self) -> str:
        """What is watched, where that is not all namespaces; else empty."""
        return self.text if self.namespaces or self.limit else ""

    @property
    def text(self) -> str:
        """The namespaces, and the limit if there is one."""
        if not self.limit:
            return ", ".join(self.namespaces) if self.namespaces else "all namespaces"
        if self.total is None:
            return f"{', '.join(self.namespaces) or 'no namespace'}: {self.limit}"
        return f"{len(self.namespaces) or 'none'} of {self.total} namespaces: {self.limit}"


class WatchedUsage(msgspec.Struct, frozen=True):
    """What the set uses that a screen shows (`Source.watch_usage`)."""

    key: Key
    measured: MeasuredUsage | None = None
    """None: not measured yet."""
    problem: str = ""
    """Why the last reading failed; empty if it did not. What was measured before stays."""


class ClusterState(msgspec.Struct, frozen=True):
    """One of several clusters that are shown together."""

    cluster: str
    """Name of its context, which the keys of its sets have."""
    scope: Scope
    health: PictureHealth
    ahead: timedelta = timedelta(0)
    """How far its time is ahead of that of the whole picture."""


class Snapshot(msgspec.Struct, frozen=True):
    fleet: Fleet
    scope: Scope
    health: PictureHealth
    now: datetime
    """The server's time as far as known; the reference for ages on the screen."""
    changed: frozenset[Key] = msgspec.field(default_factory=frozenset)
    """StatefulSets added, removed or changed since the previous snapshot."""
    detail: SetDetail | None = None
    """Detail of the open StatefulSet (`Source.open`); None while none is. It may change on its own."""
    log_tail: LogTail | None = None
    """The last lines of the wanted container run (`Source.quote_log`); None while none is."""
    disabled_rules: tuple[str, ...] = ()
    """Rules that the configuration disables: without their findings a set is not known to be well."""
    usage: WatchedUsage | None = None
    """Usage of the set that is watched for it; None while none is. It may change on its own."""
    clusters: tuple[ClusterState, ...] = ()
    """The clusters of a fleet of several; empty where there is one."""
    cluster: str = ""
    """In a snapshot of one of several clusters: the name that its keys have."""

    def state_of(self, key: Key | None) -> ClusterState:
        """The state of the cluster of a set; that of the whole picture where there is one cluster, or no set."""
        cluster = cluster_of(key) if key is not None else ""
        found = next((state for state in self.clusters if state.cluster == cluster), None)
        return found or ClusterState(self.cluster, self.scope, self.health)

    def named(self, key: Key) -> tuple[SetView, ...]:
        """The sets of that namespace and name: at most one in each cluster."""
        clusters = [state.cluster for state in self.clusters] or [self.cluster]
        found = (self.fleet.sets.get(in_cluster(cluster, bare(key))) for cluster in clusters)
        return tuple([view for view in found if view is not None])


class NamespaceList(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    problem: str = ""
    """Why there may be others; empty if these are all."""


Listener = Callable[[Snapshot], None]


class FleetSource(Protocol):
    """What the screens of the fleet read: one cluster, or several.

    `stsview.live.live.Live` is the real one, `stsview.live.clusters.multi_source.MultiSource` that of several.
    """

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture; at first an empty one that is CONNECTING."""

    def part(self, key: Key) -> Source:
        """The cluster of a set of the fleet, with the screens of which it is read further.

        Raises LookupError for a key that names none of the clusters.
        """

    def now(self) -> datetime:
        """The server's time as far as known: its Date header plus local monotonic time."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener`, in the event loop, with each new snapshot.

        Returns a function that unsubscribes it.
        """

    async def run(self) -> None:
        """Connect and keep the picture live until cancelled.

        Raises `stsview.live.errors.CannotStart` when the configuration cannot be used, and where the source does not
        keep trying, when the first connection fails. Other failures appear in the health of the picture and are
        retried.
        """

    def contexts(self) -> Sequence[str]:
        """Names of the contexts of the kubeconfig, the current one included."""

    async def namespaces(self) -> NamespaceList:
        """The namespaces, sorted by name; those of the known sets where namespaces cannot be listed."""

    async def set_keys(self) -> Sequence[Key]:
        """Keys of the StatefulSets in all namespaces, watched or not, sorted.

        Those of the known sets where others must not be listed.
        """

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        """Watch these namespaces instead (empty: all).

        Returns when the old picture is dropped.
        """

    def retry(self) -> None:
        """Retry at once whatever is waiting: connections, login, forbidden kinds."""

    def open(self, key: Key | None) -> None:
        """Include the detail of this set, and of no other, in the next snapshots.

        None for none.

        Returns at once, may be called at any time, and stays in effect when namespaces or context change: the caller
        that opened a set closes it again.
        """

    def in_sight(self, keys: Collection[Key]) -> None:
        """Bring changes of these sets before those of others, where there are too many for one snapshot.

        Returns at once, and stays in effect until the next call.
        """

    def give_way(self) -> None:
        """Do nothing that takes long for a moment: the user has pressed a key.

        Returns at once.
        """

    async def record(self, path: Path | None) -> None:
        """Record the picture in a new file from now on, in place of a recording that runs; None: end that.

        Returns when what is held already is recorded. Raises `CannotRecord`.
        """

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        """Measure this set, and no other, every few seconds, and include its usage in the next snapshots.

        None: none. `again`: measure at once, also if it was measured just now.

        Returns at once, and stays in effect until the next call. What was measured also becomes findings, which stay
        when the set is not watched any more.
        """

    async def switch_context(self, context: str) -> None:
        """Switch to another cluster once it has answered.

        Only then is the old picture dropped.

        Raises `CannotStart` when it cannot be reached; the old picture then stays.
        """


class Source(FleetSource, ObjectReader, Protocol):
    """What screens and commands read one cluster through."""

    def node_source(self) -> NodeSource:
        """The objects that nodes are judged by; another one after namespaces or context change."""

    def quote_log(self, run: ContainerRun | None) -> None:
        """Include the last lines of this run, and of no other, in the next snapshots.

        None for none.

        Returns at once and may be called at any time and any rate: the lines are read once, soon after, and kept.
        """

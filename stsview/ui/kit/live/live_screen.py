"""Base class of the screens that show live data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from stsview.live.snapshot import Link, Snapshot
from stsview.objects.meta import Key
from stsview.ui.kit.commands.commands import CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.kit.live.health_text import STALE, interrupted, restricted
from stsview.ui.kit.live.notice_line import NoticeLine
from stsview.ui.kit.look.roles import Spans


class LiveScreen(CommandsMixin, Screen[None]):
    """Header, notice, body and key bar.

    While it is the topmost live screen, the app passes it each snapshot (`update`) and calls `tick` once a second.
    """

    REBINDABLE = True

    def __init__(self, latest: Callable[[], Snapshot], now: Callable[[], datetime], zone: tzinfo | None) -> None:
        """`latest` returns the latest snapshot, `now` the cluster's time.

        Times of day are shown in `zone`.
        """
        super().__init__()
        self._latest = latest
        self._now = now
        self.zone = zone
        self._offered_by: tuple[bool, bool, Link] | None = None

    @property
    def now(self) -> Callable[[], datetime]:
        """The time of the cluster, or of that of the selected set."""
        ahead = self.newest().state_of(self.selected_key).ahead
        return (lambda: self._now() + ahead) if ahead else self._now

    @property
    def selected_key(self) -> Key | None:
        """The selected set, on a screen of sets that may be in several clusters."""
        return None

    def newest(self) -> Snapshot:
        """The latest snapshot."""
        return self._latest()

    def compose(self) -> ComposeResult:
        yield HeaderLine(self.zone)
        yield NoticeLine()
        with Vertical(id="body"):
            yield from self.compose_body()
        # What the app adds to every screen, such as the time line of a recording.
        yield from getattr(self.app, "screen_strips", tuple)()
        yield KeyBar()

    @abstractmethod
    def compose_body(self) -> Iterator[Widget]:
        """The widgets between the notice and the key bar."""

    def path(self) -> Sequence[str]:
        """The breadcrumb from the cluster to the object shown; empty on the fleet."""
        return ()

    @property
    def detail_key(self) -> Key | None:
        """The set whose details the screen needs, if any."""
        return None

    @property
    def usage_key(self) -> Key | None:
        """The set whose usage the screen shows, if any: it is measured while the screen is visible."""
        return None

    @property
    def open_forward_count(self) -> int:
        """How many ports the app forwards."""
        count: int = getattr(self.app, "open_forward_count", 0)
        return count

    @property
    def strip_lines(self) -> int:
        """Lines that the app takes from the body of every screen."""
        lines: int = getattr(self.app, "screen_strip_lines", 0)
        return lines

    @property
    def keys_in_sight(self) -> Sequence[Key]:
        """The sets that are shown now, whose changes come first."""
        return () if self.detail_key is None else (self.detail_key,)

    def notice(self) -> Sequence[Spans]:
        """Text of the notice line while the data is current, the longest form first."""
        return ()

    def on_mount(self) -> None:
        self.set_class(self.strip_lines > 0, "-strips")
        self.update(self._latest(), whole=True)

    class Resumed(Message):
        """The screen became visible: it was pushed, or the one above it was closed."""

    def on_screen_resume(self) -> None:
        self.post_message(self.Resumed())
        # Snapshots that arrived while another screen was visible were not passed to this one.
        self.update(self._latest(), whole=True)

    def update(self, snapshot: Snapshot, *, whole: bool = False) -> None:
        """Show `snapshot`.

        Unless `whole`, only the sets in `snapshot.changed` differ from the previous one.
        """
        now = self._now()
        self._update_header(snapshot, now)
        self.update_body(snapshot, None if whole else snapshot.changed, now)

    def tick(self) -> None:
        """Update ages and connection state; called once a second."""
        snapshot, now = self._latest(), self._now()
        self._update_header(snapshot, now)
        self.update_ages(snapshot, now)

    @abstractmethod
    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        """Update the body; `changed` None: anything may differ."""

    @abstractmethod
    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        """Update the ages in the body."""

    def _update_header(self, snapshot: Snapshot, now: datetime) -> None:
        offered_by = interrupted(snapshot), restricted(snapshot), snapshot.health.link
        if offered_by != self._offered_by:
            # The retry command is available only while it can change something, changes only while the data is live.
            self._offered_by = offered_by
            self.refresh_bindings()
        self.query_one(HeaderLine).update(
            snapshot.scope, self.path(), snapshot.health, now, self.open_forward_count, snapshot.clusters
        )
        notice = getattr(self.app, "screen_notice", tuple)() or self.notice()
        self.query_one(NoticeLine).update(snapshot.health, snapshot.scope, now, notice, snapshot.clusters)
        self.query_one("#body").set_class(snapshot.health.link in STALE, "-stale")

"""What every screen that shows the live picture has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from stsview.live.snapshot import Snapshot
from stsview.objects.meta import Key
from stsview.ui.kit.commands.commands import CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.kit.live.health_text import STALE, interrupted, restricted
from stsview.ui.kit.live.notice_line import NoticeLine
from stsview.ui.kit.look.roles import Spans


class LiveScreen(CommandsMixin, Screen[None]):
    """Header, notice, body, keys. The app hands it each picture while it is shown, and calls `age` once a second."""

    def __init__(self, latest: Callable[[], Snapshot], now: Callable[[], datetime], zone: tzinfo | None) -> None:
        """`latest` gives the newest picture, `now` the cluster's time; times of day are shown in `zone`."""
        super().__init__()
        self._latest = latest
        self._now = now
        self.zone = zone
        self._to_be_tried: tuple[bool, bool] | None = None

    @property
    def now(self) -> Callable[[], datetime]:
        """The cluster's time."""
        return self._now

    def newest(self) -> Snapshot:
        """The newest picture."""
        return self._latest()

    def compose(self) -> ComposeResult:
        yield HeaderLine(self.zone)
        yield NoticeLine()
        with Vertical(id="body"):
            yield from self.compose_body()
        yield KeyBar()

    @abstractmethod
    def compose_body(self) -> Iterator[Widget]:
        """What stands between the notice and the keys."""

    def path(self) -> Sequence[str]:
        """The way from the cluster to what is shown; empty on the fleet."""
        return ()

    @property
    def detail_key(self) -> Key | None:
        """The set of which the screen shows more than its view."""
        return None

    def notice(self) -> Sequence[Spans]:
        """What the line below the header says while the picture is the present one, the fullest form first."""
        return ()

    def on_mount(self) -> None:
        self.update(self._latest(), whole=True)

    class Resumed(Message):
        """It is the one that is shown now, because it came or because what was above it went."""

    def on_screen_resume(self) -> None:
        self.post_message(self.Resumed())
        # Pictures that came while another screen was shown were not handed to this one.
        self.update(self._latest(), whole=True)

    def update(self, snapshot: Snapshot, *, whole: bool = False) -> None:
        """Show this picture; unless `whole`, only `snapshot.changed` differs from the one before."""
        now = self._now()
        self._head(snapshot, now)
        self.update_body(snapshot, None if whole else snapshot.changed, now)

    def tick(self) -> None:
        """A second has passed."""
        snapshot, now = self._latest(), self._now()
        self._head(snapshot, now)
        self.update_ages(snapshot, now)

    @abstractmethod
    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        """Bring the body up to date; `changed` None: anything may differ."""

    @abstractmethod
    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        """Bring the ages in the body up to date."""

    def _head(self, snapshot: Snapshot, now: datetime) -> None:
        to_be_tried = interrupted(snapshot), restricted(snapshot)
        if to_be_tried != self._to_be_tried:
            # Another try is offered while it may change something.
            self._to_be_tried = to_be_tried
            self.refresh_bindings()
        self.query_one(HeaderLine).update(snapshot.scope, self.path(), snapshot.health, now)
        self.query_one(NoticeLine).update(snapshot.health, snapshot.scope, now, self.notice())
        self.query_one("#body").set_class(snapshot.health.link in STALE, "-stale")

"""The fleet screen: all StatefulSets in scope, worst first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import events, on
from textual.message import Message
from textual.widget import Widget

from stsview.config import FleetConfiguration
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.model.finding import Finding
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.ui.changes.rollout_commands import RolloutCommands
from stsview.ui.findings.step_commands import StepCommands
from stsview.ui.fleet.counts_line import CountsLine
from stsview.ui.fleet.fleet_filter import LANGUAGE, FleetFilter, filtered_severity
from stsview.ui.fleet.fleet_table import FleetTable
from stsview.ui.inspect.filter_screen import CLEAR_FILTER, FilterScreen, filter_command
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.column_command import COLUMNS_COMMAND, choose_columns
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.first_keys import FirstKeys
from stsview.ui.kit.live.empty_states import no_match, no_sets, nothing_known
from stsview.ui.kit.live.health_text import STALE, UNREAD
from stsview.ui.kit.look.health_roles import health_of
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.table import HeaderClicked, RowHighlighted, RowSelected
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.reason_panel import ReasonPanel

_SUMMARY_LINES = ((36, 10), (24, 8), (18, 6))
"""Minimum lines of the terminal, and lines of the summary then: independent of its text, so that the table does not
jump."""

_AROUND = 6
"""Header, notice, counts, title of the table, and key bar."""


def summary_lines(height: int, rows: int, wanted: int) -> int:
    """Lines of the summary, frame included, in a terminal of this height with this many sets.

    More than the usual ones only where the table leaves them.
    """
    least = next((lines for minimum, lines in _SUMMARY_LINES if height >= minimum), 0)
    return max(least, min(wanted, height - _AROUND - rows)) if least else 0


def _has_rows(screen: FleetScreen) -> bool:
    return screen.is_mounted and screen.table.selected is not None and not_typing(screen)


def _severity(key: str, word: str, words: str) -> Command:
    return Command(
        f"only_{word}",
        (key,),
        words,
        f"Show only sets that are {words}; again to show all",
        "Filter",
        0,
        action=f"toggle_severity({word!r})",
    )


class FleetScreen(StepCommands, RolloutCommands, FilterScreen):
    """Counts, filter, table, and a summary of the selected set."""

    OWN_COMMANDS: ClassVar = (
        CLEAR_FILTER,
        filter_command("Filter the sets"),
        _severity("1", "stuck", "stuck"),
        _severity("2", "risk", "at risk"),
        _severity("3", "rolling", "rolling"),
        _severity("4", "healthy", "healthy"),
        _severity("5", "unknown", "unknown"),
        Command(
            "copy",
            ("c",),
            "copy",
            "Copy the name, the DNS name or the row of this set",
            "This row",
            Rank.COPY,
            _has_rows,
            priority=True,
        ),
        COLUMNS_COMMAND,
    )

    class Opened(Message):
        """The user opened a set."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    def __init__(
        self,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        first_keys: FirstKeys | None = None,
        arrangement: FleetConfiguration | None = None,
    ) -> None:
        """`arrangement` are the columns and the order at first; None: the usual ones."""
        super().__init__(latest, now, zone)
        self._arrangement = arrangement
        self._first_keys = first_keys or FirstKeys(None)
        self._monotonic = monotonic
        self._settled = False

    def compose_body(self) -> Iterator[Widget]:
        yield CountsLine()
        yield self.filter_bar(LANGUAGE)
        yield FleetTable(self._monotonic, self._arrangement, id="fleet")
        yield ReasonPanel(id="summary")

    def notice(self) -> Sequence[Spans]:
        """The running action, else the first keys, unless there are gaps in the data, which the notice names."""
        snapshot = self._latest()
        healths = [state.health for state in snapshot.clusters] or [snapshot.health]
        gaps = any(health.degraded or health.malformed for health in healths)
        gaps = gaps or any(state.health.link not in CURRENT for state in snapshot.clusters)
        return super().notice() or (self._first_keys.forms if snapshot.fleet.sets and not gaps else ())

    @property
    def table(self) -> FleetTable:
        return self.query_one(FleetTable)

    @property
    def keys_in_sight(self) -> Sequence[Key]:
        return self.table.keys_in_sight

    @property
    def bar(self) -> FilterBar[FleetFilter]:
        return self.query_one(FilterBar)

    @property
    def target_set(self) -> SetView | None:
        return self.table.selected

    @property
    def selected_key(self) -> Key | None:
        return self.table.cursor_key

    def shown_findings(self) -> tuple[SetView, Sequence[Finding]] | None:
        view = self.table.selected
        return None if view is None else (view, view.findings)

    def inspect_target(self) -> InspectTarget | None:
        view = self.table.selected
        return None if view is None else InspectTarget(view.key)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self.table.show_clusters(snapshot.clusters)
        self.table.update(snapshot.fleet.sets, changed, now)
        if snapshot.health.link in UNREAD:
            self._settled = False
        if not self._settled:
            self.table.start_on_top()
            healths = [state.health for state in snapshot.clusters] or [snapshot.health]
            self._settled = all(health.link not in UNREAD for health in healths)
        self._update_around_table(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.update_ages(now)
        self._update_around_table(snapshot, now)

    def _update_around_table(self, snapshot: Snapshot, now: datetime) -> None:
        table, fleet = self.table, snapshot.fleet
        known = None if nothing_known(snapshot) else fleet
        disabled = len(snapshot.disabled_rules)
        self.query_one(CountsLine).update(known, filtered_severity(self.bar.text), disabled)
        self.bar.show_counts(table.matching, len(fleet.sets))
        table.placeholder = no_match(self.bar.text.strip(), len(fleet.sets)) if fleet.sets else no_sets(snapshot)
        self._update_summary(now)

    def _update_summary(self, now: datetime) -> None:
        summary, view = self.query_one(ReasonPanel), self.table.selected
        self.want_log()
        if view is not None:
            from stsview.ui.set.reasons import reasons

            state = self._latest().state_of(view.key)
            now += state.ahead
            # Where there is one cluster, the whole body is.
            summary.set_class(bool(state.cluster) and state.health.link in STALE, "-stale")
            explanations = reasons(view, now, self.zone, self.log_tail(view, view.findings))
            summary.show_reasons(str(view.key), health_of(view.severity), explanations)
        width, height = self.app.size.width, self.app.size.height - self.strip_lines
        lines = summary_lines(height, self.table.row_count, summary.wanted(width))
        summary.display = view is not None and lines > 0
        summary.styles.height = max(1, lines)

    def on_resize(self) -> None:
        # The width decides whether ordinals are drawn or counted.
        self.table.invalidate()
        self._update_summary(self._now())

    def on_key(self, event: events.Key) -> None:
        self.table.hold()
        # A cluster that cannot be read must not keep the cursor on top for ever.
        self._settled = self._settled or bool(self.newest().clusters)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.table.hold()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.table.hold()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.table.hold()

    @on(RowHighlighted)
    def _row_highlighted(self, event: RowHighlighted[Key]) -> None:
        if event.by_user:
            self.table.hold()
        self._update_summary(self._now())
        self.refresh_bindings()

    @on(RowSelected)
    def _opened(self, event: RowSelected[Key]) -> None:
        self.post_message(self.Opened(event.key))

    @on(HeaderClicked)
    def _sorted(self, event: HeaderClicked[Key]) -> None:
        self.table.sort_by(self.table.sort.clicked(event.column))

    @on(CountsLine.Clicked)
    def _count_clicked(self, event: CountsLine.Clicked) -> None:
        self.action_toggle_severity(event.word)

    def apply_filter(self) -> None:
        self.table.filter_by(self.bar.filter)
        self._update_around_table(self._latest(), self._now())

    def action_toggle_severity(self, word: str) -> None:
        self.bar.set_text(LANGUAGE.toggled(self.bar.text, "is", word))

    def show_cluster(self, cluster: str) -> None:
        """Show only the sets of one cluster; empty: of all."""
        self.bar.set_text(LANGUAGE.toggled(self.bar.text, "cluster", f'"{cluster}"' if cluster else ""))

    async def action_columns(self, chosen: tuple[str, ...] | None = None) -> None:
        await choose_columns(self, chosen)

    async def action_copy(self) -> None:
        view = self.table.selected
        if view is not None:
            from stsview.ui.inspect.copies import copies_of_set
            from stsview.ui.kit.choosers.copy_chooser import offer_copies

            await offer_copies(self, copies_of_set(view, self.table.cells(view.key)))

"""Screen of a set's revisions, and the diff between two of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on, work
from textual.widget import Widget

from stsview.live.snapshot import Snapshot
from stsview.model.rollout.detail import RevisionView
from stsview.model.rollout.history import HistoryEntry, history_of
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.template_diff import DiffLine, diff
from stsview.ui.changes.change_commands import has_set
from stsview.ui.changes.rollout_commands import RolloutCommands
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView
from stsview.ui.inspect.revision_rows import (
    COLUMNS,
    diff_pair,
    diff_spans,
    diff_title,
    no_difference,
    no_revisions,
    revision_row,
    revisions_title,
)
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Availability, Command, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.pager import FixedLines, Pager
from stsview.ui.kit.table import Cell, RowHighlighted, RowSelected, VirtualTable
from stsview.ui.kit.widgets.ends_line import EndsLine

_CHROME_LINES = 6
"""Lines of header, notice, key bar, the two titles, and the column headers."""


def _has_row(screen: RevisionsScreen) -> bool:
    return screen.is_mounted and screen.selected is not None and not_typing(screen)


def _can_undo(screen: RevisionsScreen) -> Availability:
    entry = screen.selected if screen.is_mounted else None
    if entry is None:
        return Unavailable("no revision is selected")
    return has_set(screen) and (not entry.update or Unavailable("the set has this revision already"))


class RevisionsScreen(RolloutCommands, InspectCommands):
    """Table with the newest revision first.

    Below, the diff between the selected revision and the diff base.
    The diff base is the marked revision, or else the update revision.
    """

    is_inspect_screen: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "back",
            ("escape", "q"),
            "back",
            "Return to the previous screen",
            "This screen",
            Rank.BACK,
            not_typing,
            short="",
        ),
        Command(
            "next_panel",
            ("tab",),
            "next panel",
            "Switch between revisions and diff",
            "This screen",
            Rank.RELATED,
            _has_row,
            short="panel",
        ),
        Command(
            "undo_to_selected",
            ("u",),
            "roll back to this",
            "Open the plan to roll back to this revision",
            "Change",
            Rank.FIX,
            _can_undo,
            short="roll back",
        ),
        Command(
            "mark",
            ("space",),
            "set as diff base",
            "Set this revision as diff base; again to reset",
            "This row",
            Rank.MAIN,
            _has_row,
            short="base",
        ),
        Command("wrap", ("w",), "wrap", "Toggle line wrap", "Display", Rank.DISPLAY),
        Command("copy", ("c",), "copy", "Copy a name or the diff", "This row", Rank.COPY, _has_row, priority=True),
    )

    def __init__(
        self,
        target: InspectTarget,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._key = target.set
        self._target = InspectTarget(target.set, target.pod)
        self._entries: tuple[HistoryEntry, ...] = ()
        self._pair: tuple[RevisionView, RevisionView] | None = None
        self._shown: object = None
        """Selected revision and pair whose diff is shown; None at first."""
        self._diff: Sequence[DiffLine] = ()
        self._marked = ""
        """Name of the diff base; empty for the update revision."""

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[str](COLUMNS, self._row, open_label="diff", id="revisions")
        yield EndsLine(id="diff-head")
        yield Pager(id="diff")

    def path(self) -> Sequence[str]:
        return (*self._key, "revisions")

    @property
    def detail_key(self) -> Key:
        return self._key

    def inspect_target(self) -> InspectTarget:
        return self._target

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.REVISIONS

    @property
    def target_set(self) -> SetView | None:
        return self._latest().fleet.sets.get(self._key)

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one("#revisions", VirtualTable)

    @property
    def pager(self) -> Pager:
        return self.query_one("#diff", Pager)

    @property
    def selected(self) -> HistoryEntry | None:
        """The revision under the cursor."""
        return self._entry(self.table.cursor_key)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        detail, view = snapshot.detail, snapshot.fleet.sets.get(self._key)
        known = detail.revisions if detail is not None and detail.key == self._key and view is not None else ()
        entries = history_of(view, known) if view is not None else ()
        if entries != self._entries or changed is None:
            self._entries = entries
            self.table.set_order([entry.revision.name for entry in entries])
            self._size_panels()
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.invalidate()
        self.table.placeholder = no_revisions(self._key, snapshot)
        detail = snapshot.detail
        mine = detail if detail is not None and detail.key == self._key else None
        self.query_one("#text-head", EndsLine).update(*revisions_title(self._key, mine))
        self._update_diff()

    def _size_panels(self) -> None:
        """Give the table what it needs, up to a third of the lines, and the diff the rest."""
        rows, room = len(self._entries), self.app.size.height - _CHROME_LINES
        self.table.styles.height = "1fr" if not rows else min(rows + 1, max(4, room // 3))
        for part in (self.query_one("#diff-head"), self.pager):
            part.display = bool(rows)
        if not rows:
            self.table.focus()

    def _update_diff(self) -> None:
        entry = self.selected
        pair = None if entry is None else diff_pair(self._entries, entry.revision.name, self._marked)
        if entry is None or (entry.revision.name, pair) == self._shown:
            return
        self._shown, self._pair = (entry.revision.name, pair), pair
        self.query_one("#diff-head", EndsLine).update(diff_title(pair, self._key.name))
        self._show_diff(pair)

    @work(exclusive=True)
    async def _show_diff(self, pair: tuple[RevisionView, RevisionView] | None) -> None:
        # Two templates of some megabytes take a second: compare them in a thread.
        self._diff = () if pair is None else await asyncio.to_thread(diff, *pair)
        self.pager.placeholder = no_difference(pair)
        self.pager.show(FixedLines(diff_spans(self._diff)))

    def _row(self, key: str) -> tuple[Cell, ...]:
        entry = self._entry(key)
        if entry is None:
            return ((),) * len(COLUMNS)
        return revision_row(entry, self._key.name, self._now(), marked=key == self._marked)

    def _entry(self, name: str | None) -> HistoryEntry | None:
        return next((entry for entry in self._entries if entry.revision.name == name), None)

    def on_resize(self) -> None:
        self._size_panels()

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_diff()
        self.refresh_bindings()

    @on(RowSelected)
    def _row_selected(self) -> None:
        self.pager.focus()

    def action_back(self) -> None:
        self.dismiss()

    def action_next_panel(self) -> None:
        (self.table if self.pager.has_focus else self.pager).focus()

    def action_undo_to_selected(self) -> None:
        view, entry = self.target_set, self.selected
        if view is not None and entry is not None:
            self.undo(view, entry.revision.name)

    def action_mark(self) -> None:
        entry = self.selected
        if entry is not None:
            self._marked = "" if entry.revision.name == self._marked else entry.revision.name
            self.table.invalidate()
            self._update_diff()

    def action_wrap(self) -> None:
        self.pager.wrap = not self.pager.wrap

    async def action_copy(self) -> None:
        entry = self.selected
        if entry is None:
            return
        offered = [("name", entry.revision.name), ("number", str(entry.revision.number))]
        if entry.revision.cause:
            offered.append(("change cause", entry.revision.cause))
        if self._pair is not None and self._diff:
            before, after = self._pair
            heads = [f"--- {before.name}", f"+++ {after.name}"]
            offered.append(("the diff", "\n".join([*heads, *(line.plain for line in self._diff)])))
        await offer_copies(self, offered)

"""Screen of the nodes with their members, and what a drain of each would do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.message import Message
from textual.widget import Widget

from stsview.actions.intents import Cordon, Uncordon
from stsview.live.snapshot import Snapshot
from stsview.model.action_id import ActionId
from stsview.model.nodes.drain import NOT_JUDGED
from stsview.model.nodes.members import NodeEntry, NodeRow, NodeSource
from stsview.model.nodes.order import DrainStep
from stsview.model.nodes.reports import NodeReports
from stsview.model.states import Health
from stsview.objects.kinds import NODES
from stsview.objects.meta import Key, in_cluster
from stsview.objects.node import Node
from stsview.text.glyphs import active
from stsview.text.node_words import node_state
from stsview.text.numbers import count
from stsview.ui.changes.change_commands import ActionCommands, can_change
from stsview.ui.inspect.copies import line_text
from stsview.ui.inspect.filter_screen import CLEAR_FILTER, FilterScreen, filter_command
from stsview.ui.inspect.inspect_target import NO_SET, InspectTarget, InspectView, ObjectRef
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Availability, Command, TypedCommand, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.filters.language import Query
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Cell, RowHighlighted, RowSelected, VirtualTable
from stsview.ui.kit.toast import toast
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.reason_panel import ReasonPanel
from stsview.ui.kit.widgets.span_lines import SpanLines
from stsview.ui.nodes.node_rows import COLUMNS, LANGUAGE, drain_reason, no_nodes, node_copies, node_row, order_reason

_CHROME_LINES = 5
"""Lines of header, counts, filter and key bar."""

_PAUSE_SECONDS = 0.02

_AT_ONCE = 4
"""Drains that are derived without a pause: each takes some milliseconds where sets are large."""


def _some_chosen(screen: NodesScreen) -> bool:
    return screen.is_mounted and bool(screen.chosen) and not_typing(screen)


def _has_row(screen: NodesScreen) -> bool:
    return screen.is_mounted and screen.selected is not None and not_typing(screen)


def _cordoning(action: ActionId, key: str, word: str, words: str, *, cordoned: bool) -> Command:
    def offered(screen: NodesScreen) -> Availability:
        node = screen.target_node if screen.is_mounted else None
        if node is None:
            return False
        if node.spec.unschedulable is not cordoned:
            return Unavailable(f"{node.metadata.name} is {'not' if cordoned else 'already'} cordoned")
        return can_change(screen)

    return Command(
        action, (key,), word, words, "Change", Rank.MAIN, offered, priority=True, typed=TypedCommand((word,))
    )


class NodesScreen(ActionCommands, FilterScreen):
    """Counts, filter, table of nodes, and what a drain of the selected one would do.

    Drains are derived only here, for the rows that are visible. Several nodes are chosen by the space bar: the panel
    then shows the order in which they can be drained.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        CLEAR_FILTER,
        Command(
            "choose_none",
            ("escape",),
            "choose none",
            "Choose no nodes",
            "This row",
            Rank.CLEAR,
            _some_chosen,
            short="none",
        ),
        Command(
            "back",
            ("escape", "q", "n"),
            "back",
            "Return to the previous screen",
            "This screen",
            Rank.BACK,
            not_typing,
            short="",
        ),
        filter_command("Filter nodes"),
        Command(
            "choose",
            ("space",),
            "choose",
            "Choose this node, for the order of several drains; again to drop it",
            "This row",
            Rank.MAIN,
            _has_row,
            priority=True,
        ),
        Command(
            "copy",
            ("c",),
            "copy",
            "Copy the name, or the commands to drain or cordon",
            "This row",
            Rank.MAIN,
            _has_row,
            priority=True,
        ),
        _cordoning(ActionId.CORDON, "o", "cordon", "Cordon this node: it accepts no new pods", cordoned=False),
        _cordoning(ActionId.UNCORDON, "u", "uncordon", "Uncordon this node: it accepts pods again", cordoned=True),
    )

    class Opened(Message):
        """The operator opened a member of a node."""

        def __init__(self, key: Key, ordinal: int) -> None:
            super().__init__()
            self.key = key
            self.ordinal = ordinal

    def __init__(
        self,
        node_source: Callable[[], NodeSource],
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._node_source = node_source
        self._reports = NodeReports()
        self._filter: Query[NodeEntry] = Query()
        self._cordoned: bool | None = None
        """Whether the node under the cursor was cordoned when the key bar was drawn last."""
        self._awaited: dict[str, None] = {}
        """Rows that are drawn and whose drain is not derived."""
        self.chosen: tuple[str, ...] = ()
        """Names of the chosen nodes, in the order of the table."""

    def compose_body(self) -> Iterator[Widget]:
        yield SpanLines(id="node-counts")
        yield self.filter_bar(LANGUAGE)
        yield VirtualTable[str](COLUMNS, self._row, open_label="members", id="nodes")
        yield ReasonPanel(id="drain")

    def path(self) -> Sequence[str]:
        return ("nodes",)

    def inspect_target(self) -> InspectTarget | None:
        """The node itself, which belongs to no set."""
        row = self.selected
        if row is None:
            return None
        nothing = in_cluster(self.newest().cluster, NO_SET)
        return InspectTarget(nothing, object=ObjectRef(NODES, Key("", row.node.name), "node", node_state(row.node)))

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view in (InspectView.DESCRIBE, InspectView.YAML) and super().offers(inspect_view)

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one("#nodes", VirtualTable)

    @property
    def bar(self) -> FilterBar[Query[NodeEntry]]:
        return self.query_one(FilterBar)

    @property
    def selected(self) -> NodeRow | None:
        """The node under the cursor."""
        key = self.table.cursor_key
        return None if key is None else self._reports.rows.get(key)

    @property
    def order(self) -> tuple[DrainStep, ...]:
        """The order of the chosen nodes."""
        return self._reports.order(self.chosen)

    @property
    def target_node(self) -> Node | None:
        """The node under the cursor; None where nodes cannot be listed."""
        row = self.selected
        return None if row is None else self._reports.node(row.node.name)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()
        self.call_later(self._prepare)

    def _prepare(self) -> None:
        """Prepare the filter, so that its first key is answered at once; keys are answered in between."""
        if self.is_attached and self._reports.prepare_entries():
            self.set_timer(_PAUSE_SECONDS, self._prepare)

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self._reports.update(self._node_source(), snapshot.fleet.sets, changed, snapshot.scope.part)
        self.chosen = tuple(name for name in self.chosen if name in self._reports.rows)
        self._update_rows()
        self._show(snapshot, now)
        node = self.target_node
        if node is not None and node.spec.unschedulable is not self._cordoned:
            self._cordoned = node.spec.unschedulable
            self.refresh_bindings()

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        if (row := self.selected) is not None:
            self._reports.forget(row.node.name)
        # A node without members changes no set, and so no snapshot.
        self.update_body(snapshot, frozenset(), now)

    def _show(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.invalidate()
        self.table.placeholder = no_nodes(snapshot, self.bar.text.strip(), len(self._reports.rows))
        self._update_details(now)

    def _update_rows(self) -> None:
        rows = self._reports.rows
        # Without a filter no row has to be made that is not in sight.
        matches, entry = self._filter.matches, self._reports.entry
        names = [name for name in rows if matches(entry(name))] if self._filter.predicates else rows
        self.table.set_order(list(names))

    def _update_details(self, now: datetime) -> None:
        self.query_one("#node-counts", SpanLines).show([self._counts()])
        self.bar.show_counts(self.table.row_count, len(self._reports.rows))
        panel, row = self.query_one(ReasonPanel), self.selected
        panel.display = row is not None
        if row is not None:
            if len(self.chosen) > 1:
                health, reason = order_reason(self.order)
                title = f"drain {len(self.chosen)} nodes"
            else:
                health, reason = drain_reason(row, self._reports.drain(row.node.name), now)
                title = f"drain {row.node.name}"
            panel.show_reasons(title, health, (reason,))
        self._size_panel()

    def _size_panel(self) -> None:
        """Give the panel half of the lines, and more if it needs them and the table does not."""
        width, height = self.app.size.width, self.app.size.height - self.strip_lines
        lines, panel = height - _CHROME_LINES, self.query_one(ReasonPanel)
        wanted = panel.wanted(width)
        panel.styles.height = min(wanted, max(lines // 2, lines - self.table.row_count - 1))

    def _counts(self) -> Spans:
        occupied = self._reports.rows.occupied
        line: list[Span] = [(count(occupied, "node"), Role.BRIGHT), (" with members", Role.DIM)]
        if empty := len(self._reports.rows) - occupied:
            line.append((f", {empty} without", Role.DIM))
        dot = (f" {active().separator} ", Role.DIM)
        if not self._reports.complete:
            line += [dot, sign(Health.UNKNOWN), (" nodes cannot be listed", Role.WARNING)]
        if part := self._latest().scope.part:
            line += [dot, sign(Health.WARNING), (f" only members in {part}", Role.WARNING)]
        return (*line, dot, (NOT_JUDGED, Role.DIM))

    def _row(self, name: str) -> tuple[Cell, ...]:
        row = self._reports.rows.get(name)
        if row is None:
            return ((),) * len(COLUMNS)
        drain = self._reports.known_drain(name)
        if drain is None:
            self._awaited[name] = None
            if len(self._awaited) == 1:
                self.call_later(self._derive_awaited)
        return node_row(row, drain, chosen=name in self.chosen)

    def _derive_awaited(self) -> None:
        """Derive some drains of the rows in sight, so that keys are answered in between."""
        if not self.is_attached:
            return
        some = list(itertools.islice(self._awaited, _AT_ONCE))
        for name in some:
            del self._awaited[name]
            if name in self._reports.rows:
                self._reports.drain(name)
        self.table.invalidate(some)
        if self._awaited:
            self.call_later(self._derive_awaited)

    def on_resize(self) -> None:
        self._size_panel()

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details(self._now())
        self.refresh_bindings()

    @on(RowSelected)
    async def _row_selected(self, event: RowSelected[str]) -> None:
        row = self._reports.rows.get(event.key)
        if row is None:
            return
        if not row.members:
            toast(self, f"no members of StatefulSets on {event.key}")
            return
        members = {f"{one.set.namespace}/{one.row.name}": one for one in row.members}

        def on_choice(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                member = members[chosen[0]]
                self.post_message(self.Opened(member.set, member.row.ordinal))

        choices = [Choice(name, name, one.row.state.label) for name, one in members.items()]
        await self.app.push_screen(Chooser(f"Members on {event.key}", choices), on_choice)

    def apply_filter(self) -> None:
        self._filter = self.bar.filter
        self._update_rows()
        self._show(self._latest(), self._now())

    def action_back(self) -> None:
        self.dismiss()

    def action_choose(self) -> None:
        row = self.selected
        if row is None:
            return
        name = row.node.name
        self._choose(set(self.chosen) ^ {name})
        self.table.action_cursor_down()

    def action_choose_none(self) -> None:
        self._choose(())

    def _choose(self, names: Collection[str]) -> None:
        self.chosen = tuple(name for name in self._reports.rows if name in names)
        self._show(self._latest(), self._now())
        self.refresh_bindings()

    def action_cordon(self, argument: str = "") -> None:
        self._open_cordon(Cordon)

    def action_uncordon(self, argument: str = "") -> None:
        self._open_cordon(Uncordon)

    def _open_cordon(self, intent: type[Cordon] | type[Uncordon]) -> None:
        node = self.target_node
        if node is not None:
            self.open_plan(intent(node.metadata.name, node.metadata.uid, self.newest().cluster))

    async def action_copy(self) -> None:
        row, key = self.selected, self.table.cursor_key
        if row is not None and key is not None:
            copies = node_copies(row, self._reports.drain(row.node.name), self.order, self.newest().cluster)
            await offer_copies(self, [*copies, ("row", line_text(self.table.cells(key)))])

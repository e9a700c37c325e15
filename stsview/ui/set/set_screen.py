"""The set screen: rollout, ordinals, identity, findings and timeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import events, on
from textual.containers import Horizontal
from textual.widget import Widget

from stsview.config import SetConfiguration
from stsview.live.snapshot import Snapshot
from stsview.model.finding import Finding
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import OrdinalView, SetView, Severity
from stsview.objects.meta import Key
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.ui.changes.change_commands import PodActionCommands
from stsview.ui.changes.remedy_intents import owned_pod
from stsview.ui.changes.rollout_commands import RolloutCommands
from stsview.ui.findings.step_commands import StepCommands
from stsview.ui.inspect.copies import copies_of_ordinal
from stsview.ui.inspect.filter_screen import CLEAR_FILTER, FilterScreen, filter_command
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.column_command import COLUMNS_COMMAND, choose_columns
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.empty_states import no_match, no_pods, set_not_found
from stsview.ui.kit.look.health_roles import health_of
from stsview.ui.kit.look.roles import Role, Spans, plain
from stsview.ui.kit.table import HeaderClicked, RowHighlighted
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.reason_panel import ReasonPanel
from stsview.ui.set.head import SetHead
from stsview.ui.set.head_lines import head_height
from stsview.ui.set.identity_panel import IdentityPanel
from stsview.ui.set.layout import SIDE_BY_SIDE, lay_out, panel_pages
from stsview.ui.set.ordinal_cells import RowKey
from stsview.ui.set.ordinal_filter import LANGUAGE, OrdinalFilter
from stsview.ui.set.ordinal_table import OrdinalTable
from stsview.ui.set.reasons import reasons
from stsview.ui.set.timeline import deletion_times
from stsview.ui.set.timeline_panel import TimelinePanel

_AROUND = 4
"""Header, notice, keys, and the blank line below the head."""


_PLACEHOLDER = 4
"""Lines of the table's placeholder."""


def _some_chosen(screen: SetScreen) -> bool:
    return screen.is_mounted and bool(screen.table.chosen)


def _has_pages(screen: SetScreen) -> bool:
    return screen.paged


def _has_rows(screen: SetScreen) -> bool:
    return screen.is_mounted and screen.table.selected is not None and not_typing(screen)


def _findings_width(width: int) -> int:
    """Cells of the findings panel, in a terminal of `width` cells."""
    return width // 2 if width >= SIDE_BY_SIDE else width


def _findings_title(view: SetView, disabled_rules: int) -> str:
    """What the panel holds; without the findings of disabled rules, of which it says how many there are."""
    title = f"Findings  {len(view.findings)}" if view.findings else "Status"
    return f"{title}  ({count(disabled_rules, 'rule')} disabled)" if disabled_rules else title


class SetScreen(StepCommands, PodActionCommands, RolloutCommands, FilterScreen):
    """Head, ordinals, panels."""

    OWN_COMMANDS: ClassVar = (
        CLEAR_FILTER,
        Command(
            "clear_choice",
            ("escape",),
            "clear choice",
            "Choose no ordinals",
            "This row",
            Rank.CLEAR,
            _some_chosen,
            short="clear",
        ),
        Command("back", ("escape",), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
        filter_command("Filter the ordinals"),
        Command(
            "panel",
            ("tab",),
            "next panel",
            "Show the next panel",
            "This screen",
            Rank.RELATED,
            _has_pages,
            short="panel",
        ),
        Command(
            "copy",
            ("c",),
            "copy",
            "Copy a name, an address or the row of this ordinal",
            "This row",
            Rank.COPY,
            _has_rows,
            priority=True,
        ),
        COLUMNS_COMMAND,
    )

    def __init__(
        self,
        key: Key,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        ordinal: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        arrangement: SetConfiguration | None = None,
    ) -> None:
        """`ordinal` is the first cursor position.

        None: the ordinal that the set waits for. `monotonic` is the clock, in seconds, for what the table holds still.
        `arrangement` are the columns and the order at first; None: the usual ones.
        """
        super().__init__(latest, now, zone)
        self._arrangement = arrangement
        self._monotonic = monotonic
        self.key = key
        self._ordinal = ordinal
        self._pages: tuple[frozenset[str], ...] = (frozenset(),)
        self._page = 0
        self._findings_lines = 0
        self._measured: MeasuredUsage | None = None

    def compose_body(self) -> Iterator[Widget]:
        yield SetHead()
        yield self.filter_bar(LANGUAGE)
        yield OrdinalTable(self._monotonic, self._arrangement, id="ordinals")
        with Horizontal(id="panels"):
            yield IdentityPanel(id="identity")
            yield ReasonPanel(id="findings-panel")
        yield TimelinePanel(zone=self.zone, id="timeline")

    def path(self) -> Sequence[str]:
        return (self.key.namespace, self.key.name)

    @property
    def detail_key(self) -> Key:
        return self.key

    @property
    def usage_key(self) -> Key:
        return self.key

    @property
    def table(self) -> OrdinalTable:
        return self.query_one(OrdinalTable)

    @property
    def bar(self) -> FilterBar[OrdinalFilter]:
        return self.query_one(FilterBar)

    @property
    def view(self) -> SetView | None:
        """The set; None while it does not exist."""
        return self._latest().fleet.sets.get(self.key)

    def inspect_target(self) -> InspectTarget | None:
        ordinal = self.table.selected
        return None if self.view is None else InspectTarget(self.key, "" if ordinal is None else ordinal.name)

    def log_target(self) -> InspectTarget | None:
        view, chosen = self.view, self.table.chosen
        if view is None or not chosen:
            return self.inspect_target()
        if len(chosen) == sum(row.owned for row in view.ordinals) > 1:
            # Also those that appear later.
            return InspectTarget(self.key)
        return InspectTarget(self.key, chosen[0] if len(chosen) == 1 else "", pods=chosen)

    def notice(self) -> Sequence[Spans]:
        """The running action, else what the chosen ordinals are for."""
        chosen = self.table.chosen if self.is_mounted else ()
        words: Sequence[Spans] = ()
        if chosen:
            names: Spans = ((f"{count(len(chosen), 'ordinal')} chosen", Role.BRIGHT),)
            logs, clear = hint("logs", "l"), hint("clear_choice", "esc")
            keys: Spans = (
                (f"  {logs}", Role.KEY),
                (" logs, merged", Role.DIM),
                (f"  {clear}", Role.KEY),
                (" clear", Role.DIM),
            )
            words = ((*names, *keys), names)
        return super().notice() or words

    @on(OrdinalTable.ChoiceChanged)
    def _choice_changed(self) -> None:
        self.tick()
        self.refresh_bindings()

    def action_clear_choice(self) -> None:
        self.table.choose(())

    @property
    def target_set(self) -> SetView | None:
        return self.view

    def shown_findings(self) -> tuple[SetView, Sequence[Finding]] | None:
        view = self.view
        return None if view is None else (view, view.findings)

    @property
    def target_pod(self) -> OrdinalView | None:
        return owned_pod(self.table.selected)

    def on_mount(self) -> None:
        self.table.initial_ordinal = self._ordinal
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        view = snapshot.fleet.sets.get(self.key)
        self._update_placeholder(snapshot)
        self._update_around_table(view, now)
        watched = snapshot.usage
        measured = watched.measured if watched is not None and watched.key == self.key else None
        measured_anew = measured is not self._measured
        self._measured = measured
        if changed is None or self.key in changed or measured_anew:
            self.table.update(view, now, measured)
            self._arrange_panels()
            self.refresh_bindings()
        self._update_around_table(view, now)

    def _update_placeholder(self, snapshot: Snapshot) -> None:
        view, text = snapshot.fleet.sets.get(self.key), self.bar.text.strip()
        if view is None:
            self.table.placeholder = set_not_found(self.key, snapshot)
        elif text and view.ordinals:
            self.table.placeholder = no_match(text, len(view.ordinals), "ordinal")
        else:
            self.table.placeholder = no_pods(view)

    def apply_filter(self) -> None:
        self.table.filter_by(self.bar.filter)
        self._update_placeholder(self._latest())
        self._update_around_table(self.view, self._now())

    def on_key(self, event: events.Key) -> None:
        self.table.hold()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.table.hold()

    @on(HeaderClicked)
    def _sorted(self, event: HeaderClicked[RowKey]) -> None:
        self.table.sort_by(self.table.sort.clicked(event.column))

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.update_ages(now)
        self._update_around_table(snapshot.fleet.sets.get(self.key), now)

    def _update_around_table(self, view: SetView | None, now: datetime) -> None:
        self.query_one(SetHead).display = view is not None
        if view is None:
            return
        self.query_one(SetHead).update(view, now)
        self.bar.show_counts(self.table.matching, self.table.total)
        why = self.query_one("#findings-panel", ReasonPanel)
        self.want_log()
        explanations = reasons(view, now, self.zone, self.log_tail(view, view.findings))
        why.show_reasons(self._findings_title(view), health_of(view.severity), explanations)
        wanted = why.wanted(_findings_width(self.app.size.width))
        if wanted != self._findings_lines:
            # The log that it quotes arrives on its own.
            self._findings_lines = wanted
            self._arrange_panels()
        detail = self._latest().detail
        events = detail.events if detail is not None and detail.key == self.key else ()
        self.query_one(TimelinePanel).update(view, deletion_times(events), now)
        ordinal = self.table.selected
        if ordinal is not None:
            beside = explanations if self._pages[self._page] >= {"identity", "findings"} else ()
            texts = [plain(line.spans) for reason in beside for line in reason.lines]
            self.query_one(IdentityPanel).update(ordinal, now, texts, self._measured)

    def _findings_title(self, view: SetView) -> str:
        return _findings_title(view, len(self._latest().disabled_rules))

    def _arrange_panels(self) -> None:
        """Divide the lines below the head between table and panels."""
        width, height = self.app.size
        lines = height - _AROUND - head_height(width)
        rows = self.table.total_rows
        timeline_lines = self.query_one(TimelinePanel).wanted if rows else 0
        findings_lines = self.query_one("#findings-panel", ReasonPanel).wanted(_findings_width(width))
        layout = lay_out(width, lines, rows or _PLACEHOLDER, timeline_lines, findings_lines)
        missing = self.view is None
        self._turn_to((frozenset(),) if missing else panel_pages(layout, rows=bool(rows)))
        shown = self._pages[self._page]
        self.table.styles.height = "1fr" if missing else max(1, layout.table)
        panels, timeline = self.query_one("#panels"), self.query_one(TimelinePanel)
        panels.styles.height = max(1, layout.panels)
        timeline.styles.height = max(1, layout.timeline or layout.panels)
        panels.display = bool(shown & {"identity", "findings"})
        self.query_one(IdentityPanel).display = "identity" in shown
        self.query_one(ReasonPanel).display = "findings" in shown
        timeline.display = "timeline" in shown
        self.query_one(IdentityPanel).set_class("findings" in shown, "-side-by-side")
        self._name_hidden_panels()

    def _name_hidden_panels(self) -> None:
        """Name the panels of the other pages in the last visible one."""
        pages = [*self._pages[self._page + 1 :], *self._pages[: self._page]]
        view = self.view
        names = {"identity": "Identity", "findings": self._findings_title(view) if view else "", "timeline": "Timeline"}
        shown = self._pages[self._page]
        others = [names[panel] for page in pages for panel in sorted(page - shown)]
        words = f"{hint('panel', 'tab')}  {f' {active().separator} '.join(others)}" if others else ""
        for name, panel in (
            ("identity", self.query_one(IdentityPanel)),
            ("findings", self.query_one("#findings-panel", ReasonPanel)),
            ("timeline", self.query_one(TimelinePanel)),
        ):
            upper = shown - {"timeline"} or shown
            last = name in upper and not (name == "identity" and "findings" in shown)
            panel.set_subtitle(words if last else "")

    def _turn_to(self, pages: tuple[frozenset[str], ...]) -> None:
        """Divide the panels into these pages: what was shown alone stays; else findings come first if there are any."""
        if pages == self._pages:
            return
        view, shown = self.view, self._pages[self._page]
        alone = shown - {"timeline"} or shown
        if self.paged and len(alone) == 1:
            (panel,) = alone
        else:
            troubled = view is not None and (view.findings or view.severity >= Severity.AT_RISK)
            panel = "findings" if troubled else "identity"
        self._pages = pages
        self._page = next((number for number, page in enumerate(pages) if panel in page), 0)

    @property
    def paged(self) -> bool:
        """Whether the panels need more than one page."""
        return len(self._pages) > 1

    def on_resize(self) -> None:
        self._arrange_panels()

    @on(RowHighlighted)
    def _row_highlighted(self, event: RowHighlighted[RowKey]) -> None:
        self._update_around_table(self.view, self._now())
        self.refresh_bindings()

    def action_back(self) -> None:
        self.dismiss()

    def action_panel(self) -> None:
        self._page = (self._page + 1) % len(self._pages)
        self._arrange_panels()

    async def action_columns(self, chosen: tuple[str, ...] | None = None) -> None:
        await choose_columns(self, chosen)

    async def action_copy(self) -> None:
        view, ordinal, key = self.view, self.table.selected, self.table.cursor_key
        if view is not None and ordinal is not None and key is not None:
            await offer_copies(self, copies_of_ordinal(view, ordinal, self.table.cells(key)))

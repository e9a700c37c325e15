"""Screen of all findings in the watched namespaces, grouped by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message
from textual.widget import Widget

from stsview.live.snapshot import Snapshot
from stsview.model.finding import Finding
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.program_name import as_started
from stsview.text.cluster_labels import cluster_labels
from stsview.text.numbers import count
from stsview.triage.on_first_use import rule_of
from stsview.ui.findings.explain_screen import ExplainScreen
from stsview.ui.findings.finding_filter import LANGUAGE, FindingFilter
from stsview.ui.findings.finding_rows import (
    COLUMNS,
    FindingKey,
    FindingList,
    GroupKey,
    RowKey,
    finding_row,
    group_row,
)
from stsview.ui.findings.finding_text import details, health_of_level, level_text
from stsview.ui.findings.step_commands import StepCommands
from stsview.ui.findings.steps import steps_of
from stsview.ui.inspect.copies import copies_of_finding
from stsview.ui.inspect.filter_screen import CLEAR_FILTER, FilterScreen, filter_command
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.empty_states import no_findings, no_match, nothing_known
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.labelled_lines import Line, Reason
from stsview.ui.kit.look.roles import Role, Span
from stsview.ui.kit.table import Cell, RowHighlighted, RowSelected, VirtualTable
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.reason_panel import ReasonPanel
from stsview.ui.kit.widgets.span_lines import SpanLines

if TYPE_CHECKING:
    from stsview.triage.rule import Rule

_CHROME_LINES = 5
"""Lines of header, counts, filter and key bar."""


def _has_row(screen: FindingsScreen) -> bool:
    return screen.is_mounted and screen.rule is not None and not_typing(screen)


def _rule_summary(rule: Rule) -> Reason:
    """Meaning and remedy of a rule, shown on its header row."""
    lines = (
        Line("meaning", ((as_started(rule.meaning), Role.TEXT),)),
        Line("remedy", ((as_started(rule.remedy), Role.BRIGHT),)),
    )
    return Reason(((rule.title, Role.STRONG),), lines)


def _level(key: str, word: str) -> Command:
    return Command(
        f"only_{word}",
        (key,),
        f"{word}s",
        f"Only {word}s; again for all",
        "Filter",
        action=f"toggle_level({word!r})",
    )


class FindingsScreen(StepCommands, FilterScreen):
    """Counts, filter, table of findings, and the details of the selected one."""

    OWN_COMMANDS: ClassVar = (
        CLEAR_FILTER,
        Command(
            "back",
            ("escape", "q", "f"),
            "back",
            "Return to the previous screen",
            "This screen",
            Rank.BACK,
            not_typing,
            short="",
        ),
        filter_command("Filter findings"),
        Command(
            "explain",
            ("w",),
            "why",
            "Explain this finding and its rule",
            "This row",
            Rank.MAIN,
            _has_row,
        ),
        _level("1", "error"),
        _level("2", "warning"),
        _level("3", "notice"),
        Command(
            "copy", ("c",), "copy", "Copy the headline or a command", "This row", Rank.COPY, _has_row, priority=True
        ),
    )

    class Opened(Message):
        """The operator opened the ordinal that a finding is about."""

        def __init__(self, key: Key, ordinal: int | None) -> None:
            super().__init__()
            self.key = key
            self.ordinal = ordinal

    def __init__(self, latest: Callable[[], Snapshot], now: Callable[[], datetime], zone: tzinfo | None = None) -> None:
        super().__init__(latest, now, zone)
        self._list = FindingList()
        self._folded: frozenset[str] = frozenset()
        self._unknown = True
        self._labels: Mapping[str, str] = {}
        """Short names of the clusters, where several are shown."""

    def compose_body(self) -> Iterator[Widget]:
        yield SpanLines(id="finding-counts")
        yield self.filter_bar(LANGUAGE)
        yield VirtualTable[RowKey](COLUMNS, self._row, open_label="open", id="findings")
        yield ReasonPanel(id="finding")

    def path(self) -> Sequence[str]:
        return ("findings",)

    def inspect_target(self) -> InspectTarget | None:
        """The pod of the finding, or its set."""
        finding, key = self.selected, self.table.cursor_key
        if finding is None or not isinstance(key, FindingKey):
            return None
        view = self._latest().fleet.sets.get(key.set)
        ordinals = () if view is None else view.ordinals
        about = (one.name for one in ordinals if one.ordinal == finding.ordinal)
        return InspectTarget(key.set, next(about, ""))

    @property
    def table(self) -> VirtualTable[RowKey]:
        return self.query_one("#findings", VirtualTable)

    @property
    def bar(self) -> FilterBar[FindingFilter]:
        return self.query_one(FilterBar)

    @property
    def selected(self) -> Finding | None:
        """The finding under the cursor; None on a header row."""
        key = self.table.cursor_key
        return self._list.get(key) if isinstance(key, FindingKey) else None

    @property
    def rule(self) -> str | None:
        """Id of the rule under the cursor."""
        key = self.table.cursor_key
        return None if key is None else key.rule

    @property
    def selected_key(self) -> Key | None:
        key = self.table.cursor_key
        return key.set if isinstance(key, FindingKey) else None

    def shown_findings(self) -> tuple[SetView, Sequence[Finding]] | None:
        key, finding = self.table.cursor_key, self.selected
        view = self._latest().fleet.sets.get(key.set) if isinstance(key, FindingKey) else None
        return (view, (finding,)) if view is not None and finding is not None else None

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        if snapshot.clusters and not self._labels:
            self._labels = cluster_labels([state.cluster for state in snapshot.clusters])
        if self._list.update(snapshot.fleet.sets, changed) or changed is None:
            self._update_rows()
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.invalidate()
        text = self.bar.text.strip()
        filtered = text and self._list.total
        self.table.placeholder = (
            no_match(text, self._list.total, "finding")
            if filtered
            else no_findings(snapshot, self._list.partly_readable)
        )
        self._unknown = nothing_known(snapshot)
        self._update_details(now)

    def _update_rows(self) -> None:
        first = self.table.cursor_key is None
        rows = self._list.rows(self._folded)
        self.table.set_order(rows)
        self._size_panel()
        if first:
            at = next((row for row in rows if isinstance(row, FindingKey)), None)
            if at is not None:
                self.table.move_cursor(at)

    def _size_panel(self) -> None:
        """Give the panel half of the lines, and more if it needs them and the table does not."""
        width, height = self.app.size.width, self.app.size.height - self.strip_lines
        lines, panel = height - _CHROME_LINES, self.query_one(ReasonPanel)
        panel.styles.height = max(lines // 2, min(panel.wanted(width), lines - self.table.row_count - 1))

    def on_resize(self) -> None:
        self._size_panel()

    def _update_details(self, now: datetime) -> None:
        self.query_one("#finding-counts", SpanLines).show([self._counts()])
        self.bar.show_counts(self._list.matching, self._list.total)
        panel, key, shown = self.query_one(ReasonPanel), self.table.cursor_key, self.shown_findings()
        self.want_log()
        panel.display = key is not None
        if shown is not None:
            view, findings = shown
            now += self._latest().state_of(view.key).ahead
            steps, tail = steps_of(view, findings), self.log_tail(view, findings)
            reason = details(findings[0], now, self.zone, view=view, steps=steps, tail=tail)
            panel.show_reasons(f"{view.key}  {findings[0].rule}", health_of_level(findings[0].level), (reason,))
        elif key is not None and (rule := rule_of(key.rule)) is not None:
            panel.show_reasons(rule.id, Health.NEUTRAL, (_rule_summary(rule),))
        self._size_panel()

    def _counts(self) -> tuple[Span, ...]:
        line: list[Span] = []
        if self._unknown:
            return ()
        for level, number in self._list.counts.items():
            if line:
                line.append(("    ", Role.DIM))
            health = health_of_level(level) if number else Health.NEUTRAL
            line += [sign(health), (f" {count(number, level_text(level))}", Role.BRIGHT if number else Role.DIM)]
        if disabled := len(self._latest().disabled_rules):
            line += [(f"    {count(disabled, 'rule')} disabled", Role.WARNING)]
        return tuple(line)

    def _row(self, key: RowKey) -> tuple[Cell, ...]:
        if isinstance(key, GroupKey):
            return group_row(key.rule, self._list.group(key.rule), closed=key.rule in self._folded)
        finding = self._list.get(key)
        if finding is None:
            return ((),) * len(COLUMNS)
        alone = len(self._list.group(key.rule)) == 1
        state = self._latest().state_of(key.set)
        return finding_row(key, finding, self._now() + state.ahead, self._labels.get(state.cluster, ""), alone=alone)

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details(self._now())
        self.refresh_bindings()

    @on(RowSelected)
    def _row_selected(self, event: RowSelected[RowKey]) -> None:
        key = event.key
        if isinstance(key, GroupKey):
            self._folded ^= {key.rule}
            self._update_rows()
            self.table.invalidate()
            return
        finding = self._list.get(key)
        if finding is not None:
            self.post_message(self.Opened(key.set, finding.ordinal))

    def apply_filter(self) -> None:
        self._list.filter_by(self.bar.filter)
        self._update_rows()
        self.update_ages(self._latest(), self._now())

    def action_back(self) -> None:
        self.dismiss()

    def action_toggle_level(self, word: str) -> None:
        self.bar.set_text(LANGUAGE.toggled(self.bar.text, "is", word))

    def action_explain(self) -> None:
        shown = self.shown_findings()
        if shown is not None:
            self.explain(shown[0], shown[1][0])
        elif (rule := rule_of(self.rule)) is not None:
            self.app.push_screen(ExplainScreen(rule))

    async def action_copy(self) -> None:
        finding = self.selected
        if finding is not None:
            await offer_copies(self, copies_of_finding(finding))

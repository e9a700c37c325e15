"""One action: the plan, the confirmation that it takes, and the follow-up to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from stsview.actions.errors import Changed, Refused
from stsview.actions.intent import ForceDelete, Intent
from stsview.actions.plan import Answers, Plan
from stsview.ui.clipboard import copy
from stsview.ui.commands import Command, Commanded
from stsview.ui.desk import Errand, desk_of
from stsview.ui.presentation.plan_lines import (
    plan_lines,
    progress_lines,
    refusal_lines,
    tone_of_danger,
    tone_of_outcome,
)
from stsview.ui.roles import Role, Spans
from stsview.ui.text import crop, wrap
from stsview.ui.widgets.footer import KeyLegend
from stsview.ui.widgets.line_input import LineInput
from stsview.ui.widgets.span_lines import SpanLines
from stsview.ui.widgets.tick import Tick

_WIDEST = 118
_FRAME = 10
"""Cells of the frame, its padding, its margin and a scrollbar, both sides."""

_AROUND = 9
"""Lines of the frame, its padding and margin, of the keys, and of what is said below."""

_LOW = 30
"""Below so many lines not every check has a line of its own."""

_LABEL = 28


def _confirmable(screen: ActionScreen) -> bool:
    return screen.confirmable


def _by_key(screen: ActionScreen) -> bool:
    return screen.confirmable and not screen.has_fields


def _with_fields(screen: ActionScreen) -> bool:
    return screen.confirmable and screen.has_fields


def _has_plan(screen: ActionScreen) -> bool:
    return screen.plan is not None


def _running(screen: ActionScreen) -> bool:
    return screen.errand is not None and screen.errand.running


class ActionScreen(Commanded, ModalScreen[None]):
    """Reads, shows, asks, does and follows. What it does goes on when it is left, and it can be come back to."""

    OWN_COMMANDS: ClassVar = (
        Command("leave", ("escape",), "leave it", "Back; what is under way goes on", footer=99, palette=False),
        Command("go", ("y",), "do it", "Do what is shown", footer=90, guard=_by_key, palette=False),
        Command("submit", ("enter",), "do it", "Do what is shown", footer=90, guard=_with_fields, palette=False),
        Command(
            "next_field",
            ("tab",),
            "next field",
            "To the next field",
            footer=80,
            guard=_with_fields,
            palette=False,
            action="app.focus_next",
        ),
        Command(
            "stop",
            ("ctrl+s",),
            "stop",
            "Send nothing more, and stop following",
            footer=85,
            guard=_running,
            palette=False,
        ),
        Command(
            "copy_command",
            ("ctrl+y",),
            "copy the command",
            "Copy the kubectl command that does the same",
            footer=60,
            guard=_has_plan,
            palette=False,
        ),
    )

    def __init__(self, about: Intent | Errand, now: Callable[[], datetime]) -> None:
        """`about`: what is wanted, to be planned first; or what is under way, to be looked at again."""
        super().__init__()
        self._now = now
        self._intent = about if isinstance(about, Intent) else about.plan.intent
        self.errand: Errand | None = about if isinstance(about, Errand) else None
        self.plan: Plan | None = about.plan if isinstance(about, Errand) else None
        self._changed: tuple[str, ...] = ()
        self._busy = ""
        self._problem = ""
        self._unlisten: Callable[[], None] = lambda: None

    @property
    def _slow(self) -> str:
        """Why it takes a while, where it does."""
        twice = isinstance(self._intent, ForceDelete)
        return ": the lease of its node is read twice, 12 s apart …" if twice else " …"

    @property
    def confirmable(self) -> bool:
        """Whether there is a plan that somebody may say yes to now."""
        return self.plan is not None and self.errand is None and not self.plan.refused and not self._busy

    @property
    def has_fields(self) -> bool:
        """Whether the confirmation takes more than a key."""
        needs = self.plan.confirmation if self.plan is not None else None
        return needs is not None and bool(needs.name or needs.context or needs.reason or needs.attestations)

    def compose(self) -> ComposeResult:
        with Vertical(id="action"):
            with VerticalScroll(id="action-body", can_focus=True):
                yield SpanLines(id="action-lines")
            yield Vertical(id="action-fields")
            yield SpanLines(id="action-problem")
        yield KeyLegend()

    def on_mount(self) -> None:
        self.query_one("#action-body").focus()
        self.set_interval(1.0, self._show)
        if self.errand is not None:
            self._follow(self.errand)
        else:
            self._busy = f"reading what this rests on{self._slow}"
            self._make_plan()
        self._show()

    def on_unmount(self) -> None:
        self._unlisten()

    def on_resize(self) -> None:
        self._show()

    @work(exclusive=True, exit_on_error=False)
    async def _make_plan(self) -> None:
        door = desk_of(self.app).door
        if door is None:
            return
        try:
            self._take(await door.plan(self._intent))
        except Refused as error:
            self._busy, self._problem = "", str(error)
        self._show()

    def _take(self, plan: Plan, changed: tuple[str, ...] = ()) -> None:
        self.plan, self._changed, self._busy = plan, changed, ""
        self._lay_fields(plan)

    def _lay_fields(self, plan: Plan) -> None:
        fields = self.query_one("#action-fields", Vertical)
        fields.remove_children()
        if not plan.refused:
            fields.mount_all(_fields(plan))
        # The focus starts where nothing is confirmed.
        self.query_one("#action-body").focus()

    @work(exclusive=True, exit_on_error=False)
    async def _confirm(self, plan: Plan, answers: Answers) -> None:
        desk = desk_of(self.app)
        if desk.door is None:
            return
        try:
            run = await desk.door.confirm(plan, answers)
        except Changed as error:
            self._problem = "it is not as it was: read again, and confirm anew"
            self._take(error.plan, error.differences)
        except Refused as error:
            self._busy, self._problem = "", str(error)
        else:
            self._busy = ""
            self.query_one("#action-fields", Vertical).remove_children()
            self._follow(desk.take(run))
        self._show()

    def _follow(self, errand: Errand) -> None:
        self.errand, self.plan = errand, errand.plan
        self._unlisten = errand.listen(self._show)

    def answers(self) -> Answers:
        """What is typed and ticked so far."""
        values = {field.id or "": field.value for field in self.query(Input)}
        ticked = frozenset(tick.about for tick in self.query(Tick) if tick.ticked)
        return Answers(
            values.get("answer-name", ""), ticked, values.get("answer-context", ""), values.get("answer-reason", "")
        )

    def _show(self) -> None:
        if not self.is_mounted:
            return
        width = min(_WIDEST, self.app.size.width - _FRAME)
        frame = self.query_one("#action", Vertical)
        title, lines, tone = self._content(width)
        frame.border_title = Content(crop(title, 100))
        for name in ("broken", "warning", "moving", "ready", "quiet"):
            frame.set_class(name == tone, f"-{name}")
        self.query_one("#action-lines", SpanLines).show(lines)
        self._share(len(lines))
        told = self._problem or self._busy
        role = Role.WARNING if self._problem else Role.MOVING
        self.query_one("#action-problem", SpanLines).show(
            [((line, role),) for line in wrap(told, width)] if told else []
        )
        self.refresh_bindings()

    def _share(self, lines: int) -> None:
        """Give the body the lines that the fields leave: those must never be out of sight."""
        fields = len(self.query_one("#action-fields").children) if self.confirmable else 0
        room = self.app.size.height - _AROUND - (fields + 1 if fields else 0)
        self.query_one("#action-body").styles.height = max(3, min(lines, room))
        self.query_one("#action-fields").display = bool(fields)

    def _content(self, width: int) -> tuple[str, list[Spans], str]:
        if self.plan is None:
            return "", [], "quiet"
        if self.errand is not None:
            progress = self.errand.progress
            lines = progress_lines(progress, self._now(), width)
            if self.errand.fault:
                lines.append((("stsview has a fault: " + self.errand.fault, Role.BROKEN),))
            return self.plan.title, lines, tone_of_outcome(progress.outcome).value
        refused = refusal_lines(self.plan, width)
        lines = [
            *plan_lines(self.plan, width, self._changed, brief=self.app.size.height < _LOW),
            *([()] if refused else []),
            *refused,
        ]
        return self.plan.title, lines, "broken" if refused else tone_of_danger(self.plan.danger).value

    def action_leave(self) -> None:
        if self.is_active:
            self.dismiss()

    def action_go(self) -> None:
        self._try()

    def action_submit(self) -> None:
        self._try()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._try()

    def _try(self) -> None:
        plan = self.plan
        if plan is None or not self.confirmable:
            return
        answers = self.answers()
        if lacking := plan.confirmation.missing(answers):
            self._problem = lacking[0]
            self._show()
            return
        self._problem, self._busy = "", f"looking once more{self._slow}"
        self._confirm(plan, answers)
        self._show()

    def action_stop(self) -> None:
        if self.errand is not None:
            self.errand.run.stop()

    def action_copy_command(self) -> None:
        if self.plan is not None:
            copy(self, self.plan.same_as, "command")


def _fields(plan: Plan) -> Iterator[Horizontal | Tick]:
    needs = plan.confirmation
    for attestation in needs.attestations:
        yield Tick(attestation.id, attestation.words)
    wanted = (
        ("name", f"Type the name of the {_noun(plan)}", needs.name),
        ("context", "Protected: the context’s name", needs.context),
        ("reason", "Write down why", "x" if needs.reason else ""),
    )
    for id_, label, asked in wanted:
        if asked:
            yield Horizontal(
                SpanLines([((label.ljust(_LABEL), Role.TEXT),)], classes="action-label"),
                LineInput(id=f"answer-{id_}"),
                classes="action-field",
            )


def _noun(plan: Plan) -> str:
    return {"Pod": "pod", "StatefulSet": "set"}.get(plan.about.kind, "object")

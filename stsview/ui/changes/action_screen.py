"""One action: the plan, the confirmation that it takes, and the follow-up to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Input

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import ForceDelete, Intent, OrderedRestart
from stsview.actions.plan import Answers, Plan
from stsview.actions.progress import Outcome
from stsview.text.terminal_text import crop, wrap
from stsview.ui.changes.confirmation_fields import AnswerFields, can_override
from stsview.ui.changes.plan_lines import health_of_danger, overflow_text, plan_lines
from stsview.ui.changes.progress_lines import health_of_progress, progress_state_lines, progress_step_lines
from stsview.ui.changes.running_actions import RunningAction, running_actions_of
from stsview.ui.kit.clipboard import copy
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines

_AROUND = 8
"""Lines of the frame, its padding and margin, of the keys, and one to tell the dialog from them."""

_LOW = 30
"""Below so many lines not every check has a line of its own."""


def _confirmable(screen: ActionScreen) -> bool:
    return screen.confirmable


def _by_key(screen: ActionScreen) -> bool:
    return screen.confirmable and not screen.has_fields


def _with_fields(screen: ActionScreen) -> bool:
    return screen.confirmable and screen.has_fields


def _overridable(screen: ActionScreen) -> bool:
    return screen.overridable


def _asks(screen: ActionScreen) -> bool:
    return screen.overridable or _with_fields(screen)


def _has_plan(screen: ActionScreen) -> bool:
    return screen.plan is not None


def _running(screen: ActionScreen) -> bool:
    return screen.running_action is not None and screen.running_action.running


def _can_pause(screen: ActionScreen) -> bool:
    running_action = screen.running_action
    return (
        running_action is not None
        and running_action.running
        and running_action.run.pausable
        and not running_action.paused
    )


def _is_paused(screen: ActionScreen) -> bool:
    return _running(screen) and screen.running_action is not None and screen.running_action.paused


class ActionScreen(CommandsMixin, ModalScreen[None]):
    """Reads, shows, asks, does and follows. What it does goes on when it is left, and it can be come back to."""

    OWN_COMMANDS: ClassVar = (
        Command("leave", ("escape",), "leave it", "Back; what is under way goes on", footer=99, palette=False),
        Command("go", ("y",), "do it", "Do what is shown", footer=90, guard=_by_key, palette=False),
        Command("submit", ("enter",), "do it", "Do what is shown", footer=90, guard=_with_fields, palette=False),
        Command(
            "override",
            ("enter",),
            "override",
            "See the plan as it is when this refusal is overridden; nothing is done yet",
            footer=90,
            guard=_overridable,
            palette=False,
        ),
        Command(
            "next_field",
            ("tab",),
            "next field",
            "To the next field",
            footer=80,
            guard=_asks,
            # What is typed behind it in one go is meant for that field.
            priority=True,
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
            "pause_run",
            ("p",),
            "pause",
            "Begin no further step until it is let go on; what was begun is followed to its end",
            footer=88,
            guard=_can_pause,
            palette=False,
        ),
        Command("resume_run", ("p",), "go on", "Let it go on", footer=88, guard=_is_paused, palette=False),
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

    def __init__(self, about: Intent | RunningAction, now: Callable[[], datetime]) -> None:
        """`about`: what is wanted, to be planned first; or what is under way, to be looked at again."""
        super().__init__()
        self._now = now
        self._intent = about if isinstance(about, Intent) else about.plan.intent
        self.running_action: RunningAction | None = about if isinstance(about, RunningAction) else None
        self.plan: Plan | None = about.plan if isinstance(about, RunningAction) else None
        self._changed: tuple[str, ...] = ()
        self._busy = ""
        self._problem = ""
        self._unsubscribe: Callable[[], None] = lambda: None
        self._present = range(0)
        """Lines of the present step."""
        self._in_sight = True
        """Whether they were brought into sight since it is the present one."""

    @property
    def _slow(self) -> str:
        """Why it takes a while, where it does."""
        twice = isinstance(self._intent, ForceDelete)
        return ": the lease of its node is read twice, 12 s apart …" if twice else " …"

    @property
    def confirmable(self) -> bool:
        """Whether there is a plan that somebody may say yes to now."""
        return self.plan is not None and self.running_action is None and not self.plan.refused and not self._busy

    @property
    def has_fields(self) -> bool:
        """Whether the confirmation takes more than a key."""
        return self.is_mounted and self.fields.any

    @property
    def overridable(self) -> bool:
        """Whether there is a plan whose refusal somebody may override now."""
        return self.plan is not None and self.running_action is None and can_override(self.plan) and not self._busy

    @property
    def body(self) -> MeasuredScroll:
        return self.query_one(MeasuredScroll)

    @property
    def fields(self) -> AnswerFields:
        return self.query_one(AnswerFields)

    def compose(self) -> ComposeResult:
        with Vertical(id="action"):
            with MeasuredScroll(id="action-body", can_focus=True):
                yield SpanLines(id="action-lines")
            yield AnswerFields(id="action-fields")
            yield SpanLines(id="action-problem")
        yield KeyBar()

    def on_mount(self) -> None:
        self.body.focus()
        self.set_interval(1.0, self._show)
        self.watch(self.body, "scroll_y", self._tell_of_rest, init=False)
        self.watch(self.body, "virtual_size", self._into_sight, init=False)
        if self.running_action is not None:
            self._follow(self.running_action)
        else:
            self._plan_it()
        self._show()

    def on_unmount(self) -> None:
        self._unsubscribe()

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        self._show()

    def _plan_it(self) -> None:
        self._problem, self._busy = "", f"reading what this rests on{self._slow}"
        self._make_plan()

    @work(exclusive=True, exit_on_error=False)
    async def _make_plan(self) -> None:
        action_service = running_actions_of(self.app).action_service
        if action_service is None:
            return
        try:
            self._take(await action_service.plan(self._intent))
        except Refused as error:
            self._busy, self._problem = "", str(error)
        self._show()

    def _take(self, plan: Plan, changed: tuple[str, ...] = ()) -> None:
        self.plan, self._changed, self._busy = plan, changed, ""
        self.fields.ask(plan)
        # The focus starts where nothing is confirmed, and the lines where the reading starts.
        self.body.focus()
        self.body.scroll_home(animate=False)

    @work(exclusive=True, exit_on_error=False)
    async def _confirm(self, plan: Plan, answers: Answers) -> None:
        actions = running_actions_of(self.app)
        if actions.action_service is None:
            return
        try:
            run = await actions.action_service.confirm(plan, answers)
        except Changed as error:
            self._problem = "it is not as it was: read again, and confirm anew"
            self._take(error.plan, error.differences)
        except Refused as error:
            self._busy, self._problem = "", str(error)
        else:
            self._busy = ""
            self.fields.ask(None)
            self._follow(actions.add(run))
        self._show()

    def _follow(self, running_action: RunningAction) -> None:
        self.running_action, self.plan = running_action, running_action.plan
        self._unsubscribe = running_action.subscribe(self._show)

    def _show(self) -> None:
        if not self.is_mounted:
            return
        width = self.body.cells
        if not width:
            return
        frame = self.query_one("#action", Vertical)
        title, lines, health = self._content(width)
        frame.border_title = Content(crop(title, 100))
        for name in ("degraded", "warning", "progressing", "ready", "neutral"):
            frame.set_class(name == health, f"-{name}")
        self.query_one("#action-lines", SpanLines).show(lines)
        said = self._said(width)
        self.query_one("#action-problem", SpanLines).show(said)
        self._share(len(lines), len(said), width)
        self.call_after_refresh(self._tell_of_rest)
        self.refresh_bindings()

    def _tell_of_rest(self) -> None:
        """That there is more below, and what of it must not be overlooked."""
        if not self.is_mounted:
            return
        more = self.body.max_scroll_y > self.body.scroll_offset.y
        told = overflow_text(self.plan) if more and self.plan is not None and self.running_action is None else ""
        self.query_one("#action", Vertical).border_subtitle = Content(told)

    def _said(self, width: int) -> list[Spans]:
        """What stands below the lines, and is never out of sight."""
        told = self._problem or self._busy
        role = Role.WARNING if self._problem else Role.PROGRESSING
        said: list[Spans] = [((line, role),) for line in wrap(told, width)] if told else []
        if self.running_action is not None:
            said += [(), *progress_state_lines(self.running_action.progress, width)]
            if self.running_action.running and self.running_action.paused and not self.running_action.progress.paused:
                said.append((("  pauses when this step is through", Role.WARNING),))
            self.running_action.seen = not self.running_action.running
            if not self.running_action.running and self._can_continue:
                said.append((("  r on its set goes on with it", Role.DIM),))
        return said

    @property
    def _can_continue(self) -> bool:
        """Whether it ended before its end, and is remembered."""
        if self.running_action is None or not isinstance(self._intent, OrderedRestart):
            return False
        return self.running_action.progress.outcome in (Outcome.STOPPED, Outcome.NOT_REACHED, Outcome.TIMED_OUT)

    def _share(self, lines: int, said: int, width: int) -> None:
        """Give the body the lines that the fields, and what is said, leave: those must never be out of sight."""
        fields = self.fields.fit(width) if self.confirmable or self.overridable else 0
        room = self.app.size.height - _AROUND - max(1, said) - (fields + 1 if fields else 0)
        self.body.styles.height = max(3, min(lines, room))
        self.fields.display = bool(fields)

    def _content(self, width: int) -> tuple[str, list[Spans], str]:
        if self.plan is None:
            return "", [], "neutral"
        if self.running_action is not None:
            progress = self.running_action.progress
            lines, present = progress_step_lines(progress, self._now(), width)
            if present != self._present:
                self._present, self._in_sight = present, False
                self.call_after_refresh(self._into_sight)
            return self.plan.title, lines, health_of_progress(progress).value
        lines = plan_lines(self.plan, width, self._changed, brief=self.app.size.height < _LOW)
        return self.plan.title, lines, "degraded" if self.plan.refused else health_of_danger(self.plan.danger).value

    def _into_sight(self) -> None:
        """Only when the step is another: whoever looks at the ones before is left there until then."""
        present = self._present
        if not self._in_sight and self.body.virtual_size.height >= present.stop:
            self._in_sight = True
            lines = Region(0, present.start, 1, len(present))
            # The body learns how far it can be scrolled only after it has learnt how tall its lines are.
            self.call_after_refresh(self.body.scroll_to_region, lines, animate=False)

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
        if self.overridable:
            self.action_override()
        else:
            self._try()

    def action_override(self) -> None:
        plan = self.plan
        if plan is None or not self.overridable:
            return
        reason = self.fields.override
        if reason:
            # Several intents have that field, and no base of theirs alone.
            self._intent = replace(cast("Any", plan.intent), override=reason)
            self._plan_it()
        else:
            self._problem = "write down why it is to be done although it is refused"
        self._show()

    def _try(self) -> None:
        plan = self.plan
        if plan is None or not self.confirmable:
            return
        answers = self.fields.answers(plan)
        if lacking := plan.confirmation.missing(answers):
            self._problem = lacking[0]
            self._show()
            return
        self._problem, self._busy = "", f"looking once more{self._slow}"
        self._confirm(plan, answers)
        self._show()

    def action_stop(self) -> None:
        if self.running_action is not None:
            self.running_action.run.stop()

    def action_pause_run(self) -> None:
        self._pause(paused=True)

    def action_resume_run(self) -> None:
        self._pause(paused=False)

    def _pause(self, *, paused: bool) -> None:
        if self.running_action is not None:
            self.running_action.pause(paused)
            self._show()

    def action_copy_command(self) -> None:
        if self.plan is not None:
            copy(self, self.plan.same_as, "command")

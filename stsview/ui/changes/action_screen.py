"""Dialog of one action: plan, confirmation, and follow-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

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
from stsview.text.glyphs import active
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

_CHROME_LINES = 8
"""Lines of the frame with its padding and margin, of the key bar, and one that sets the dialog off from it."""

_BRIEF_BELOW = 30
"""Terminal height below which checks that pass are only counted."""

_MAX_TITLE = 100


def _by_key(screen: ActionScreen) -> bool:
    return screen.confirmable and not screen.has_fields


def _with_fields(screen: ActionScreen) -> bool:
    return screen.confirmable and screen.has_fields


def _overridable(screen: ActionScreen) -> bool:
    return screen.overridable


def _has_fields(screen: ActionScreen) -> bool:
    return screen.overridable or _with_fields(screen)


def _has_command(screen: ActionScreen) -> bool:
    return screen.plan is not None and bool(screen.plan.shown_command)


def _running(screen: ActionScreen) -> bool:
    return screen.running_action is not None and screen.running_action.running


def _can_pause(screen: ActionScreen) -> bool:
    action = screen.running_action
    return action is not None and action.running and action.run.pausable and not action.paused


def _is_paused(screen: ActionScreen) -> bool:
    return _running(screen) and screen.running_action is not None and screen.running_action.paused


class ActionScreen(CommandsMixin, ModalScreen[None]):
    """Makes a plan, asks for its confirmation, runs and follows it.

    A running action continues when the dialog is closed, and can be shown again.
    """

    OWN_COMMANDS: ClassVar = (
        Command("close", ("escape",), "cancel", "Close; a running action continues", footer=99, palette=False),
        Command("confirm", ("y",), "confirm", "Run this plan", footer=90, guard=_by_key, palette=False),
        Command("submit", ("enter",), "confirm", "Run this plan", footer=90, guard=_with_fields, palette=False),
        Command(
            "override",
            ("enter",),
            "override",
            "Show the plan with this refusal overridden; nothing is sent yet",
            footer=90,
            guard=_overridable,
            palette=False,
        ),
        Command(
            "next_field",
            ("tab",),
            "next field",
            "Next field",
            footer=80,
            guard=_has_fields,
            # Keys typed right after it are meant for the next field.
            priority=True,
            palette=False,
            action="app.focus_next",
        ),
        Command("stop", ("ctrl+s",), "stop", "Stop", footer=85, guard=_running, palette=False),
        Command(
            "pause_run",
            ("p",),
            "pause",
            "Pause after the current step",
            footer=88,
            guard=_can_pause,
            palette=False,
        ),
        Command("resume_run", ("p",), "resume", "Resume", footer=88, guard=_is_paused, palette=False),
        Command(
            "copy_command",
            ("ctrl+y",),
            "copy command",
            "Copy the equivalent kubectl command",
            footer=60,
            guard=_has_command,
            palette=False,
        ),
    )

    def __init__(self, about: Intent | RunningAction, now: Callable[[], datetime]) -> None:
        """`about`: an intent to plan, or a running action to follow.

        `now` is the cluster's time.
        """
        super().__init__()
        self._now = now
        self._intent = about if isinstance(about, Intent) else about.plan.intent
        self.running_action: RunningAction | None = about if isinstance(about, RunningAction) else None
        self.plan: Plan | None = about.plan if isinstance(about, RunningAction) else None
        self._changed: tuple[str, ...] = ()
        self._busy = ""
        self._problem = ""
        self._unsubscribe: Callable[[], None] = lambda: None
        self._current_step = range(0)
        """Line numbers of the current step."""
        self._scrolled_to_step = True
        """Whether the body was scrolled to the current step."""

    def commands(self) -> list[Command]:
        if self.running_action is None:
            return super().commands()
        return [replace(one, label="close") if one.id == "close" else one for one in super().commands()]

    @property
    def confirmable(self) -> bool:
        """Whether there is a plan that can be confirmed now."""
        return self.plan is not None and self.running_action is None and not self.plan.refused and not self._busy

    @property
    def has_fields(self) -> bool:
        """Whether the confirmation needs more than a key."""
        return self.is_mounted and self.fields.any

    @property
    def overridable(self) -> bool:
        """Whether there is a plan whose refusal can be overridden now."""
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
        self.set_interval(1.0, self._update)
        self.watch(self.body, "scroll_y", self._update_overflow, init=False)
        self.watch(self.body, "virtual_size", self._scroll_to_step, init=False)
        if self.running_action is not None:
            self._follow(self.running_action)
        else:
            self._start_planning()
        self._update()

    def on_unmount(self) -> None:
        self._unsubscribe()

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        self._update()

    def _busy_text(self, doing: str) -> str:
        why = ": reading the node lease twice, 12 s apart" if isinstance(self._intent, ForceDelete) else ""
        return f"{doing}{why} {active().ellipsis}"

    def _start_planning(self) -> None:
        self._problem, self._busy = "", self._busy_text("running pre-flight checks")
        self._make_plan()

    @work(exclusive=True, exit_on_error=False)
    async def _make_plan(self) -> None:
        action_service = running_actions_of(self.app).action_service
        if action_service is None:
            return
        try:
            self._show_plan(await action_service.plan(self._intent))
        except Refused as error:
            self._busy, self._problem = "", str(error)
        self._update()

    def _show_plan(self, plan: Plan, changed: tuple[str, ...] = ()) -> None:
        self.plan, self._changed, self._busy = plan, changed, ""
        self.fields.ask(plan)
        # The focus starts where no key confirms, and the text at its beginning.
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
            self._problem = "cluster state changed; review and confirm again"
            self._show_plan(error.plan, error.differences)
        except Refused as error:
            self._busy, self._problem = "", str(error)
        else:
            self._busy = ""
            self.fields.ask(None)
            self._follow(actions.add(run))
        self._update()

    def _follow(self, action: RunningAction) -> None:
        self.running_action, self.plan = action, action.plan
        self._unsubscribe = action.subscribe(self._update)

    def _update(self) -> None:
        if not self.is_mounted:
            return
        width = self.body.cells
        if not width:
            return
        frame = self.query_one("#action", Vertical)
        title, lines, health = self._content(width)
        frame.border_title = Content(crop(title, _MAX_TITLE))
        for name in ("degraded", "warning", "progressing", "ready", "neutral"):
            frame.set_class(name == health, f"-{name}")
        self.query_one("#action-lines", SpanLines).show(lines)
        status = self._status_lines(width)
        self.query_one("#action-problem", SpanLines).show(status)
        self._lay_out(len(lines), len(status), width)
        self.call_after_refresh(self._update_overflow)
        self.refresh_bindings()

    def _update_overflow(self) -> None:
        """Show in the frame that there is more to scroll to."""
        if not self.is_mounted:
            return
        more = self.body.max_scroll_y > self.body.scroll_offset.y
        text = overflow_text(self.plan) if more and self.plan is not None and self.running_action is None else ""
        self.query_one("#action", Vertical).border_subtitle = Content(text)

    def _status_lines(self, width: int) -> list[Spans]:
        """Lines below the body, always in sight: problem, activity, and outcome."""
        text = self._problem or self._busy
        role = Role.WARNING if self._problem else Role.PROGRESSING
        lines: list[Spans] = [((line, role),) for line in wrap(text, width)] if text else []
        action = self.running_action
        if action is None:
            return lines
        lines += [(), *progress_state_lines(action.progress, width)]
        if action.running and action.paused and not action.progress.paused:
            lines.append((("  pausing after the current step", Role.WARNING),))
        action.seen = not action.running
        if not action.running and self._can_continue(action):
            lines.append((("  to continue: r on the set", Role.DIM),))
        return lines

    def _can_continue(self, action: RunningAction) -> bool:
        """Whether it is an ordered restart that ended early and can be continued."""
        if not isinstance(self._intent, OrderedRestart):
            return False
        return action.progress.outcome in (Outcome.STOPPED, Outcome.NOT_REACHED, Outcome.TIMED_OUT)

    def _lay_out(self, lines: int, status: int, width: int) -> None:
        """Give the body the lines that fields and status leave: those stay in sight."""
        fields = self.fields.fit(width) if self.confirmable or self.overridable else 0
        room = self.app.size.height - _CHROME_LINES - max(1, status) - (fields + 1 if fields else 0)
        self.body.styles.height = max(3, min(lines, room))
        self.fields.display = bool(fields)

    def _content(self, width: int) -> tuple[str, list[Spans], str]:
        """Title, lines of the body, and the health that colours the frame."""
        if self.plan is None:
            return "", [], "neutral"
        if self.running_action is not None:
            progress = self.running_action.progress
            lines, current = progress_step_lines(progress, self._now(), width)
            if current != self._current_step:
                self._current_step, self._scrolled_to_step = current, False
                self.call_after_refresh(self._scroll_to_step)
            return self.plan.title, lines, health_of_progress(progress).value
        lines = plan_lines(self.plan, width, self._changed, brief=self.app.size.height < _BRIEF_BELOW)
        return self.plan.title, lines, "degraded" if self.plan.refused else health_of_danger(self.plan.danger).value

    def _scroll_to_step(self) -> None:
        """Scroll to the current step once.

        Until the next step, the operator's scroll position is kept.
        """
        current = self._current_step
        if not self._scrolled_to_step and self.body.virtual_size.height >= current.stop:
            self._scrolled_to_step = True
            lines = Region(0, current.start, 1, len(current))
            # The body knows its scroll range only one refresh after the height of its lines.
            self.call_after_refresh(self.body.scroll_to_region, lines, animate=False)

    def action_close(self) -> None:
        if self.is_active:
            self.dismiss()

    def action_confirm(self) -> None:
        self._try_to_confirm()

    def action_submit(self) -> None:
        self._try_to_confirm()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.overridable:
            self.action_override()
        else:
            self._try_to_confirm()

    def action_override(self) -> None:
        plan = self.plan
        if plan is None or not self.overridable:
            return
        reason = self.fields.override
        if reason:
            self._intent = replace(plan.intent, override=reason)
            self._start_planning()
        else:
            self._problem = "enter a reason to override the refusal"
        self._update()

    def _try_to_confirm(self) -> None:
        plan = self.plan
        if plan is None or not self.confirmable:
            return
        answers = self.fields.answers(plan)
        if missing := plan.confirmation.missing(answers):
            self._problem = missing[0]
            self._update()
            return
        self._problem, self._busy = "", self._busy_text("re-checking")
        self._confirm(plan, answers)
        self._update()

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
            self._update()

    def action_copy_command(self) -> None:
        if self.plan is not None:
            copy(self, self.plan.shown_command, "command")

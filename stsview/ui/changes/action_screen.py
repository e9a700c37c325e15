"""Dialog of one action: plan, confirmation, and follow-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Intent, OrderedRestart
from stsview.actions.plan import Answers, Plan
from stsview.actions.progress import Outcome
from stsview.actions.registry import action_for
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.changes.action_body import ActionBody
from stsview.ui.changes.confirmation_fields import AnswerFields
from stsview.ui.changes.plan_lines import Extent, has_more, health_of_danger, plan_lines
from stsview.ui.changes.progress_lines import health_of_progress, progress_state_lines, progress_step_lines
from stsview.ui.changes.running_actions import RunningAction, running_actions_of
from stsview.ui.kit.clipboard import copy
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans
from stsview.ui.kit.widgets.measured_scroll import MeasuredScroll
from stsview.ui.kit.widgets.span_lines import SpanLines

_LOW_BELOW = 30
"""Terminal height below which the dialog has no empty lines of its own."""

_CHROME_LINES = 9
"""Lines of the frame with its padding and margin, of the key bar, and one above the fields."""
_LOW_CHROME_LINES = 4
"""Lines of the header, the frame and the key bar."""

_MAX_TITLE = 100

_DETAILS_KEY, _DETAILS_KEY_IN_FIELDS = "v", "ctrl+o"
"""Letters belong to the fields where there are any."""


def _by_key(screen: ActionScreen) -> bool:
    return screen.confirmable and not screen.has_fields


def _with_fields(screen: ActionScreen) -> bool:
    return (screen.confirmable or screen.overridable) and screen.has_fields


def _with_several_fields(screen: ActionScreen) -> bool:
    return screen.has_fields and len(screen.fields.children) > 1


def _has_command(screen: ActionScreen) -> bool:
    return screen.plan is not None and bool(screen.plan.shown_command)


def _has_details(screen: ActionScreen) -> bool:
    return screen.plan is not None and screen.running_action is None and has_more(screen.plan)


def _running(screen: ActionScreen) -> bool:
    return screen.running_action is not None and screen.running_action.running


def _can_pause(screen: ActionScreen) -> bool:
    action = screen.running_action
    return action is not None and action.running and action.run.pausable and not action.paused


def _is_paused(screen: ActionScreen) -> bool:
    return _running(screen) and screen.running_action is not None and screen.running_action.paused


def _move(id_: str, keys: Sequence[str], action: str, text: str) -> Command:
    return Command(id_, tuple(keys), "", text, group="Move", palette=False, action=action)


class ActionScreen(CommandsMixin, ModalScreen[None]):
    """Makes a plan, asks for its confirmation, runs and follows it.

    A running action continues when the dialog is closed, and can be shown again.
    """

    OWN_COMMANDS: ClassVar = (
        Command("close", ("escape",), "cancel", "Close; a running action continues", footer=99, palette=False),
        Command("confirm", ("y",), "confirm", "Run this plan", footer=90, guard=_by_key, palette=False),
        # The fields show Enter in the key bar, once nothing is missing.
        Command("submit", ("enter",), "confirm", "Submit the fields", guard=_with_fields, palette=False),
        Command(
            "next_field",
            ("tab",),
            "next field",
            "Next field",
            footer=80,
            guard=_with_several_fields,
            # Keys typed right after it are meant for the next field.
            priority=True,
            palette=False,
            action="app.focus_next",
        ),
        Command(
            "previous_field",
            ("shift+tab",),
            "previous field",
            "Previous field",
            guard=_with_several_fields,
            priority=True,
            palette=False,
            action="app.focus_previous",
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
            "details",
            (_DETAILS_KEY,),
            "details",
            "Show or hide all steps, checks and commands",
            footer=70,
            guard=lambda screen: _has_details(screen) and not screen.has_fields,
            palette=False,
        ),
        Command(
            "details_in_fields",
            (_DETAILS_KEY_IN_FIELDS,),
            "details",
            "Show or hide all steps, checks and commands",
            footer=70,
            guard=lambda screen: _has_details(screen) and screen.has_fields,
            palette=False,
        ),
        Command(
            "copy_command",
            ("ctrl+y",),
            "copy command",
            "Copy the equivalent kubectl command",
            footer=60,
            guard=_has_command,
            palette=False,
        ),
        _move("line_down", ("down", "j"), "scroll('down')", "Scroll one line down"),
        _move("line_up", ("up", "k"), "scroll('up')", "Scroll one line up"),
        _move("page_down", ("pagedown", "space"), "scroll('page_down')", "Scroll one page down"),
        _move("page_up", ("pageup",), "scroll('page_up')", "Scroll one page up"),
        _move("to_end", ("end", "G"), "scroll('end')", "Scroll to the end"),
        _move("to_start", ("home", "g"), "scroll('home')", "Scroll to the beginning"),
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
        self._detailed = False
        self._busy = ""
        """What is being done before the plan can be confirmed; empty for nothing."""
        self._busy_since = now()
        self._problem = ""
        self._unsubscribe: Callable[[], None] = lambda: None

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
        return self.plan is not None and self.running_action is None and self.plan.overridable and not self._busy

    @property
    def body(self) -> ActionBody:
        return self.query_one(ActionBody)

    @property
    def fields(self) -> AnswerFields:
        return self.query_one(AnswerFields)

    def compose(self) -> ComposeResult:
        with Vertical(id="action"):
            yield ActionBody()
            yield AnswerFields("action-fields")
            yield SpanLines(id="action-problem")
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._update)
        self.watch(self.body, "scroll_y", self._update_overflow, init=False)
        if self.running_action is not None:
            self._follow(self.running_action)
        else:
            self._start_planning()
        self._update()

    def on_unmount(self) -> None:
        self._unsubscribe()

    def on_key(self, event: events.Key) -> None:
        """What is typed goes to the fields, also where none of them has the focus."""
        field = self.fields.text_field
        if event.is_printable and field is not None and self.focused is None:
            event.stop()
            self.set_focus(field)
            field.post_message(event)

    @on(MeasuredScroll.Measured)
    def _measured(self) -> None:
        self._update()

    @on(Input.Changed)
    def _answer_changed(self) -> None:
        self._problem = ""
        self._update()

    def _start_work(self, doing: str) -> None:
        self._problem, self._busy, self._busy_since = "", doing, self._now()

    @property
    def _busy_text(self) -> str:
        """What is being done, and for how long; only a node's lease takes seconds."""
        seconds = action_for(self._intent).gather_seconds
        if not seconds:
            return f"{self._busy} {active().ellipsis}"
        left = max(1, round(seconds - (self._now() - self._busy_since).total_seconds()))
        return f"{self._busy}: checking node lease, {left} s left"

    def _start_planning(self) -> None:
        self._start_work("running pre-flight checks")
        self._make_plan()

    @work(exclusive=True, exit_on_error=False)
    async def _make_plan(self) -> None:
        action_service = running_actions_of(self.app).action_service
        if action_service is None:
            return
        try:
            preview = await action_service.preview(self._intent)
            if preview is not None:
                await self._show_plan(preview)
                self._update()
            plan = await action_service.plan(self._intent)
            self._busy = ""
            await self._show_plan(plan, keep=preview is not None)
        except Refused as error:
            self._busy, self._problem = "", str(error)
        self._update()

    async def _show_plan(self, plan: Plan, changed: tuple[str, ...] = (), *, keep: bool = False) -> None:
        """`keep`: the same fields keep what was entered since the preview."""
        self.plan, self._changed = plan, changed
        await self.fields.ask(plan, keep=keep)
        self.body.start_over()

    @work(exclusive=True, exit_on_error=False)
    async def _confirm(self, plan: Plan, answers: Answers) -> None:
        actions = running_actions_of(self.app)
        if actions.action_service is None:
            return
        try:
            run = await actions.action_service.confirm(plan, answers)
        except Changed as error:
            self._busy, self._problem = "", "cluster state changed; review and confirm again"
            await self._show_plan(error.plan, error.differences)
        except Refused as error:
            self._busy, self._problem = "", str(error)
        else:
            self._busy = ""
            await self.fields.ask(None)
            self._follow(actions.add(run))
        self._update()

    def _follow(self, action: RunningAction) -> None:
        self.running_action, self.plan = action, action.plan
        self._unsubscribe = action.subscribe(self._update)

    def _update(self) -> None:
        if not self.is_mounted:
            return
        low = self.app.size.height < _LOW_BELOW
        self.set_class(low, "-low")
        width = self.body.cells
        if not width:
            return
        status = self._status_lines(width)
        self.query_one("#action-problem", SpanLines).show(status)
        self.fields.display = self.fields.any
        above = (_LOW_CHROME_LINES if low else _CHROME_LINES) + max(1, len(status))
        room = self.app.size.height - above - self.fields.fit(width)
        lines, health = self._content(width, room)
        self.body.show(lines, room)
        frame = self.query_one("#action", Vertical)
        frame.border_title = Content(crop(self.plan.title if self.plan is not None else "", _MAX_TITLE))
        for one in Health:
            frame.set_class(one is health, f"-{one.value}")
        self._update_overflow()
        self.refresh_bindings()

    def _content(self, width: int, room: int) -> tuple[list[Spans], Health]:
        """Lines of the body, and the health that colours the frame."""
        if self.plan is None:
            return [], Health.NEUTRAL
        if self.running_action is not None:
            progress = self.running_action.progress
            lines, current = progress_step_lines(progress, self._now(), width)
            self.body.keep_in_sight(current)
            return lines, health_of_progress(progress)
        return self._plan_lines(self.plan, width, room), (
            Health.DEGRADED if self.plan.refused else health_of_danger(self.plan.danger)
        )

    def _plan_lines(self, plan: Plan, width: int, room: int) -> list[Spans]:
        """The plan in the fullest form that leaves it all in sight, or else in the shortest."""
        key = key_name(_DETAILS_KEY_IN_FIELDS if self.has_fields else _DETAILS_KEY)
        if self._detailed:
            return plan_lines(plan, width, self._changed, extent=Extent.FULL, key=key)
        lines = plan_lines(plan, width, self._changed, extent=Extent.AIRY, key=key)
        return lines if len(lines) <= room else plan_lines(plan, width, self._changed, extent=Extent.TIGHT, key=key)

    def _update_overflow(self) -> None:
        """Show in the frame that there is more to scroll to."""
        if not self.is_mounted:
            return
        more = self.running_action is None and self.plan is not None and self.body.has_more_below
        text = f"more below {active().separator} {key_name('pagedown')}" if more else ""
        self.query_one("#action", Vertical).border_subtitle = Content(text)

    def _status_lines(self, width: int) -> list[Spans]:
        """Lines below the body, always in sight: problem, activity, and outcome."""
        lines: list[Spans] = []
        if self._problem or self._busy:
            health = Health.WARNING if self._problem else Health.PROGRESSING
            text = self._problem or self._busy_text
            lines = wrap_spans((sign(health), (f" {text}", role_of(health))), width)
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

    def action_close(self) -> None:
        if self.is_active:
            self.dismiss()

    def action_scroll(self, where: str) -> None:
        body = self.body
        moves = {
            "down": body.scroll_down,
            "up": body.scroll_up,
            "page_down": body.scroll_page_down,
            "page_up": body.scroll_page_up,
            "home": body.scroll_home,
            "end": body.scroll_end,
        }
        moves[where](animate=False)

    def action_details(self) -> None:
        self._detailed = not self._detailed
        self._update()

    def action_details_in_fields(self) -> None:
        self.action_details()

    def action_confirm(self) -> None:
        self._submit()

    def action_submit(self) -> None:
        self._submit()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._submit()

    def _submit(self) -> None:
        """Confirm, or override; or else say what has to be done before."""
        plan = self.plan
        if plan is None or not (self.confirmable or self.overridable):
            return
        if not self.body.end_was_seen:
            self._problem = f"scroll to the end first ({key_name('pagedown')})"
        elif missing := self._focus_missing():
            self._problem = missing
        elif plan.overridable:
            self._intent = replace(plan.intent, override=self.fields.override)
            self._start_planning()
        else:
            self._start_work("re-checking")
            self._confirm(plan, self.fields.answers(plan))
        self._update()

    def _focus_missing(self) -> str:
        """What is missing first, which gets the focus; empty where nothing is."""
        words, where = self.fields.first_problem()
        if where is not None:
            self.set_focus(where)
        return words

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

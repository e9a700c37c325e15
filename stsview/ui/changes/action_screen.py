"""Dialog of one action: plan, confirmation, and follow-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Intent, OrderedRestart
from stsview.actions.plan import Answers, Plan
from stsview.actions.progress import Outcome
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop
from stsview.ui.changes.action_body import ActionBody
from stsview.ui.changes.action_dialog import DETAILS_KEY, DETAILS_KEY_IN_FIELDS, ActionDialog
from stsview.ui.changes.confirmation_fields import AnswerFields
from stsview.ui.changes.plan_lines import Extent, health_of_danger, plan_lines
from stsview.ui.changes.progress_lines import health_of_progress, progress_state_lines, progress_step_lines
from stsview.ui.changes.running_actions import RunningAction, running_actions_of
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
_DENSE_CHROME_LINES = 6
"""The same without padding, and without a margin at the bottom."""
_LOW_CHROME_LINES = 4
"""Lines of the header, the frame and the key bar."""

_MAX_TITLE = 100


def _scroll_first() -> str:
    return f"scroll to the end first ({key_name('pagedown')})"


class ActionScreen(ActionDialog):
    """Makes a plan, asks for its confirmation, runs and follows it.

    A running action continues when the dialog is closed, and can be shown again.
    """

    def __init__(self, about: Intent | RunningAction, now: Callable[[], datetime]) -> None:
        super().__init__(about, now)
        self._now = now
        self._changed: tuple[str, ...] = ()
        self._unsubscribe: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        with Vertical(id="action"):
            yield ActionBody()
            yield AnswerFields("action-fields")
            yield SpanLines(id="action-problem")
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.update)
        self.watch(self.body, "scroll_y", self._update_overflow, init=False)
        if self.running_action is not None:
            self._follow(self.running_action)
        else:
            self._start_planning()
        self.update()

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
        self.update()

    @on(Input.Changed)
    def _answer_changed(self) -> None:
        self.preparation.problem = self.preparation.done = ""
        self.update()

    def _start_planning(self) -> None:
        self.preparation.start("running pre-flight checks")
        self._make_plan()

    @work(exclusive=True, exit_on_error=False)
    async def _make_plan(self) -> None:
        action_service = running_actions_of(self.app).action_service
        if action_service is None:
            return
        try:
            preview = await action_service.preview(self.intent)
            if preview is not None:
                await self._show_plan(preview)
                self.update()
            plan = await action_service.plan(self.intent)
            self.preparation.end()
            if preview is not None:
                self.preparation.done = "pre-flight checks complete"
            await self._show_plan(plan, keep=preview is not None)
        except Refused as error:
            self.preparation.end(str(error))
        self.update()

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
            self.preparation.end("cluster state changed; review and confirm again")
            await self._show_plan(error.plan, error.differences)
        except Refused as error:
            self.preparation.end(str(error))
        else:
            self.preparation.end()
            await self.fields.ask(None)
            self._follow(actions.add(run))
        self.update()

    def _follow(self, action: RunningAction) -> None:
        self.running_action, self.plan = action, action.plan
        self._unsubscribe = action.subscribe(self.update)

    def update(self) -> None:
        if not self.is_mounted:
            return
        low = self.app.size.height < _LOW_BELOW
        self.set_class(low, "-low")
        width = self.body.cells
        if not width:
            return
        status = self._status_lines(width)
        self.query_one("#action-problem", SpanLines).show(status)
        self.fields.busy = self.preparation.busy
        self.fields.display = self.fields.any
        left = self.app.size.height - max(1, len(status)) - self.fields.fit(width)
        airy, dense = (left - lines for lines in (_CHROME_LINES, _DENSE_CHROME_LINES))
        most = left - _LOW_CHROME_LINES if low else dense
        lines, health = self._content(width, most)
        self.set_class(not low and len(lines) > airy, "-dense")
        self.body.show(lines, most)
        frame = self.query_one("#action", Vertical)
        frame.border_title = Content(crop(self.plan.heading if self.plan is not None else "", _MAX_TITLE))
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
        key = key_name(DETAILS_KEY_IN_FIELDS if self.has_fields else DETAILS_KEY)
        if self.detailed:
            return plan_lines(plan, width, self._changed, extent=Extent.FULL, key=key)
        for extent in (Extent.ROOMY, Extent.AIRY, Extent.SPACED):
            lines = plan_lines(plan, width, self._changed, extent=extent, key=key)
            if len(lines) <= room:
                return lines
        return plan_lines(plan, width, self._changed, extent=Extent.TIGHT, key=key)

    def _update_overflow(self) -> None:
        """Show in the frame that there is more to scroll to."""
        if not self.is_mounted:
            return
        if self.body.end_was_seen and self.preparation.problem == _scroll_first():
            self.preparation.problem = ""
            self.call_later(self.update)
        more = self.running_action is None and self.plan is not None and self.body.has_more_below
        text = f"more below {active().separator} {key_name('pagedown')}" if more else ""
        self.query_one("#action", Vertical).border_subtitle = Content(text)

    def _status_lines(self, width: int) -> list[Spans]:
        """Lines below the body, always in sight: problem, activity, and outcome."""
        lines: list[Spans] = []
        preparation = self.preparation
        if text := preparation.problem or preparation.text:
            health = Health.WARNING if preparation.problem else Health.PROGRESSING
            lines = wrap_spans((sign(health), (f" {text}", role_of(health))), width)
        elif preparation.done:
            lines = [((f"{active().check} ", Role.READY), (preparation.done, Role.TEXT))]
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
        if not isinstance(self.intent, OrderedRestart):
            return False
        return action.progress.outcome in (Outcome.STOPPED, Outcome.NOT_REACHED, Outcome.TIMED_OUT)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.submit()

    def submit(self) -> None:
        plan = self.plan
        if plan is None or not (self.confirmable or self.overridable):
            return
        if not self.body.end_was_seen:
            self.preparation.problem = _scroll_first()
        elif missing := self._focus_missing():
            self.preparation.problem = missing
        elif plan.overridable:
            self.intent = replace(plan.intent, override=self.fields.override)
            self._start_planning()
        else:
            self.preparation.start("re-checking")
            self._confirm(plan, self.fields.answers(plan))
        self.update()

    def _focus_missing(self) -> str:
        """What is missing first, which gets the focus; empty where nothing is."""
        words, where = self.fields.first_problem()
        if where is not None:
            self.set_focus(where)
        return words

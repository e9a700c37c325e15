"""Commands of the dialog of an action, and what they depend on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from msgspec.structs import replace
from textual.screen import ModalScreen

from stsview.actions.intents import Intent
from stsview.actions.plan import Plan
from stsview.actions.registry import action_for
from stsview.ui.changes.action_body import ActionBody
from stsview.ui.changes.confirmation_fields import AnswerFields
from stsview.ui.changes.plan_lines import has_more
from stsview.ui.changes.preparation import Preparation
from stsview.ui.changes.running_actions import RunningAction, WhyRequested, running_actions_of
from stsview.ui.kit.clipboard import copy
from stsview.ui.kit.commands.commands import Command, CommandsMixin

DETAILS_KEY, DETAILS_KEY_IN_FIELDS = "v", "ctrl+o"
"""Letters belong to the fields where there are any."""


def _by_key(dialog: ActionDialog) -> bool:
    return dialog.confirmable and not dialog.has_fields


def _with_fields(dialog: ActionDialog) -> bool:
    return (dialog.confirmable or dialog.overridable) and dialog.has_fields


def _with_several_fields(dialog: ActionDialog) -> bool:
    return dialog.has_fields and len(dialog.fields.children) > 1


def _has_command(dialog: ActionDialog) -> bool:
    return dialog.plan is not None and bool(dialog.plan.shown_command)


def _has_details(dialog: ActionDialog) -> bool:
    return dialog.plan is not None and dialog.running_action is None and has_more(dialog.plan)


def _has_reason(dialog: ActionDialog) -> bool:
    return dialog.running_action is None and running_actions_of(dialog.app).has_reason(dialog.intent)


def _running(dialog: ActionDialog) -> bool:
    return dialog.running_action is not None and dialog.running_action.running


def _can_pause(dialog: ActionDialog) -> bool:
    action = dialog.running_action
    return action is not None and action.running and action.run.pausable and not action.paused


def _is_paused(dialog: ActionDialog) -> bool:
    return _running(dialog) and dialog.running_action is not None and dialog.running_action.paused


def _move(id_: str, keys: Sequence[str], action: str, text: str) -> Command:
    return Command(id_, tuple(keys), "", text, group="Move", palette=False, action=action)


class ActionDialog(CommandsMixin, ModalScreen[None]):
    """Base of the dialog: what its keys do, and when."""

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
            (DETAILS_KEY,),
            "details",
            "Show or hide all steps, checks and commands",
            footer=70,
            guard=lambda dialog: _has_details(dialog) and not dialog.has_fields,
            palette=False,
        ),
        Command(
            "details_in_fields",
            (DETAILS_KEY_IN_FIELDS,),
            "details",
            "Show or hide all steps, checks and commands",
            footer=70,
            guard=lambda dialog: _has_details(dialog) and dialog.has_fields,
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
            short="copy",
        ),
        Command(
            "why",
            ("f1",),
            "why",
            "Explain the finding behind this plan",
            footer=65,
            guard=_has_reason,
            # Otherwise the app opens its help over dialogs.
            priority=True,
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
        self.intent = about if isinstance(about, Intent) else about.plan.intent
        self.running_action: RunningAction | None = about if isinstance(about, RunningAction) else None
        self.plan: Plan | None = about.plan if isinstance(about, RunningAction) else None
        self.preparation = Preparation(now, action_for(self.intent).gather_seconds)
        self.detailed = False

    def commands(self) -> list[Command]:
        if self.running_action is None:
            return super().commands()
        return [replace(one, label="close") if one.id == "close" else one for one in super().commands()]

    @property
    def confirmable(self) -> bool:
        """Whether there is a plan that can be confirmed now."""
        return self._is_open and self.plan is not None and not self.plan.refused

    @property
    def overridable(self) -> bool:
        """Whether there is a plan whose refusal can be overridden now."""
        return self._is_open and self.plan is not None and self.plan.overridable

    @property
    def _is_open(self) -> bool:
        """Whether an answer is waited for."""
        return self.running_action is None and not self.preparation.busy

    @property
    def has_fields(self) -> bool:
        """Whether the confirmation needs more than a key."""
        return self.is_mounted and self.fields.any

    @property
    def body(self) -> ActionBody:
        return self.query_one(ActionBody)

    @property
    def fields(self) -> AnswerFields:
        return self.query_one(AnswerFields)

    @abstractmethod
    def submit(self) -> None:
        """Confirm, or override; or else say what has to be done before."""

    @abstractmethod
    def update(self) -> None:
        """Show what is true now."""

    def action_close(self) -> None:
        if self.is_active:
            self.dismiss()

    def action_scroll(self, where: str) -> None:
        body = self.body
        # Two keys within one frame move two lines: else both would start from the same one.
        moves: dict[str, Callable[..., None]] = {
            "down": partial(body.scroll_down, immediate=True),
            "up": partial(body.scroll_up, immediate=True),
            "page_down": body.scroll_page_down,
            "page_up": body.scroll_page_up,
            "home": body.scroll_home,
            "end": body.scroll_end,
        }
        moves[where](animate=False)

    def action_details(self) -> None:
        self.detailed = not self.detailed
        self.update()

    def action_details_in_fields(self) -> None:
        self.action_details()

    def action_confirm(self) -> None:
        self.submit()

    def action_submit(self) -> None:
        self.submit()

    def action_why(self) -> None:
        self.post_message(WhyRequested(self.intent))

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
            self.update()

    def action_copy_command(self) -> None:
        if self.plan is not None:
            copy(self, self.plan.shown_command, "command")

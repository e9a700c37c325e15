"""Confirmed actions, followed in the background until they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual.app import App
from textual.message import Message

from stsview.actions.progress import Outcome, Progress
from stsview.objects.meta import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stsview.actions.intents import Intent
    from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
    from stsview.actions.operations.recreate.journal import Unfinished
    from stsview.actions.plan import Plan
    from stsview.actions.service import ActionRun, Actions
    from stsview.model.views import SetView

_log = logging.getLogger(__name__)


class RunningAction:
    """A confirmed plan, followed in the background.

    It continues when its screen is closed.
    """

    def __init__(self, run: ActionRun) -> None:
        self.run = run
        self.fault = ""
        """The bug in stsview that ended it; empty when there was none."""
        self.paused = False
        """Whether the operator asked for a pause. It takes effect after the current step."""
        self.seen = False
        """Whether the operator saw how it ended."""
        self._listeners: list[Callable[[], None]] = []
        self._task = asyncio.create_task(self._follow(), name=f"follow {run.plan.action}")

    @property
    def plan(self) -> Plan:
        return self.run.plan

    @property
    def progress(self) -> Progress:
        """The latest progress; an outcome of NOT_REACHED when a bug in stsview ended it."""
        if not self.fault:
            return self.run.progress
        words = f"bug in stsview: {self.fault}"
        return replace(self.run.progress, outcome=Outcome.NOT_REACHED, words=words, paused=False)

    @property
    def running(self) -> bool:
        return not self._task.done()

    def pause(self, paused: bool) -> None:
        """Start no further step (True), or resume (False)."""
        self.paused = paused
        self.run.pause(paused)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on every progress; returns a function that unsubscribes it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def _follow(self) -> None:
        try:
            async for _ in self.run.follow():
                self._notify()
        except Exception as error:
            # The follow-up screen is where the operator waits for the end of this action: report it there.
            self.fault = f"{type(error).__name__}: {error}"
            _log.exception("following an action failed")
        self._notify()

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def stop_following(self) -> None:
        """Stop following at once. Requests that were sent are not undone."""
        self._task.cancel()
        await asyncio.wait((self._task,))


class WhyRequested(Message):
    """The operator asked for the finding behind a plan."""

    def __init__(self, intent: Intent) -> None:
        super().__init__()
        self.intent = intent


class RunningActions:
    """All actions confirmed since the start of the app, and the action service."""

    def __init__(self, action_service: Actions | None, has_reason: Callable[[Intent], bool] = lambda _: False) -> None:
        self.action_service = action_service
        """None when nothing can be changed."""
        self.has_reason = has_reason
        """Whether there is a finding behind an intent, which `WhyRequested` has the app explain."""
        self.runs: list[RunningAction] = []
        """Oldest first."""
        self.recreations: Sequence[Unfinished] = ()
        """Recreations that another process left unfinished, as they were last read."""
        self.growths: Sequence[UnfinishedGrowth] = ()
        """So are growths of storage."""

    async def read_unfinished(self) -> None:
        """Read what is unfinished, in a thread: it reads files, and loads what actions need."""
        service = self.action_service
        if service is not None and not self.running:
            found, growths = await asyncio.to_thread(
                lambda: (service.unfinished_recreations(), service.unfinished_growths())
            )
            self.recreations = [one for one in found if not one.running]
            self.growths = [one for one in growths if not one.running and one.journal is not None]

    def growth_of(self, view: SetView) -> UnfinishedGrowth | None:
        """The unfinished growth of a set; None where there is none."""
        return next((one for one in self.growths if one.journal is not None and one.journal.uid == view.uid), None)

    def recreation_of(self, view: SetView) -> Unfinished | None:
        """The unfinished recreation of a set; None where there is none."""
        if not self.recreations:
            return None
        uids = {row.uid for row in view.ordinals if row.uid is not None}
        same = [one for one in self.recreations if one.is_of(bare(view.key), view.uid, uids)]
        return max(same, key=lambda one: one.journal.started, default=None)

    @property
    def running(self) -> list[RunningAction]:
        return [action for action in self.runs if action.running]

    @property
    def unseen(self) -> list[RunningAction]:
        """Actions that ended while their screen was closed."""
        return [action for action in self.runs if not action.running and not action.seen]

    @property
    def foremost(self) -> RunningAction | None:
        """The newest running action, else the newest with an unseen end, else the newest."""
        return next(reversed(self.running or self.unseen or self.runs), None)

    def add(self, run: ActionRun) -> RunningAction:
        """Follow a confirmed plan."""
        action = RunningAction(run)
        self.runs.append(action)
        return action

    async def close(self) -> None:
        for action in self.running:
            await action.stop_following()


def running_actions_of(app: App[Any]) -> RunningActions:
    """The app's running actions; an empty, read-only one when the app has none."""
    actions = getattr(app, "running_actions", None)
    return actions if isinstance(actions, RunningActions) else RunningActions(None)

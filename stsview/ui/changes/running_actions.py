"""Where screens ask for changes, and where those that are under way are kept while nobody looks at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App

from stsview.actions.progress import Outcome, Progress

if TYPE_CHECKING:
    from stsview.actions.plan import Plan
    from stsview.actions.service import Actions, Following


class RunningAction:
    """A confirmed plan on its way. It goes on when its screen is left."""

    def __init__(self, run: Following) -> None:
        self.run = run
        self.fault = ""
        """What of ours ended it; empty while nothing has."""
        self.paused = False
        """Whether somebody wants it to pause: it does so once the step that it is at is through."""
        self.seen = False
        """Whether somebody saw how it ended."""
        self._listeners: list[Callable[[], None]] = []
        self._task = asyncio.create_task(self._follow(), name=f"errand {run.plan.action}")

    @property
    def plan(self) -> Plan:
        return self.run.plan

    @property
    def progress(self) -> Progress:
        """How far it is; ended too where a fault of ours ended it."""
        if not self.fault:
            return self.run.progress
        words = f"stsview has a fault: {self.fault}"
        return replace(self.run.progress, outcome=Outcome.NOT_REACHED, words=words, paused=False)

    @property
    def running(self) -> bool:
        return not self._task.done()

    def pause(self, paused: bool) -> None:
        """Begin no further step (True), or go on (False)."""
        self.paused = paused
        self.run.pause(paused)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever there is progress; returns what ends that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    async def _follow(self) -> None:
        try:
            async for _ in self.run.follow():
                self._tell()
        except Exception as error:
            # The screen is where somebody looks who waits for the end of this.
            self.fault = f"{type(error).__name__}: {error}"
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def end(self) -> None:
        """Stop following at once."""
        self._task.cancel()
        await asyncio.wait((self._task,))


class RunningActions:
    """One for the app."""

    def __init__(self, action_service: Actions | None) -> None:
        self.action_service = action_service
        """None: nothing can be changed from here."""
        self.runs: list[RunningAction] = []
        """All since the start, the newest last."""

    @property
    def running(self) -> list[RunningAction]:
        return [running_action for running_action in self.runs if running_action.running]

    @property
    def unseen(self) -> list[RunningAction]:
        """Those that ended while nobody looked on."""
        return [
            running_action for running_action in self.runs if not running_action.running and not running_action.seen
        ]

    @property
    def foremost(self) -> RunningAction | None:
        """The newest that runs, else the newest of which nobody saw the end, else the newest of all."""
        return next(reversed(self.running or self.unseen or self.runs), None)

    def take(self, run: Following) -> RunningAction:
        running_action = RunningAction(run)
        self.runs.append(running_action)
        return running_action

    async def close(self) -> None:
        for running_action in self.running:
            await running_action.end()


def desk_of(app: App[Any]) -> RunningActions:
    """The desk of the running app; one without a door where the app has none."""
    found = getattr(app, "desk", None)
    return found if isinstance(found, RunningActions) else RunningActions(None)

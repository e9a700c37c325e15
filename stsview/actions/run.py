"""A confirmed plan being carried out: sent, recorded, and followed to its goal."""

from __future__ import annotations

from collections.abc import AsyncIterator

from stsview.actions.execution.execution import Execution
from stsview.actions.plan import Plan
from stsview.actions.progress import Progress
from stsview.actions.registry import action_for


class Run:
    """One plan being carried out. Iterate `follow` once, to its end."""

    def __init__(self, execution: Execution) -> None:
        self.plan: Plan = execution.plan
        self._action = action_for(execution.plan.intent)
        self._execution = execution

    @property
    def progress(self) -> Progress:
        return self._execution.progress

    @property
    def pausable(self) -> bool:
        """Whether it has steps between which it can be paused."""
        return self._action.pausable

    def stop(self) -> None:
        """Send nothing more, and stop following."""
        self._execution.stop()

    def pause(self, paused: bool) -> None:
        """Begin no further step (True), or continue (False)."""
        self._execution.pause(paused)

    async def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        """Carry it out, and yield the progress whenever it changes.

        The last one has an outcome.

        `seconds` is the timeout, from now (None: the action's own).
        """
        async for progress in self._execution.run(self._action.run, seconds, self._action.seconds):
            yield progress

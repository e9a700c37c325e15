"""The operator's own command, on a walk: repeated until it succeeds for a pod that came back."""

from __future__ import annotations

import asyncio

from stsview.actions.execution.execution import Execution
from stsview.actions.goals import GoalTracker
from stsview.actions.intents import OrderedRestart
from stsview.actions.operations.ordered_restart import subprocess_command
from stsview.actions.operations.ordered_restart.successor_tracking import Successor
from stsview.actions.plan import PodStep

AGAIN_SECONDS = 5.0
"""Between two tries, on the walk's clock."""


async def succeeds(
    execution: Execution, intent: OrderedRestart, pod_step: PodStep, successor: Successor, tracker: GoalTracker
) -> None:
    """Return once it has succeeded for a pod that stays what `tracker` wants it to be. Raises `ExecutionEnded`."""
    words = f"the command succeeds for {pod_step.pod}"
    execution.show_step(words, False)
    while True:
        about = successor.uid
        tried = await _attempt(execution, intent, pod_step)
        if not tried.passed:
            execution.show_step(words, False, tried.words)
            await _rest(execution, AGAIN_SECONDS)
        await execution.wait_for_goal(tracker)
        if tried.passed and successor.uid == about:
            execution.show_step(words, True)
            return


async def _attempt(execution: Execution, intent: OrderedRestart, pod_step: PodStep) -> subprocess_command.Tried:
    """Raises `ExecutionEnded` when it is stopped or time is up; then it does not run any more."""
    environment = {
        "STSVIEW_POD": pod_step.pod,
        "STSVIEW_NAMESPACE": intent.set.namespace,
        "STSVIEW_SET": intent.set.name,
        "STSVIEW_CONTEXT": execution.context,
    }
    trial = asyncio.create_task(subprocess_command.attempt(intent.command, environment, subprocess_command.TRY_SECONDS))
    try:
        while not trial.done():
            waiting = asyncio.create_task(execution.wait(AGAIN_SECONDS))
            try:
                await asyncio.wait({trial, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    waiting.result()
            finally:
                waiting.cancel()
                await asyncio.wait({waiting})
        return trial.result()
    finally:
        trial.cancel()
        await asyncio.wait({trial})


async def _rest(execution: Execution, seconds: float) -> None:
    """News does not make it any shorter."""
    until = execution.clock.monotonic() + seconds
    while (left := until - execution.clock.monotonic()) > 0:
        await execution.wait(left)

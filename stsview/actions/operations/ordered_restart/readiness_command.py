"""The operator's readiness command, repeated until it succeeds for a replacement."""

from __future__ import annotations

import asyncio

from stsview.actions.execution.execution import Execution
from stsview.actions.goals import GoalTracker
from stsview.actions.intents import OrderedRestart
from stsview.actions.operations.ordered_restart import subprocess_command
from stsview.actions.operations.ordered_restart.successor_tracking import ReplacementTracker
from stsview.actions.plan import PodStep

RETRY_SECONDS = 5.0
"""Between two attempts, by the clock of the execution."""


async def wait_until_command_succeeds(
    execution: Execution,
    intent: OrderedRestart,
    pod_step: PodStep,
    replacement: ReplacementTracker,
    tracker: GoalTracker,
) -> None:
    """Return once it succeeded for a pod that still meets the goal of `tracker`.

    Raises `ExecutionEnded`.
    """
    words = f"the command succeeds for {pod_step.pod}"
    execution.show_step(words, False)
    while True:
        uid = replacement.uid
        attempt = await _run_once(execution, intent, pod_step)
        if not attempt.passed:
            execution.show_step(words, False, attempt.words)
            await _wait_fully(execution, RETRY_SECONDS)
        await execution.wait_for_goal(tracker)
        if attempt.passed and replacement.uid == uid:
            execution.show_step(words, True)
            return


async def _run_once(execution: Execution, intent: OrderedRestart, pod_step: PodStep) -> subprocess_command.Attempt:
    """Raises `ExecutionEnded` when it is stopped or the time is up.

    The command is killed then.
    """
    environment = {
        "STSVIEW_POD": pod_step.pod,
        "STSVIEW_NAMESPACE": intent.set.namespace,
        "STSVIEW_SET": intent.set.name,
        "STSVIEW_CONTEXT": execution.context,
    }
    command = asyncio.create_task(
        subprocess_command.run_once(intent.command, environment, subprocess_command.TIMEOUT_SECONDS)
    )
    try:
        while not command.done():
            waiting = asyncio.create_task(execution.wait(RETRY_SECONDS))
            try:
                await asyncio.wait({command, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    waiting.result()
            finally:
                waiting.cancel()
                await asyncio.wait({waiting})
        return command.result()
    finally:
        command.cancel()
        await asyncio.wait({command})


async def _wait_fully(execution: Execution, seconds: float) -> None:
    """Wait for that long; changes of the set do not cut it short."""
    until = execution.clock.monotonic() + seconds
    while (left := until - execution.clock.monotonic()) > 0:
        await execution.wait(left)

"""The operator's own command, on a walk: repeated until it succeeds for a pod that came back."""

from __future__ import annotations

import asyncio

from stsview.actions.intent import RestartInOrder
from stsview.actions.ordered import local_command
from stsview.actions.ordered.follow import Successor
from stsview.actions.plan import Turn
from stsview.actions.walk import Look, Walk

AGAIN_SECONDS = 5.0
"""Between two tries, on the walk's clock."""


async def succeeds(walk: Walk, intent: RestartInOrder, turn: Turn, successor: Successor, look: Look) -> None:
    """Return once it has succeeded for a pod that stays what `look` wants it to be. Raises `Ended`."""
    words = f"the command succeeds for {turn.pod}"
    walk.show(words, False)
    while True:
        about = successor.uid
        tried = await _attempt(walk, intent, turn)
        if not tried.passed:
            walk.show(words, False, tried.words)
            await _rest(walk, AGAIN_SECONDS)
        await walk.reach(look)
        if tried.passed and successor.uid == about:
            walk.show(words, True)
            return


async def _attempt(walk: Walk, intent: RestartInOrder, turn: Turn) -> local_command.Tried:
    """Raises `Ended` when it is stopped or time is up; then it does not run any more."""
    environment = {
        "STSVIEW_POD": turn.pod,
        "STSVIEW_NAMESPACE": intent.set.namespace,
        "STSVIEW_SET": intent.set.name,
        "STSVIEW_CONTEXT": walk.context,
    }
    trial = asyncio.create_task(local_command.attempt(intent.command, environment, local_command.TRY_SECONDS))
    try:
        while not trial.done():
            waiting = asyncio.create_task(walk.wait(AGAIN_SECONDS))
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


async def _rest(walk: Walk, seconds: float) -> None:
    """News does not make it any shorter."""
    until = walk.clock.monotonic() + seconds
    while (left := until - walk.clock.monotonic()) > 0:
        await walk.wait(left)

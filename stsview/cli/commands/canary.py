"""`stsview canary SET start|next|finish|back-out`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import CanaryAbort, CanaryStart, CanaryStep, Intent
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.read_revisions import read_history
from stsview.cli.support.select_sets import the_set
from stsview.model.views import SetView


def run(arguments: argparse.Namespace) -> int:
    """Start a canary, go on with it or back out of it, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> Intent:
        view = the_set(seen.snapshot, arguments.about)
        match arguments.step:
            case "start":
                return await _start(arguments, seen, view)
            case "back-out":
                return CanaryAbort(view.key, view.uid, view.rollout.update, view.rollout.partition)
        to_end = arguments.step == "finish"
        return CanaryStep(view.key, view.uid, view.rollout.update, view.rollout.partition, to_end)

    return intend


async def _start(arguments: argparse.Namespace, seen: CommandContext, view: SetView) -> CanaryStart:
    revision = ""
    if arguments.to_revision is not None:
        history = await read_history(seen.live, view.key, seen.clock)
        view, revision = history.view, history.find(arguments.to_revision).name
    pods = arguments.pods or 1
    images = tuple(arguments.images)
    return CanaryStart(view.key, view.uid, view.rollout.update, pods, images, revision, arguments.restart)

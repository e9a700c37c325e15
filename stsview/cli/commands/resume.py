"""`stsview resume SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import ResumeRollout
from stsview.cli.support import change
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.select_sets import the_set


def run(arguments: argparse.Namespace) -> int:
    """Let the rollout go on, and return the exit code."""
    return change.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: CommandContext) -> ResumeRollout:
        view = the_set(seen.snapshot, arguments.about)
        return ResumeRollout(view.key, view.uid, view.rollout.update, view.rollout.partition)

    return intend

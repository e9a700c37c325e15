"""`stsview resume SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intent import ResumeRollout
from stsview.cli import act
from stsview.cli.seen import Intend, Seen
from stsview.cli.selecting import the_set


def run(arguments: argparse.Namespace) -> int:
    """Let the rollout go on, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: Seen) -> ResumeRollout:
        view = the_set(seen.snapshot, arguments.about)
        return ResumeRollout(view.key, view.uid, view.rollout.update, view.rollout.partition)

    return intend

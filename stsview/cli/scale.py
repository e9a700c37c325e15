"""`stsview scale SET --replicas N`."""

from __future__ import annotations

import argparse

from stsview.actions.intent import Scale
from stsview.cli import act
from stsview.cli.seen import Intend, Seen
from stsview.cli.selecting import the_set


def run(arguments: argparse.Namespace) -> int:
    """Scale, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: Seen) -> Scale:
        view = the_set(seen.snapshot, arguments.about)
        return Scale(view.key, view.uid, arguments.replicas, view.replicas)

    return intend

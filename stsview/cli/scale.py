"""`stsview scale SET --replicas N`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.actions.intent import Scale
from stsview.cli import act
from stsview.cli.selecting import the_set
from stsview.live.snapshot import Snapshot


def run(arguments: argparse.Namespace) -> int:
    """Scale, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Callable[[Snapshot], Scale]:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    def intend(snapshot: Snapshot) -> Scale:
        view = the_set(snapshot, arguments.about)
        return Scale(view.key, view.uid, arguments.replicas, view.replicas)

    return intend

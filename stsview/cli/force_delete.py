"""`stsview force-delete POD`."""

from __future__ import annotations

import argparse

from stsview.actions.intent import ForceDelete
from stsview.cli import act
from stsview.cli.seen import Intend, Seen
from stsview.cli.selecting import the_pod


def run(arguments: argparse.Namespace) -> int:
    """Take the pod's object out of the cluster, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Intend:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    async def intend(seen: Seen) -> ForceDelete:
        view, row, uid = the_pod(seen.snapshot, arguments.about)
        return ForceDelete(view.key, view.uid, row.name, uid, arguments.override)

    return intend

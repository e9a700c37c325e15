"""`stsview force-delete POD`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.actions.intent import ForceDelete
from stsview.cli import act
from stsview.cli.selecting import the_pod
from stsview.live.snapshot import Snapshot


def run(arguments: argparse.Namespace) -> int:
    """Take the pod's object out of the cluster, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Callable[[Snapshot], ForceDelete]:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    def intend(snapshot: Snapshot) -> ForceDelete:
        view, row, uid = the_pod(snapshot, arguments.about)
        return ForceDelete(view.key, view.uid, row.name, uid, arguments.override)

    return intend

"""`stsview delete-pod POD`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from stsview.actions.intent import DeletePod
from stsview.cli import act
from stsview.cli.selecting import the_pod
from stsview.live.snapshot import Snapshot


def run(arguments: argparse.Namespace) -> int:
    """Delete the pod gracefully, and return the exit code."""
    return act.run(arguments, intended(arguments))


def intended(arguments: argparse.Namespace) -> Callable[[Snapshot], DeletePod]:
    """From the picture to what is wanted; it raises `CouldNotLook`."""

    def intend(snapshot: Snapshot) -> DeletePod:
        view, row, uid = the_pod(snapshot, arguments.about)
        return DeletePod(view.key, view.uid, row.name, uid)

    return intend

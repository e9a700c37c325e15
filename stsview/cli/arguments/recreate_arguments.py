"""Arguments of `recreate`."""

from __future__ import annotations

import argparse

from stsview.cli.arguments.change_arguments import add_change_command
from stsview.cli.arguments.placeholders import SET
from stsview.cli.arguments.value_types import Parser, Subparsers, field_change


def add_recreate(commands: Subparsers) -> None:
    """Add `recreate`."""
    add_change_command(
        commands,
        "recreate",
        SET,
        "change what cannot be changed in place, or create a set for its orphaned pods",
        "Changes fields of one StatefulSet that Kubernetes does not change in place: deletes it without its pods "
        "and creates it again with the new values. The new one adopts the pods, and none restarts. With --continue it "
        "finishes a recreation that was interrupted, or creates a StatefulSet that is gone while its pods live.",
        add_options=_options,
        validate=_problem,
    )


def _options(recreate: Parser) -> None:
    recreate.add_argument(
        "--set",
        type=field_change,
        action="append",
        default=[],
        dest="changes",
        metavar="FIELD=VALUE",
        help="serviceName, podManagementPolicy, or of a claim template data.storageClassName, data.size or "
        "data.labels.NAME, also as volumeClaimTemplates[data].spec.storageClassName; can be repeated",
    )
    recreate.add_argument(
        "--continue",
        action="store_true",
        dest="continue_unfinished",
        help="finish an interrupted recreation, or create a StatefulSet that is gone while its pods live",
    )
    recreate.add_argument(
        "--put-back", action="store_true", help="with --continue: create it as it was before the change"
    )


def _problem(found: argparse.Namespace) -> str:
    if found.put_back and not found.continue_unfinished:
        return "--put-back requires --continue"
    if found.continue_unfinished:
        return "--set cannot be used with --continue, which keeps the original changes" if found.changes else ""
    return "" if found.changes else "--set FIELD=VALUE is missing: what to change, for example --set serviceName=web"

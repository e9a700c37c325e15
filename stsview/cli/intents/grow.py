"""The intent of `stsview grow SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Grow, Intent
from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.operations.grow.resuming import NothingToContinue, intent_from_cluster
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.select_sets import find_set


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """Raises `CommandError`."""
    view = find_set(context.snapshot, arguments.name)
    if not arguments.continue_unfinished:
        return Grow(
            view.key,
            view.uid,
            arguments.size,
            arguments.claim,
            arguments.ordinals or (),
            arguments.parallel or 1,
        )
    begun = unfinished(context.state_folder, view.uid)
    if begun is not None:
        if (intent := begun.intent()) is None:
            raise CommandError(begun.words)
        return intent
    try:
        return intent_from_cluster(view)
    except NothingToContinue as error:
        raise CommandError(str(error)) from error

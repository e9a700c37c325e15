"""The intent of `stsview grow SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Grow, Intent
from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.operations.grow.resuming import NothingToContinue, intent_from_cluster
from stsview.actions.operations.recreate.journal import unfinished as unfinished_recreation
from stsview.cli.intents.recreate import resume_intent
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.select_sets import find_set
from stsview.cli.support.unknown_names import UnknownName
from stsview.model.views import WaitReason


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """Raises `CommandError`."""
    if arguments.continue_unfinished:
        return continuing_intent(arguments.name, context)
    view = find_set(context.snapshot, arguments.name)
    if view.gone:
        raise CommandError(f"StatefulSet {view.key} is gone: create it again by --continue first")
    return Grow(
        view.key,
        view.uid,
        arguments.size,
        arguments.claim,
        arguments.ordinals or (),
        arguments.parallel or 1,
        arguments.template,
    )


def continuing_intent(name: str, context: IntentContext) -> Intent:
    """The intent that finishes what was begun: the growth of the claims, or the recreation of the set after it.

    Raises `CommandError` where nothing was.
    """
    try:
        view = find_set(context.snapshot, name)
    except UnknownName:
        # It may be the recreation that was interrupted.
        return resume_intent(name, context, put_back=False)
    if view.gone or view.wait.reason is WaitReason.DELETING:
        return resume_intent(name, context, put_back=False)
    begun = unfinished(context.state_folder, view.uid)
    if begun is not None:
        if (intent := begun.intent()) is None:
            raise CommandError(begun.words)
        return intent
    pods = [row.uid for row in view.ordinals if row.uid is not None]
    if unfinished_recreation(context.state_folder, view.key, view.uid, pods) is not None:
        return resume_intent(name, context, put_back=False)
    try:
        return intent_from_cluster(view)
    except NothingToContinue as error:
        raise CommandError(str(error)) from error

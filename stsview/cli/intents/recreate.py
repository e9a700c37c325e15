"""The intent of `stsview recreate SET`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import Intent, Recreate, ResumeRecreate
from stsview.actions.operations.recreate.changes import BadChange, parse_change
from stsview.actions.operations.recreate.journal import Unfinished, all_unfinished, unfinished
from stsview.actions.operations.recreate.resuming import intent_to_resume
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.select_sets import find_set, without_kind
from stsview.cli.support.unknown_names import UnknownName


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """Raises `CommandError`."""
    if arguments.continue_unfinished or arguments.put_back:
        return resume_intent(arguments.name, context, put_back=arguments.put_back)
    view = find_set(context.snapshot, arguments.name)
    if view.gone:
        raise CommandError(f"StatefulSet {view.key} is gone: recreate it by --continue first")
    try:
        changes = tuple(parse_change(text).option for text in arguments.changes)
    except BadChange as error:
        raise CommandError(str(error)) from error
    return Recreate(view.key, view.uid, changes=changes)


def resume_intent(name: str, context: IntentContext, *, put_back: bool) -> Intent:
    """The intent that resumes a recreation: from the start, where the set was not deleted yet.

    Raises `CommandError` where there is nothing to resume.
    """
    try:
        view = find_set(context.snapshot, name)
    except UnknownName:
        # None of its pods lives either: only the journal tells of it.
        begun = _named(name, context)
        if begun is None:
            raise
        return ResumeRecreate(begun.journal.key, begun.journal.uid, put_back=put_back)
    uids = [row.uid for row in view.ordinals if row.uid is not None]
    intent = intent_to_resume(view, unfinished(context.state_folder, view.key, view.uid, uids), put_back=put_back)
    if intent is None:
        raise CommandError(f"no unfinished recreation of {view.key}")
    return intent


def _named(name: str, context: IntentContext) -> Unfinished | None:
    """The newest unfinished recreation of a set of that name on this server; None where there is none."""
    server = context.live.session.config.address if context.live.session is not None else ""
    plain = without_kind(name)
    found = [
        one
        for one in all_unfinished(context.state_folder)
        if one.journal.server == server and plain in (one.journal.set, str(one.journal.key))
    ]
    return max(found, key=lambda one: one.journal.started, default=None)

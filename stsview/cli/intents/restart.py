"""The intent of `stsview restart SET`."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from stsview.actions.intents import Intent, Order, OrderedRestart, RemovalMethod, Restart
from stsview.actions.operations.ordered_restart.journal import unfinished
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.select_sets import find_set
from stsview.model.views import SetView


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """Raises `CommandError`."""
    view = find_set(context.snapshot, arguments.name)
    if arguments.continue_unfinished:
        return _unfinished(arguments, context, view)
    if not arguments.ordered:
        return Restart(view.key, view.uid, view.rollout.update)
    return _ordered(arguments, view)


def _ordered(arguments: argparse.Namespace, view: SetView) -> OrderedRestart:
    order_option: str | tuple[int, ...] = arguments.order or Order.HIGHEST_FIRST.value
    only: tuple[int, ...] = arguments.only or ()
    order, only = (Order(order_option), only) if isinstance(order_option, str) else (Order.LISTED, order_option)
    return OrderedRestart(
        view.key,
        view.uid,
        view.rollout.update,
        order,
        only,
        arguments.last or "",
        RemovalMethod.DELETION if arguments.delete else RemovalMethod.EVICTION,
        arguments.soak or 0.0,
        arguments.check or "",
        arguments.other_revision,
    )


def _unfinished(arguments: argparse.Namespace, context: IntentContext, view: SetView) -> OrderedRestart:
    found = unfinished(context.state_folder, view.uid)
    if found is None:
        raise CommandError(f"no unfinished ordered restart of {view.key}")
    if found.journal is None:
        raise CommandError(found.words)
    intent = found.intent()
    if intent is None:
        raise CommandError(f"the restart of {view.key} has no ordinals left")
    return replace(intent, other_revision=True) if arguments.other_revision else intent

"""The intent of `stsview restart SET`."""

from __future__ import annotations

import argparse
from dataclasses import replace

from stsview.actions.intents import Intent, Order, OrderedRestart, RemovalMethod, Restart
from stsview.actions.operations.ordered_restart.journal import unfinished
from stsview.cli.support.command_context import CommandContext
from stsview.cli.support.connect import CouldNotLook
from stsview.cli.support.select_sets import the_set
from stsview.model.views import SetView


async def build_intent(arguments: argparse.Namespace, context: CommandContext) -> Intent:
    """Raises `CouldNotLook`."""
    view = the_set(context.snapshot, arguments.about)
    if arguments.goes_on:
        return _unfinished(arguments, context, view)
    if not arguments.ordered:
        return Restart(view.key, view.uid, view.rollout.update)
    return _ordered(arguments, view)


def _ordered(arguments: argparse.Namespace, view: SetView) -> OrderedRestart:
    said: str | tuple[int, ...] = arguments.order or Order.HIGHEST_FIRST.value
    only: tuple[int, ...] = arguments.only or ()
    order, only = (Order(said), only) if isinstance(said, str) else (Order.LISTED, said)
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


def _unfinished(arguments: argparse.Namespace, context: CommandContext, view: SetView) -> OrderedRestart:
    found = unfinished(context.state_folder, view.uid)
    if found is None:
        raise CouldNotLook(f"no ordered restart of {view.key} was left unfinished")
    if found.journal is None:
        raise CouldNotLook(found.words)
    intent = found.intent()
    if intent is None:
        raise CouldNotLook(f"nothing is left of the restart of {view.key}")
    return replace(intent, other_revision=True) if arguments.other_revision else intent

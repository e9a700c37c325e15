"""The commands that change a cluster.

One table from the command to its actions and to the intent it asks for.

A command with logic of its own has a module in `stsview.cli.intents`; the others are a function of a few lines here.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from stsview.actions.intents import (
    Cordon,
    DeletePod,
    ForceDelete,
    Intent,
    PauseRollout,
    Reconcile,
    ResumeRollout,
    Scale,
    Unblock,
    Uncordon,
    Undo,
)
from stsview.cli.intents import canary, grow, recreate, restart
from stsview.cli.support import change
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.read_revisions import read_history
from stsview.cli.support.select_sets import find_pod, find_set
from stsview.model.action_id import ActionId
from stsview.nearest import did_you_mean

IntentBuilder: TypeAlias = Callable[[argparse.Namespace, IntentContext], Awaitable[Intent]]
"""From the arguments and the first complete snapshot to the intent. Raises `CommandError`."""


class ActionCommand(msgspec.Struct, frozen=True):
    build_intent: IntentBuilder
    actions: tuple[ActionId, ...]
    """The actions that the command can ask for."""


def run(arguments: argparse.Namespace) -> int:
    """Run the action of `arguments.command`; returns the exit code."""
    return change.run(arguments, partial(build_intent, arguments))


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """The intent of the command, with the override that every one of them accepts."""
    intent = await ACTION_COMMANDS[arguments.command].build_intent(arguments, context)
    return replace(intent, override=arguments.override)


async def _scale(arguments: argparse.Namespace, context: IntentContext) -> Scale:
    view = find_set(context.snapshot, arguments.name)
    return Scale(view.key, view.uid, arguments.replicas, view.replicas)


async def _delete_pod(arguments: argparse.Namespace, context: IntentContext) -> DeletePod:
    view, row, uid = find_pod(context.snapshot, arguments.name)
    return DeletePod(view.key, view.uid, row.name, uid)


async def _force_delete(arguments: argparse.Namespace, context: IntentContext) -> ForceDelete:
    view, row, uid = find_pod(context.snapshot, arguments.name)
    return ForceDelete(view.key, view.uid, row.name, uid)


async def _reconcile(arguments: argparse.Namespace, context: IntentContext) -> Reconcile:
    view = find_set(context.snapshot, arguments.name)
    return Reconcile(view.key, view.uid)


async def _undo(arguments: argparse.Namespace, context: IntentContext) -> Undo:
    view = find_set(context.snapshot, arguments.name)
    to = ""
    if arguments.to_revision is not None:
        history = await read_history(context.live, view.key, context.clock)
        view, to = history.view, history.find(arguments.to_revision).name
    return Undo(view.key, view.uid, view.rollout.update, to)


async def _unblock(arguments: argparse.Namespace, context: IntentContext) -> Unblock:
    view = find_set(context.snapshot, arguments.name)
    return Unblock(view.key, view.uid, view.rollout.update)


async def _pause(arguments: argparse.Namespace, context: IntentContext) -> PauseRollout:
    view = find_set(context.snapshot, arguments.name)
    return PauseRollout(view.key, view.uid, view.rollout.update, view.rollout.partition)


async def _resume(arguments: argparse.Namespace, context: IntentContext) -> ResumeRollout:
    view = find_set(context.snapshot, arguments.name)
    return ResumeRollout(view.key, view.uid, view.rollout.update, view.rollout.partition)


async def _cordon(arguments: argparse.Namespace, context: IntentContext) -> Cordon:
    return Cordon(*_node(arguments.name, context))


async def _uncordon(arguments: argparse.Namespace, context: IntentContext) -> Uncordon:
    return Uncordon(*_node(arguments.name, context))


def _node(name: str, context: IntentContext) -> tuple[str, str]:
    """The name and the uid of a node. Raises `CommandError`."""
    plain = name.removeprefix("nodes/").removeprefix("node/")
    nodes = context.live.node_source().all_nodes()
    if nodes is None:
        raise CommandError("nodes cannot be listed")
    if plain not in nodes:
        raise CommandError(f"node {plain} does not exist{did_you_mean(plain, nodes)}")
    return plain, nodes[plain].metadata.uid


ACTION_COMMANDS: Mapping[str, ActionCommand] = {
    "scale": ActionCommand(_scale, (ActionId.SCALE,)),
    "delete-pod": ActionCommand(_delete_pod, (ActionId.DELETE_POD,)),
    "force-delete": ActionCommand(_force_delete, (ActionId.FORCE_DELETE,)),
    "reconcile": ActionCommand(_reconcile, (ActionId.RECONCILE,)),
    "restart": ActionCommand(restart.build_intent, (ActionId.RESTART, ActionId.ORDERED_RESTART)),
    "recreate": ActionCommand(recreate.build_intent, (ActionId.RECREATE, ActionId.RESUME_RECREATE)),
    "undo": ActionCommand(_undo, (ActionId.UNDO,)),
    "unblock": ActionCommand(_unblock, (ActionId.UNBLOCK,)),
    "canary": ActionCommand(canary.build_intent, (ActionId.CANARY_START, ActionId.CANARY_NEXT, ActionId.CANARY_ABORT)),
    "pause": ActionCommand(_pause, (ActionId.PAUSE,)),
    "resume": ActionCommand(_resume, (ActionId.RESUME,)),
    "grow": ActionCommand(grow.build_intent, (ActionId.GROW, ActionId.RESUME_RECREATE)),
    "cordon": ActionCommand(_cordon, (ActionId.CORDON,)),
    "uncordon": ActionCommand(_uncordon, (ActionId.UNCORDON,)),
}

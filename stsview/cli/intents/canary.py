"""The intent of `stsview canary SET start|next|finish|abort`."""

from __future__ import annotations

import argparse

from stsview.actions.intents import CanaryAbort, CanaryStart, CanaryStep, Intent
from stsview.cli.support.intent_context import IntentContext
from stsview.cli.support.read_revisions import read_history
from stsview.cli.support.select_sets import find_set
from stsview.model.views import SetView


async def build_intent(arguments: argparse.Namespace, context: IntentContext) -> Intent:
    """Raises `CommandError`."""
    view = find_set(context.snapshot, arguments.name)
    match arguments.step:
        case "start":
            return await _start(arguments, context, view)
        case "abort":
            return CanaryAbort(view.key, view.uid, view.rollout.update, view.rollout.partition)
    to_end = arguments.step == "finish"
    return CanaryStep(view.key, view.uid, view.rollout.update, view.rollout.partition, to_end)


async def _start(arguments: argparse.Namespace, context: IntentContext, view: SetView) -> CanaryStart:
    revision = ""
    if arguments.to_revision is not None:
        history = await read_history(context.live, view.key, context.clock)
        view, revision = history.view, history.find(arguments.to_revision).name
    pods = arguments.pods or 1
    images = tuple(arguments.images)
    return CanaryStart(view.key, view.uid, view.rollout.update, pods, images, revision, arguments.restart)

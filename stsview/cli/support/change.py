"""What all commands that change a cluster have in common: the plan, its confirmation, the follow-up, the exit code."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, field
from typing import Self, TextIO

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditLog, usual_path
from stsview.actions.plan import Plan
from stsview.actions.progress import Outcome
from stsview.actions.registry import action_for
from stsview.actions.run import Run
from stsview.actions.service import ActionService
from stsview.cli.output.change_documents import plan_document, result_document
from stsview.cli.output.console import Console
from stsview.cli.output.document import to_json
from stsview.cli.output.plan_text import print_plan
from stsview.cli.support.command_context import CommandContext, Intend
from stsview.cli.support.confirm import GivenConfirmation, NotConfirmed, confirmed, refusal
from stsview.cli.support.connect import CouldNotLook, looking
from stsview.cli.support.follow_run import follow
from stsview.cli.support.refuse import refuse
from stsview.cli.support.terminal import Ask, terminal
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.target import Target
from stsview.model.settings import ModelSettings

EXIT_CODES = {
    Outcome.REACHED: 0,
    Outcome.NOT_REACHED: 1,
    Outcome.REFUSED: 2,
    Outcome.TIMED_OUT: 3,
    Outcome.STOPPED: 130,
}


@dataclass(frozen=True, slots=True)
class How:
    """What the command line says besides what is to be done, and who can be asked."""

    given: GivenConfirmation = field(default_factory=GivenConfirmation)
    dry_run: bool = False
    json: bool = False
    seconds: float | None = None
    """How long to follow; None: as long as the action does by itself."""
    ask: Ask | None = None
    """Somebody at a terminal; None: nobody can be asked."""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        as_json = arguments.output == "json"
        return cls(GivenConfirmation.of(arguments), arguments.dry_run, as_json, arguments.timeout, terminal())


def run(arguments: argparse.Namespace, intend: Intend) -> int:
    """Do what `intend` makes of the picture; returns the exit code."""
    from stsview.cli.support.resolve import chosen_configuration, chosen_settings, chosen_target

    try:
        configuration = chosen_configuration(arguments)
        target = chosen_target(arguments, configuration)
        settings = chosen_settings(arguments, configuration)
    except CannotStart as error:
        return refuse(str(error))
    return asyncio.run(act(target, settings, intend, How.of(arguments), AuditLog(usual_path()), SystemClock()))


async def act(
    target: Target,
    settings: ModelSettings,
    intend: Intend,
    how: How,
    audit: AuditLog,
    clock: Clock,
) -> int:
    """Plan it, have it confirmed, do it and follow it to its end; returns the exit code.

    Standard output tells what was done, or with a dry run the plan; standard error why nothing was.
    """
    state = "nothing was sent"
    try:
        async with looking(target, settings, clock) as (live, snapshot):
            intent = await intend(CommandContext(live, snapshot, clock, audit.path.parent))
            action_service = ActionService(live, audit, settings, clock)
            if how.ask is not None and (seconds := action_for(intent).gather_seconds):
                Console(sys.stderr).line((f"some of it is read twice, {seconds:.0f}s apart", "dim"))
            plan = await action_service.plan(intent)
            if how.dry_run:
                _print(plan, live, how, sys.stdout)
                return refuse(refusal(plan)) if plan.refused else 0
            try:
                run = await confirmed(action_service, plan, how.given, live.snapshot.scope.context, how.ask)
            except NotConfirmed as error:
                return _unconfirmed(error, live, how)
            state = "no longer followed; what was sent goes on"
            return await _carry_out(run, live, how, clock)
    except (CannotStart, CouldNotLook, Refused) as error:
        return refuse(str(error))
    except asyncio.CancelledError:
        print(f"stsview: interrupted: {state}", file=sys.stderr)
        raise


async def _carry_out(run: Run, live: Live, how: How, clock: Clock) -> int:
    started = clock.monotonic()
    followed = await follow(run, how.seconds, Console(sys.stderr if how.json else sys.stdout), live.now)
    progress = run.progress
    code = EXIT_CODES[progress.outcome]
    if progress.outcome is Outcome.STOPPED and followed.stopped_by is not None:
        code = 128 + followed.stopped_by
    if progress.outcome is Outcome.REFUSED:
        refuse(f"nothing was sent: {progress.words}")
    if how.json:
        took = clock.monotonic() - started
        sys.stdout.write(
            to_json(result_document(live.snapshot, run.plan, progress, took, code, paused=followed.paused)) + "\n"
        )
    return code


def _unconfirmed(error: NotConfirmed, live: Live, how: How) -> int:
    if error.plan is None:
        return refuse(str(error))
    _print(error.plan, live, how, sys.stderr, error.changed)
    return 2 if how.json else refuse(str(error))


def _print(plan: Plan, live: Live, how: How, file: TextIO, changed: tuple[str, ...] = ()) -> None:
    if how.json:
        file.write(to_json(plan_document(live.snapshot, plan, how.given, changed)) + "\n")
    else:
        print_plan(plan, Console(file), changed)

"""The course of every command that changes a cluster.

Plan, confirmation, execution, follow-up, exit code.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Self, TextIO

import msgspec

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
from stsview.cli.support.confirm import (
    GivenConfirmation,
    NotConfirmed,
    confirm,
    confirmation_options,
    refusal,
    unknown_attestation,
)
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.follow_run import follow
from stsview.cli.support.intent_context import BuildIntent, IntentContext
from stsview.cli.support.terminal import Prompt, terminal_prompt
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.target import Target
from stsview.model.settings import ModelSettings
from stsview.program_name import program_name

EXIT_CODES = {
    Outcome.REACHED: 0,
    Outcome.NOT_REACHED: 1,
    Outcome.REFUSED: 2,
    Outcome.TIMED_OUT: 3,
    Outcome.STOPPED: 130,
}


class ChangeOptions(msgspec.Struct, frozen=True):
    """The options that all these commands share, and the terminal to ask on."""

    given: GivenConfirmation = msgspec.field(default_factory=GivenConfirmation)
    dry_run: bool = False
    json: bool = False
    verbose: bool = False
    """Whether to print all checks and details of a plan."""
    timeout: float | None = None
    """Seconds to follow; None: the default of the action."""
    prompt: Prompt | None = None
    """None without a terminal."""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        as_json = arguments.output == "json"
        given = GivenConfirmation.of(arguments)
        return cls(given, arguments.dry_run, as_json, arguments.verbose, arguments.timeout, terminal_prompt())


def run(arguments: argparse.Namespace, build_intent: BuildIntent) -> int:
    """Run the action that `build_intent` asks for; returns the exit code."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
    except CannotStart as error:
        return fail(str(error))
    options, audit = ChangeOptions.of(arguments), AuditLog(usual_path())
    return asyncio.run(plan_and_execute(target, settings, build_intent, options, audit, SystemClock()))


async def plan_and_execute(
    target: Target,
    settings: ModelSettings,
    build_intent: BuildIntent,
    options: ChangeOptions,
    audit: AuditLog,
    clock: Clock,
) -> int:
    """Plan, confirm, execute and follow one change; returns the exit code.

    The result, or with a dry run the plan, goes to standard output; the reason why nothing changed to standard error.
    """
    state = "nothing changed"
    try:
        async with connected(target, settings, clock) as (live, snapshot):
            intent = await build_intent(IntentContext(live, snapshot, clock, audit.path.parent))
            action_service = ActionService(live, audit, settings, clock)
            if options.prompt is not None and (seconds := action_for(intent).gather_seconds):
                Console(sys.stderr).line((f"checking node lease, {seconds:.0f} s", "dim"))
            plan = await action_service.plan(intent)
            if wrong := unknown_attestation(plan, options.given):
                return fail(wrong)
            if options.dry_run:
                _print_plan(plan, live, options, sys.stdout)
                if not plan.refused:
                    return 0
                # The text of the plan says why.
                return fail(refusal(plan)) if options.json else 2
            try:
                run = await confirm(action_service, plan, options.given, live.snapshot.scope.context, options.prompt)
            except NotConfirmed as error:
                return _report_not_confirmed(error, live, options)
            state = "stopped watching; requests already sent continue"
            return await _execute(run, live, options, clock)
    except (CannotStart, CommandError, Refused) as error:
        return fail(str(error))
    except asyncio.CancelledError:
        print(f"{program_name()}: interrupted: {state}", file=sys.stderr)
        raise


async def _execute(run: Run, live: Live, options: ChangeOptions, clock: Clock) -> int:
    started = clock.monotonic()
    followed = await follow(run, options.timeout, Console(sys.stderr if options.json else sys.stdout), live.now)
    progress = run.progress
    code = EXIT_CODES[progress.outcome]
    if progress.outcome is Outcome.STOPPED and followed.stopped_by is not None:
        code = 128 + followed.stopped_by
    if progress.outcome is Outcome.REFUSED:
        fail(f"nothing changed: {progress.words}")
    if options.json:
        seconds = clock.monotonic() - started
        sys.stdout.write(
            to_json(result_document(live.snapshot, run.plan, progress, seconds, code, paused=followed.paused)) + "\n"
        )
    return code


def _report_not_confirmed(error: NotConfirmed, live: Live, options: ChangeOptions) -> int:
    if error.plan is None:
        return fail(str(error))
    if error.plan.refused and not options.json:
        return fail(f"{error} (--dry-run shows the plan)")
    _print_plan(error.plan, live, options, sys.stderr, error.changed)
    return 2 if options.json else fail(str(error))


def _print_plan(plan: Plan, live: Live, options: ChangeOptions, file: TextIO, changed: tuple[str, ...] = ()) -> None:
    if options.json:
        missing = () if plan.refused else options.given.missing(plan)
        document = plan_document(live.snapshot, plan, missing, confirmation_options(plan), changed)
        file.write(to_json(document) + "\n")
    else:
        print_plan(plan, Console(file), changed, verbose=options.verbose)

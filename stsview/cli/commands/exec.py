"""`stsview exec`: a shell or a command in a container."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stsview.actions.errors import Refused
from stsview.actions.exec.service import ExecOutcome, ExecPlan, refusal_of, run_exec
from stsview.actions.exec.target import NotRunning, find_target
from stsview.actions.execution.audit_log import AuditLog, usual_path
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.locate_pod import locate_pod, parse_pod
from stsview.cli.support.resolve import resolve_configuration, resolve_target
from stsview.clock import SystemClock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate
from stsview.live.errors import CannotStart
from stsview.live.target import KubeconfigTarget
from stsview.program_name import program_name
from stsview.terminal.attach import attach
from stsview.terminal.local_terminal import LocalTerminal


def run(arguments: argparse.Namespace) -> int:
    """Run the shell or command; returns its exit code, 255 if that is not known, 2 if nothing was run."""
    stopped: list[int] = []
    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        return asyncio.run(_exec(target, arguments, stopped))
    except NotRunning as error:
        way_on = f"; its previous run has a log: {program_name()} logs {arguments.pod} --previous"
        return fail(f"{error}{way_on if error.ran_before else ''}")
    except (CannotStart, CommandError, Refused, ClusterError) as error:
        return fail(str(error))
    except asyncio.CancelledError:
        return 128 + stopped[0] if stopped else 130


async def _exec(target: KubeconfigTarget, arguments: argparse.Namespace, stopped: list[int]) -> int:
    name = parse_pod(arguments.pod)
    config = await target.config()
    session = Session(config, SystemClock(), gate=WriteGate(target.rules(config.context).read_only))
    with _ending_on_signals(stopped):
        try:
            if refusal := refusal_of(session):
                raise Refused(refusal)
            key = await locate_pod(session, name, target.scope.namespaces)
            found = await find_target(session, key.namespace, key.name, arguments.container)
            outcome = await _run(session, ExecPlan(found, tuple(arguments.command_line or ())), arguments)
        finally:
            await session.close()
    if outcome.words:
        print(f"{program_name()}: {outcome.words}", file=sys.stderr)
    return outcome.exit_code


async def _run(session: Session, plan: ExecPlan, arguments: argparse.Namespace) -> ExecOutcome:
    terminal = LocalTerminal()
    tty, stdin = connections(terminal.reads_keys, terminal.is_terminal, no_tty=arguments.no_tty)
    if plan.is_shell and not tty and terminal.reads_keys:
        raise CommandError("a shell needs a terminal on standard output, or a script on standard input")
    if plan.is_shell and tty:
        print(f"{plan.words} in {plan.target.namespace}; exit or Ctrl-D leaves it", file=sys.stderr)
    from msgspec.structs import replace

    try:
        return await run_exec(
            session,
            AuditLog(usual_path()),
            replace(plan, tty=tty, stdin=stdin),
            lambda streams: attach(streams, terminal, tty=tty, stdin=stdin, warn=_warn),
        )
    finally:
        terminal.close()


def connections(reads_keys: bool, is_terminal: bool, *, no_tty: bool) -> tuple[bool, bool]:
    """Whether the command gets a terminal, and whether it gets input.

    `reads_keys`: standard input is a terminal; `is_terminal`: standard output too. Where only the input is one, as in
    `stsview exec … | less`, its keys are for the other program.
    """
    return is_terminal and not no_tty, is_terminal or not reads_keys


def _warn(words: str) -> None:
    print(f"{program_name()}: {words}", file=sys.stderr)


@contextmanager
def _ending_on_signals(stopped: list[int]) -> Iterator[None]:
    """Cancel this task on SIGTERM and SIGHUP, so that the terminal is restored; notes the number."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - called in one

    def end(number: int, _: Any) -> None:
        stopped.append(number)
        loop.call_soon_threadsafe(task.cancel)

    former = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)

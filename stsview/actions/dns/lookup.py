"""Asking for names from inside a container: one command, behind the write gate, with its audit lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stsview.actions.errors import Refused
from stsview.actions.exec.service import ExecPlan, Streams, kubectl_debug, run_exec
from stsview.actions.exec.target import ExecTarget
from stsview.actions.execution.audit_log import AuditLog
from stsview.cluster.http.session import Session
from stsview.model.related.dns_answers import Answers, Names, parse_answers, question
from stsview.objects.exec_messages import ExecResult

LIMIT_SECONDS = 30.0
"""How long a command may ask. A resolver waits 5 s for a server, twice (resolv.conf(5)), for each name."""
_MOST_BYTES = 1 << 20
_NOT_RUNNABLE = (126, 127, 255)
"""Exit codes where a container runtime does not find the shell."""


def lookup_plan(target: ExecTarget, names: Sequence[Names]) -> ExecPlan:
    """The command, to be shown and confirmed before it runs."""
    return ExecPlan(target, question(names), title="DNS lookup")


async def look_up(session: Session, audit: AuditLog, plan: ExecPlan, names: Sequence[Names]) -> Answers:
    """Run the command of `lookup_plan`; the answers that came within `LIMIT_SECONDS`.

    Raises `Refused` in read-only mode, and where nothing was answered, with the reason in one line.
    """
    output = bytearray()

    async def collect(streams: Streams) -> None:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                async for one in streams.output():
                    output.extend(one.data)
                    if len(output) > _MOST_BYTES:
                        return
        except TimeoutError:
            return

    outcome = await run_exec(session, audit, plan, collect)
    answers = parse_answers(bytes(output), names)
    target = plan.target
    container = f"container {target.container} of {target.pod}" if target.container else target.pod
    if not answers.started:
        if outcome.end.code in _NOT_RUNNABLE:
            raise Refused(f"{container} has no shell: ask from another pod, or use {kubectl_debug(target)}")
        silent = f"{container} gave no answer within {LIMIT_SECONDS:.0f} s"
        lost = outcome.end.result is ExecResult.LOST and not outcome.end.problem
        raise Refused(silent if lost else outcome.words or f"{container} wrote no answer")
    if answers.no_tool:
        raise Refused(f"{container} has neither getent nor nslookup: ask from another pod")
    return answers

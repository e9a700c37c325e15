"""Running a shell or a command in a container, from its checks to its audit line."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import msgspec

from stsview.actions.errors import Refused
from stsview.actions.exec.pod_fate import fate_after, watch_pod
from stsview.actions.exec.record import ExecRecord
from stsview.actions.exec.target import ExecTarget
from stsview.actions.execution.audit_log import AuditFailed, AuditLog
from stsview.actions.preflight.permissions import current_user
from stsview.cluster.errors import ClusterError, Forbidden
from stsview.cluster.exec.exec_stream import ExecStream, open_exec
from stsview.cluster.http.session import Session
from stsview.objects.exec_messages import ExecEnd, ExecRequest, ExecResult, Output

SHELL = (
    "sh",
    "-c",
    "command -v bash >/dev/null 2>&1 && exec bash; command -v ash >/dev/null 2>&1 && exec ash; exec sh",
)
"""Starts the first shell that there is: bash, ash, sh. Every image with a shell has `sh`."""

LOST_CODE = 255
"""The exit code for a command whose own is not known, as with ssh."""
NOT_RUN_CODE = 2
"""The exit code where nothing was run."""

_KILLED = (137, 143)
"""Exit codes after SIGKILL and SIGTERM: as a rule the container ended, not the command."""
_NO_PROGRAM = (126, 127, 255)
_RUNTIME_WORDS = (b"OCI runtime exec failed", b"executable file not found in $PATH")
"""What CRI-O and others write to the output where containerd returns an error."""
_NOTICED_BYTES = 4096


class Streams(Protocol):
    """The streams of a command that runs, for a terminal or a screen."""

    @property
    def can_end_input(self) -> bool: ...

    async def send(self, data: bytes) -> None: ...

    async def end_input(self) -> None: ...

    async def resize(self, columns: int, rows: int) -> None: ...

    def output(self) -> AsyncIterator[Output]: ...


Attach = Callable[[Streams], Awaitable[None]]
"""Connects the streams of a command; returns when its output has ended."""


class ExecPlan(msgspec.Struct, frozen=True):
    """A shell or command, before it runs."""

    target: ExecTarget
    command: tuple[str, ...] = ()
    """Empty: the first shell that there is."""
    stdin: bool = False
    tty: bool = False
    title: str = ""
    """What it is called in the audit log; empty: shell or command."""

    @property
    def is_shell(self) -> bool:
        return not self.command

    @property
    def words(self) -> str:
        """`shell in kafka-1 (kafka)`, as screens and the audit log name it."""
        where = f"{self.target.pod} ({self.target.container})" if self.target.container else self.target.pod
        return f"{self.title or ('shell' if self.is_shell else 'command')} in {where}"


class ExecOutcome(msgspec.Struct, frozen=True):
    """How it ended, for people."""

    end: ExecEnd
    words: str = ""
    """One line where it did not simply exit: `kafka-1 was replaced: shell ended`. Empty: it exited."""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """The exit code of the remote command; 255 where it is not known, 2 where nothing was run."""
        if self.end.code is not None:
            return self.end.code
        return NOT_RUN_CODE if self.end.result is ExecResult.NOT_STARTED else LOST_CODE


def refusal_of(session: Session) -> str:
    """Why nothing may be run in containers of this cluster; empty where it may."""
    return f"read-only mode ({session.gate.closed}): no shell, no command" if session.gate.closed else ""


def kubectl_debug(target: ExecTarget) -> str:
    """The command that adds a container with a shell to the pod."""
    container = target.container or "CONTAINER"
    return f"kubectl debug -it {target.pod} -n {target.namespace} --image=busybox --target={container}"


async def run_exec(session: Session, audit: AuditLog, plan: ExecPlan, attach: Attach) -> ExecOutcome:
    """Run the command of `plan` until it ends, with its streams connected by `attach`.

    Raises `Refused`, before anything is sent, in read-only mode and where the audit log cannot be written. An error or
    cancellation of `attach` ends the command, is recorded, and is raised.
    """
    if refusal := refusal_of(session):
        raise Refused(refusal)
    command = plan.command or SHELL
    user = await current_user(session)
    record = ExecRecord(audit, session, user, plan.target, plan.words, command)
    try:
        record.before()
    except AuditFailed as error:
        raise Refused(str(error)) from error
    began = time.monotonic()
    target = plan.target
    request = ExecRequest(target.namespace, target.pod, target.container, command, plan.stdin, plan.tty)
    try:
        end, noticed = await _run(session, request, target, attach)
        outcome = await _explained(session, plan, end, noticed, time.monotonic() - began)
    except BaseException as error:
        why = "stopped" if isinstance(error, asyncio.CancelledError) else f"stopped: {type(error).__name__}"
        record.end(why, "", time.monotonic() - began)
        raise
    result = f"exit code {outcome.end.code}" if outcome.end.result is ExecResult.EXITED else outcome.end.result.value
    record.end(result, outcome.words, outcome.seconds)
    if record.write_error:
        outcome = msgspec.structs.replace(outcome, words="; ".join(filter(None, (outcome.words, record.write_error))))
    return outcome


async def _run(session: Session, request: ExecRequest, target: ExecTarget, attach: Attach) -> tuple[ExecEnd, bytes]:
    """How it ended, and the first bytes of its output."""
    try:
        async with open_exec(session, request) as stream:
            noticed = _Noticed(stream)
            attached = asyncio.ensure_future(attach(noticed))
            watching = asyncio.ensure_future(watch_pod(session, target)) if target.uid else None
            tasks = [attached, *([watching] if watching is not None else [])]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if attached.done():
                    attached.result()
                    return stream.end or ExecEnd(ExecResult.LOST), bytes(noticed.first)
                assert watching is not None  # noqa: S101 - one of both is done
                return ExecEnd(ExecResult.LOST, problem=watching.result()), bytes(noticed.first)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    except Forbidden as error:
        return ExecEnd(ExecResult.NOT_STARTED, problem=_forbidden(request, error)), b""
    except ClusterError as error:
        return ExecEnd(ExecResult.NOT_STARTED, problem=str(error)), b""


async def _explained(session: Session, plan: ExecPlan, end: ExecEnd, noticed: bytes, seconds: float) -> ExecOutcome:
    what, target = "shell" if plan.is_shell else "command", plan.target
    if end.result is ExecResult.NOT_STARTED or (end.code in _NO_PROGRAM and _says_not_started(noticed)):
        if plan.is_shell and end.code in _NO_PROGRAM:
            container = f"container {target.container} of {target.pod}" if target.container else target.pod
            return ExecOutcome(end, f"{container} has no shell; use {kubectl_debug(target)}", seconds)
        return ExecOutcome(end, end.problem and f"{what} not started: {end.problem}", seconds)
    if end.result is ExecResult.EXITED and end.code not in _KILLED:
        return ExecOutcome(end, "", seconds)
    fate = end.problem if end.problem.startswith(_fates(target)) else ""
    if not fate:
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                fate = await fate_after(session, target)
    if fate:
        return ExecOutcome(end, f"{fate}: {what} ended", seconds)
    if end.result is ExecResult.EXITED:
        return ExecOutcome(end, "", seconds)
    unknown = "" if plan.is_shell else "; the command may still run"
    return ExecOutcome(end, f"{what} lost: {end.problem}{unknown}", seconds)


def _fates(target: ExecTarget) -> tuple[str, str]:
    """How the words of `watch_pod` start."""
    return f"{target.pod} ", f"container {target.container} of {target.pod} "


def _says_not_started(noticed: bytes) -> bool:
    return any(words in noticed for words in _RUNTIME_WORDS)


def _forbidden(request: ExecRequest, error: Forbidden) -> str:
    """Names the verb that is missing: a WebSocket needs `get`, and since Kubernetes 1.35 also `create` (KEP-4006)."""
    verb = re.search(r"cannot (\w+) resource", error.server_message)
    return f"you may not {verb[1] if verb else 'create'} pods/exec in {request.namespace}"


class _Noticed:
    """The streams of a command, and the first bytes that it writes."""

    def __init__(self, stream: ExecStream) -> None:
        self._stream = stream
        self.first = bytearray()

    @property
    def can_end_input(self) -> bool:
        return self._stream.can_end_input

    async def send(self, data: bytes) -> None:
        await self._stream.send(data)

    async def end_input(self) -> None:
        await self._stream.end_input()

    async def resize(self, columns: int, rows: int) -> None:
        await self._stream.resize(columns, rows)

    async def output(self) -> AsyncIterator[Output]:
        async for one in self._stream.output():
            if len(self.first) < _NOTICED_BYTES:
                self.first += one.data[:_NOTICED_BYTES]
            yield one

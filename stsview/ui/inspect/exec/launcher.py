"""From the key to the shell: which container, the terminal handed over, and what is said afterwards."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import AsyncGenerator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import App, SuspendNotSupported

from stsview.actions.errors import Refused
from stsview.actions.exec.service import ExecPlan, Streams, kubectl_debug
from stsview.actions.exec.target import NotRunning
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.exec_messages import Output
from stsview.terminal.attach import attach
from stsview.terminal.local_terminal import LocalTerminal
from stsview.text.terminal_text import safe
from stsview.ui.inspect.exec.choices import ExecChoice, NamedCommands, as_choices, exec_choices
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.chooser import Chooser
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.actions.exec.lazy_service import ExecService

_FIRST_SECONDS = 1.0
"""How long the dashboard stays while a shell writes nothing: one that does not start is told without leaving it."""

_WORDS_SECONDS = 12.0
"""How long it is said how a shell ended."""


class ShowOutput(Protocol):
    """Opens the screen with the output of a command."""

    def __call__(self, target: InspectTarget, plan: ExecPlan, line: str) -> None: ...


async def launch(
    app: App[Any],
    service: ExecService,
    named: NamedCommands,
    target: InspectTarget,
    view: SetView | None,
    line: str,
    show_output: ShowOutput,
) -> None:
    """Open a shell or run a command in the pod of `target`, after a choice where there is one.

    `line` is a command that was typed; empty: none was.
    """
    try:
        if line:
            await _run_line(service, target, line, show_output)
            return
        containers = await service.containers(target.set.namespace, target.pod)
        choice = await _choose(app, target, exec_choices(target, view, containers, named))
        if choice is None:
            return
        found = await service.target(target.set.namespace, target.pod, choice.container)
        if choice.name:
            show_output(target, ExecPlan(found, choice.words, title=f'"{choice.name}"'), shlex.join(choice.words))
        else:
            await _run_shell(app, service, ExecPlan(found, stdin=True, tty=True))
    except Refused as error:
        words = str(error)
        if isinstance(error, NotRunning) and error.ran_before:
            words += "; p shows the log of its previous run"
        toast(app, words, title=f"nothing is run in {target.pod}", health=Health.WARNING, seconds=_WORDS_SECONDS)
    except SuspendNotSupported:
        toast(app, "this terminal cannot be handed over", title="no shell", health=Health.WARNING)


async def _run_line(service: ExecService, target: InspectTarget, line: str, show_output: ShowOutput) -> None:
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise Refused(f"{str(error).lower()}: close the quotes") from error
    found = await service.target(target.set.namespace, target.pod, target.container)
    show_output(target, ExecPlan(found, words), line)


async def _choose(app: App[Any], target: InspectTarget, choices: list[ExecChoice]) -> ExecChoice | None:
    if len(choices) == 1:
        return choices[0]
    chosen = await app.push_screen_wait(Chooser(f"Run in {target.pod}", as_choices(choices)))
    return choices[int(chosen[0])] if chosen else None


async def _run_shell(app: App[Any], service: ExecService, plan: ExecPlan) -> None:
    outcome = await service.run(plan, partial(_attach, app, plan))
    if outcome.words:
        toast(app, outcome.words, title=plan.words, health=Health.WARNING, seconds=_WORDS_SECONDS)
        if (command := kubectl_debug(plan.target)) in outcome.words:
            await offer_copies(app.screen, [("kubectl debug", command)])
    elif outcome.exit_code:
        toast(app, f"exit code {outcome.exit_code}", title=plan.words)


async def _attach(app: App[Any], plan: ExecPlan, streams: Streams) -> None:
    """Hand the terminal over once the shell writes something, and take it back whatever happens."""
    output = streams.output()
    first = asyncio.ensure_future(anext(output, None))
    try:
        await asyncio.wait((first,), timeout=_FIRST_SECONDS)
        if first.done() and first.result() is None:
            return
        failure: BaseException | None = None
        with app.suspend():
            # The app resumes only after a block that ends by itself.
            try:
                where = f"{plan.words} in {plan.target.namespace}"
                print(f"{safe(where)}; exit or Ctrl-D returns to stsview", file=sys.__stdout__, flush=True)
                await attach(_Resumed(streams, first, output), LocalTerminal(), tty=True)
            except BaseException as error:
                failure = error
        if failure is not None:
            raise failure
    finally:
        first.cancel()


class _Resumed:
    """The streams of a shell whose first output was already asked for."""

    def __init__(self, streams: Streams, first: asyncio.Future[Output | None], rest: Any) -> None:
        self._streams = streams
        self._first = first
        self._rest = rest
        self.can_end_input = streams.can_end_input

    async def send(self, data: bytes) -> None:
        await self._streams.send(data)

    async def end_input(self) -> None:
        await self._streams.end_input()

    async def resize(self, columns: int, rows: int) -> None:
        await self._streams.resize(columns, rows)

    async def output(self) -> AsyncGenerator[Output, None]:
        first = await self._first
        if first is not None:
            yield first
            async for one in self._rest:
                yield one

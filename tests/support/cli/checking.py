"""`stsview check` on a simulated cluster."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.text import Text

from stsview.cli.commands.check import check
from stsview.cli.output.check_formats import CheckReport
from stsview.cli.output.console import Console
from stsview.cli.support.select_sets import SetSelection
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from tests.live.conftest import STEPS, Rig

T = TypeVar("T")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def printed_at(cells: int, print_to: Callable[[Console], None]) -> list[str]:
    """The lines that `print_to` writes to a terminal of that width, without colours."""
    terminal = Terminal()
    print_to(Console(terminal, width=cells))
    return Text.from_ansi(terminal.getvalue()).plain.splitlines()


def target_of(rig: Rig) -> KubeconfigTarget:
    """The simulated cluster, with all its namespaces."""
    return KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())


async def advance_until_done(rig: Rig, awaitable: Awaitable[T]) -> T:
    """The result of `awaitable`, while time passes on the clock."""
    task = asyncio.ensure_future(awaitable)
    for _ in range(STEPS):
        if task.done():
            return await task
        await rig.clock.advance(0.05)
        await asyncio.sleep(0)
    raise AssertionError("it does not end")


async def check_scenario(
    rig: Rig, scenario: str, *names: str, settle: float = 0.0, lowest: Level = Level.NOTICE
) -> CheckReport:
    """The report of a check of these sets, or all, of a scenario."""
    await rig.cluster(scenario)
    selection = SetSelection.of(names, None)
    return await advance_until_done(rig, check(target_of(rig), ModelSettings(), selection, lowest, settle, rig.clock))

"""What a command has before it when it says what it wants done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from stsview.actions.intents import Intent
from stsview.clock import Clock
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CommandContext:
    live: Live
    snapshot: Snapshot
    """The first whole picture."""
    clock: Clock
    state_folder: Path
    """Where what outlives a command lies."""


Intend: TypeAlias = Callable[[CommandContext], Awaitable[Intent]]
"""From that to what is wanted; raises `stsview.cli.support.connect.CouldNotLook`."""

"""What a command may use to build its intent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

from stsview.actions.intents import Intent
from stsview.clock import Clock
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot


class IntentContext(msgspec.Struct, frozen=True):
    live: Live
    snapshot: Snapshot
    """The first complete one."""
    clock: Clock
    state_folder: Path
    """Folder of the files that outlive a command: audit log and restart journals."""


BuildIntent: TypeAlias = Callable[[IntentContext], Awaitable[Intent]]
"""Raises `stsview.cli.support.errors.CommandError` if the object does not exist or its name is ambiguous."""

"""A recording that is read instead of a cluster; what reads it is imported when it is opened."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from stsview.live.files.file_target import FileTarget
from stsview.live.target import Target

if TYPE_CHECKING:
    from stsview.clock import Clock
    from stsview.live.replay.replay_source import ReplaySource
    from stsview.model.settings import ModelSettings


class RecordingTarget(msgspec.Struct, frozen=True):
    path: str
    at: datetime | timedelta | None = None
    """The time to begin at, or how long after the start; None: the end, for what does not play it."""
    namespaces: tuple[str, ...] = ()
    """Empty: all."""

    @property
    def name(self) -> str:
        return Path(self.path).name or self.path

    def open(self, settings: ModelSettings, *, at_start: bool = False, clock: Clock | None = None) -> ReplaySource:
        """Read the recording up to its time; without one to its end, or to its first complete picture (`at_start`).

        `clock` is the time by which it is played. Raises `CannotStart`.
        """
        from stsview.clock import SystemClock
        from stsview.live.errors import CannotStart
        from stsview.live.replay.player import Player
        from stsview.live.replay.reader import Recording
        from stsview.live.replay.replay_source import ReplaySource
        from stsview.live.replay.timeline import Timeline
        from stsview.live.snapshot import CURRENT, Link
        from stsview.text.ages import precise

        path = Path(self.path)
        player = Player(Recording(path), settings, self.namespaces)
        timeline = Timeline(Player(Recording(path), settings, self.namespaces))
        at = player.start + self.at if isinstance(self.at, timedelta) else self.at
        if at is not None and at < player.start:
            raise CannotStart(f"{self.name} begins at {player.start.isoformat()}: give a later time with --at")
        if at is not None or not at_start:
            player.play(at)
        else:
            # What comes before the first complete picture tells nothing.
            next((moment for moment in player.moments() if player.link in CURRENT), None)
        if not at_start and player.link in (Link.CONNECTING, Link.LOADING):
            when = player.now.isoformat()
            raise CannotStart(
                f"{self.name}: the cluster was not read completely at {when}: give a later time with --at"
            )
        if at is not None and player.ended and at > player.last_at:
            length = precise((player.last_at - player.start).total_seconds())
            raise CannotStart(f"{self.name} is {length} long: give an earlier time with --at")
        return ReplaySource(player, timeline, clock or SystemClock(), self.name)


OfflineTarget: TypeAlias = FileTarget | RecordingTarget
"""What is read instead of a cluster."""

AnyTarget: TypeAlias = Target | OfflineTarget

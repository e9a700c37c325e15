"""When findings began and ended in a recording, and what else happened in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from stsview.live.replay.player import Note, Player
from stsview.live.snapshot import CURRENT
from stsview.model.finding import Finding
from stsview.objects.meta import Key
from stsview.triage.finding_changes import ChangeType, FindingChange, FindingChanges


class DatedChange(msgspec.Struct, frozen=True):
    at: datetime
    change: FindingChange


class Episode(msgspec.Struct, frozen=True):
    """One finding from its beginning to its end."""

    set: Key
    finding: Finding
    """As it was last."""
    began: datetime
    ended: datetime | None
    """None: it lasted to the end of the recording."""
    at_start: bool = False
    """Whether it was there when the cluster was first read, so that it began at that time or before."""


class Timeline:
    """Filled by playing a recording to its end, moment by moment."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._changes = FindingChanges()
        self.start = player.start
        self.moments: list[datetime] = []
        """When a view changed, ascending."""
        self.findings: list[DatedChange] = []
        """Findings that began, changed and ended, in order of time."""
        self.notes: list[Note] = []
        """Commands and bookmarks, in order of time."""
        self.complete = False
        """Whether the recording was read to its end."""
        self.context = ""
        self._loaded_at: datetime | None = None
        """When the first complete picture was there."""

    @property
    def known_until(self) -> datetime:
        """The time up to which everything is known."""
        return max(self._player.now, self._player.last_at)

    def fill(self, proceed: Callable[[], bool] = lambda: True) -> bool:
        """Read on, until `proceed` says no or the recording ends; returns whether it is complete."""
        while not self.complete and proceed():
            moment = next(self._player.moments(), None)
            if moment is None:
                self.complete = True
                self.context = self._player.part.context
                break
            if self._loaded_at is None and self._player.link in CURRENT:
                self._loaded_at = moment.at
            self.notes += moment.notes
            if not moment.changed:
                continue
            if not self.moments or self.moments[-1] < moment.at:
                self.moments.append(moment.at)
            changes = self._changes.update(self._player.store.fleet.sets, moment.changed)
            self.findings += [DatedChange(moment.at, change) for change in changes]
        return self.complete

    def next_moment(self, at: datetime) -> datetime | None:
        """When a view changes next after a time; None: not any more, as far as is known."""
        index = bisect_right(self.moments, at)
        return self.moments[index] if index < len(self.moments) else None

    def previous_moment(self, at: datetime) -> datetime | None:
        """When a view changed last before a time."""
        index = bisect_left(self.moments, at)
        return self.moments[index - 1] if index else None

    def next_finding(self, at: datetime) -> DatedChange | None:
        """The finding that begins, changes or ends next after a time."""
        index = bisect_right(self.findings, at, key=lambda one: one.at)
        return self.findings[index] if index < len(self.findings) else None

    def findings_at(self, at: datetime) -> list[DatedChange]:
        """The findings that began, changed or ended at that very time."""
        index = bisect_left(self.findings, at, key=lambda one: one.at)
        return self.findings[index : bisect_right(self.findings, at, key=lambda one: one.at)]

    def previous_finding(self, at: datetime) -> DatedChange | None:
        index = bisect_left(self.findings, at, key=lambda one: one.at)
        return self.findings[index - 1] if index else None

    def _at_start(self, at: datetime) -> bool:
        return self._loaded_at is None or at <= self._loaded_at

    def episodes(self) -> Iterator[Episode]:
        """Each finding from its beginning to its end, in order of the beginning."""
        found: list[Episode] = []
        open_: dict[tuple[Key, str, str, str], list[int]] = {}
        for dated in self.findings:
            finding, change = dated.change.finding, dated.change
            identity = (change.set, finding.rule, finding.object.kind, finding.object.name)
            if change.type is ChangeType.BEGAN:
                open_.setdefault(identity, []).append(len(found))
                found.append(Episode(change.set, finding, dated.at, None, self._at_start(dated.at)))
                continue
            index = open_[identity][0]
            if change.type is ChangeType.ENDED:
                open_[identity].pop(0)
            ended = dated.at if change.type is ChangeType.ENDED else None
            found[index] = msgspec.structs.replace(found[index], finding=finding, ended=ended)
        return iter(found)

"""The dashboard over a recording: the same screens, and keys that move its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from textual import on
from textual.widget import Widget

from stsview.live.replay.player import Note
from stsview.live.replay.replay_source import ReplaySource
from stsview.model.states import Health
from stsview.model.timing.durations import parse
from stsview.text.ages import clock_time
from stsview.text.numbers import count
from stsview.ui.app import StsviewApp
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.toast import toast
from stsview.ui.replay.replay_bar import ReplayBar, change_words
from stsview.ui.replay.replay_commands import REPLAY_COMMANDS
from stsview.ui.replay.timeline_screen import TimelineScreen

_SLOWEST, _FASTEST = 1 / 16, 3600.0


class ReplayApp(StsviewApp):
    """`StsviewApp` over a `ReplaySource`."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = REPLAY_COMMANDS

    def __init__(self, replay: ReplaySource, *, speed: float | None = None, **options: Any) -> None:
        """`speed`: play at once, at this speed; `options` are those of `StsviewApp`."""
        super().__init__(replay, **options)
        self._replay = replay
        self._marks: list[Note] = []
        if speed is not None:
            replay.speed = speed
            replay.play()

    screen_strip_lines = 1
    """Lines of `screen_strips`."""

    def screen_strips(self) -> Iterator[Widget]:
        """What every live screen has above its key bar."""
        yield ReplayBar()

    def screen_notice(self) -> Sequence[Spans]:
        """What happened at the very time that is shown."""
        replay = self._replay
        if replay.playing:
            return ()
        changes = replay.timeline.findings_at(replay.now())
        if not changes:
            return ()
        # The first is the worst, or the cause of the others.
        first = max(changes, key=lambda dated: dated.change.finding.level)
        several = f"{count(len(changes), 'change')}:  " if len(changes) > 1 else ""
        return (((several, Role.DIM), *change_words(first)),)

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(0.25, self._update_bar, name="replay bar")

    def _update_bar(self) -> None:
        replay = self._replay
        for screen in self.screen_stack:
            for bar in screen.query(ReplayBar):
                bar.update(
                    replay.timeline, replay.now(), replay.end, replay.speed if replay.playing else None, self.zone
                )

    def action_play(self) -> None:
        if self._replay.playing:
            self._replay.pause()
        else:
            self._replay.play()
        self._moved()

    def action_step(self) -> None:
        self._moved(self._replay.step(1) or "no later change")

    def action_step_back(self) -> None:
        self._moved(self._replay.step(-1) or "no earlier change")

    def action_next_finding(self) -> None:
        self._moved(self._replay.step_finding(1) or "no later finding")

    def action_previous_finding(self) -> None:
        self._moved(self._replay.step_finding(-1) or "no earlier finding")

    def action_faster(self) -> None:
        self._set_speed(self._replay.speed * 2)

    def action_slower(self) -> None:
        self._set_speed(self._replay.speed / 2)

    def action_speed(self, text: str = "") -> None:
        try:
            speed = float(text.removesuffix("x"))
        except ValueError:
            speed = 0.0
        if not _SLOWEST <= speed <= _FASTEST:
            toast(self, f"a number from {_SLOWEST:g} to {_FASTEST:g}, as in :speed 10", health=Health.WARNING)
            return
        self._set_speed(speed)

    def action_at(self, text: str = "") -> None:
        at = self._time(text)
        if at is None:
            toast(self, "as in :at 18:22:07, :at +12m or :at 2026-11-20T18:22:07Z", title="which time?")
            return
        self._replay.pause()
        self._replay.seek(at)
        self._moved()

    def action_bookmark(self, text: str = "") -> None:
        now = self._replay.now()
        self._marks.append(Note(now, text or "bookmark"))
        toast(self, f"bookmark at {clock_time(now, self.zone)}: T lists it")

    def action_timeline(self, argument: str = "") -> None:
        if not isinstance(self.screen, TimelineScreen):
            self.push_screen(
                TimelineScreen(self._replay.timeline, self._marks, self.latest, self.source.now, self.zone)
            )

    @on(TimelineScreen.Chosen)
    def _time_chosen(self, event: TimelineScreen.Chosen) -> None:
        self._replay.pause()
        self._replay.seek(event.at)
        self._moved()

    def _set_speed(self, speed: float) -> None:
        self._replay.set_speed(min(_FASTEST, max(_SLOWEST, speed)))
        self._moved()

    def _moved(self, done: bool | str = True) -> None:
        if isinstance(done, str):
            toast(self, done if self._replay.timeline.complete else f"{done} so far: the recording is still being read")
        self._update_bar()
        self.tick()

    def _time(self, text: str) -> datetime | None:
        """A time of day of the recording, a duration after its start or before its end, or a whole time."""
        start, end = self._replay.start, self._replay.end
        try:
            if text.startswith("+"):
                return start + timedelta(seconds=parse(text[1:]))
            if text.startswith("-"):
                return end - timedelta(seconds=parse(text[1:]))
            if "T" in text or "-" in text:
                at = datetime.fromisoformat(text)
                return at if at.tzinfo is not None else at.replace(tzinfo=self.zone).astimezone(UTC)
            local = start.astimezone(self.zone)
            at = datetime.combine(local.date(), time.fromisoformat(text), local.tzinfo)
        except ValueError:
            return None
        # After midnight, where the recording began before it.
        return at if at >= start - timedelta(seconds=1) else at + timedelta(days=1)

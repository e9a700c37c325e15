"""Screen with the output of a command that ran in a container."""

from __future__ import annotations

import asyncio
import codecs
import shlex
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work

from stsview.actions.errors import Refused
from stsview.live.logs.log_merge import MergedLine
from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.log_messages import LogLine
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import crop
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.inspect.logs.log_ring import LogRing
from stsview.ui.inspect.text_screen import TextScreen
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.pager import Pager
from stsview.ui.kit.save_file import save_new
from stsview.ui.kit.table import Placeholder
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.actions.exec.lazy_service import ExecService
    from stsview.actions.exec.service import ExecOutcome, ExecPlan, Streams

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of output after which the command is stopped: more than a person reads."""

_FLUSH_SECONDS = 0.1
_MAX_COPY = 64 * 1024

_LINE_CELLS = (60, 40, 24)
"""Cells of the command line in the head, where all of it does not fit."""


class CommandScreen(TextScreen):
    """Runs a command when opened, and again on request; leaving the screen stops it."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("rerun", ("r",), "run again", "Run the command again", "This screen", Rank.MAIN, short="again"),
        Command("save", ("ctrl+s",), "save", "Save to a file in the current directory", "This screen", Rank.DISPLAY),
    )

    def __init__(
        self,
        target: InspectTarget,
        reading: ObjectReader,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        *,
        service: ExecService,
        plan: ExecPlan,
        line: str,
        folder: Path | None = None,
    ) -> None:
        """`line` is the command as it is shown; `folder` is where files are saved (None: the current directory)."""
        super().__init__(target, reading, latest, now, zone)
        self._service = service
        self._plan = plan
        self._line = line
        self._folder = folder
        self._ring = LogRing(zone)
        self._output = _Lines()
        self._outcome: ExecOutcome | None = None
        self._problem = ""
        self._began: datetime | None = None

    def path(self) -> Sequence[str]:
        return (self._plan.target.namespace, self._plan.target.pod, "command")

    def make_pager(self) -> Pager:
        return Pager(self._ring, id="log")

    def head(self, now: datetime) -> tuple[Spans, Sequence[Spans]]:
        target = self._plan.target
        dot: Span = (f" {active().separator} ", Role.DIM)
        left: list[Span] = [(target.pod, Role.STRONG), dot, (self._word, Role.BRIGHT), ("   ", Role.DIM)]
        left += self._state(now)
        lines: Spans = ((count(len(self._ring), "line"), Role.DIM),)
        line: Spans = ((self._line, Role.TEXT), dot, *lines)
        shorter = tuple(((crop(self._line, cells), Role.TEXT), dot, *lines) for cells in _LINE_CELLS)
        return tuple(left), (((target.container, Role.TEXT), dot, *line), line, *shorter, lines)

    @property
    def _word(self) -> str:
        """The name of the command, or its program."""
        return self._plan.title.strip('"') or self._plan.command[0].rpartition("/")[2]

    def _state(self, now: datetime) -> Spans:
        if self._problem:
            return (sign(Health.DEGRADED), (f" {self._problem}", Role.DEGRADED))
        if self._outcome is None:
            running = precise((now - self._began).total_seconds()) if self._began is not None else "0s"
            return (sign(Health.PROGRESSING), (f" running for {running}", Role.PROGRESSING))
        if self._outcome.words:
            return (sign(Health.WARNING), (f" {self._outcome.words}", Role.WARNING))
        code = self._outcome.exit_code
        health, role = (Health.READY, Role.READY) if code == 0 else (Health.DEGRADED, Role.DEGRADED)
        return (sign(health), (f" exit code {code} after {precise(self._outcome.seconds)}", role))

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_FLUSH_SECONDS, self._flush, name="output")
        self._run()

    @work(group="command", exclusive=True, exit_on_error=False)
    async def _run(self) -> None:
        self._ring, self._output = LogRing(self.zone), _Lines()
        self._outcome, self._problem, self._began = None, "", self._now()
        self._show_state()
        self.pager.show(self._ring)
        try:
            self._outcome = await self._service.run(self._plan, self._collect)
        except _TooMuch:
            self._problem = f"stopped after {MOST_BYTES // 1024**2} MiB of output: open a shell for more"
        except Refused as error:
            self._problem = str(error)
        self._output.end()
        self._flush()
        self._show_state()

    async def _collect(self, streams: Streams) -> None:
        size = 0
        async for one in streams.output():
            self._output.add(one.data, error=one.error)
            size += len(one.data)
            if size > MOST_BYTES:
                raise _TooMuch
            if len(self._output.lines) > self._ring.room:
                # Let the screen catch up.
                await asyncio.sleep(_FLUSH_SECONDS)

    def _flush(self) -> None:
        if lines := self._output.take():
            self._ring.add(MergedLine(self._plan.target.pod, line) for line in lines)
            self.pager.lines_added()
            self.update_head()

    def _show_state(self) -> None:
        what = shlex.join(self._plan.command)
        if self._problem:
            self.pager.placeholder = Placeholder(
                self._problem, (f"{hint('rerun', 'r')} to run it again",), Health.DEGRADED
            )
        elif self._outcome is None:
            self.pager.placeholder = Placeholder(
                f"running {what} {active().ellipsis}", (f"{hint('back', 'esc')} stops it",)
            )
        else:
            self.pager.placeholder = Placeholder(f"{what} wrote no output", (), Health.MISSING)
        self.pager.refresh()
        self.update_head()

    def copies(self) -> Copies:
        pager, offered = self.pager, [("command", self._line)]
        if pager.current_match is not None:
            offered.append(("the match", self._ring.text(pager.current_match)))
        if len(self._ring):
            offered.append(("everything", "\n".join(self._ring.lines_to_save())[:_MAX_COPY]))
            offered.append(("the visible lines", "\n".join(pager.visible_lines())[:_MAX_COPY]))
        return offered

    def action_rerun(self) -> None:
        self._run()

    @work(group="saving", exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        lines = list(self._ring.lines_to_save())
        words = (self._plan.target.pod, self._plan.target.container, self._plan.command[0].rpartition("/")[2])
        folder = self._folder or Path.cwd()
        try:
            path = await asyncio.to_thread(save_new, folder, words, self._now().astimezone(self.zone), lines)
        except OSError as error:
            why = f"{error.strerror or error}: {folder}"
            toast(self, why, title="cannot save the output", health=Health.DEGRADED, seconds=10)
        else:
            toast(self, str(path), title=f"{count(len(lines), 'line')} saved", seconds=10)


class _TooMuch(Exception):
    """The command wrote more than is shown."""


class _Lines:
    """Bytes of two outputs as lines, in the order in which they are complete."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self._decoders = {error: codecs.getincrementaldecoder("utf-8")("replace") for error in (False, True)}
        self._rest = {False: "", True: ""}

    def add(self, data: bytes, *, error: bool) -> None:
        *complete, self._rest[error] = (self._rest[error] + self._decoders[error].decode(data)).split("\n")
        self.lines += [LogLine(text.rstrip("\r")) for text in complete]

    def end(self) -> None:
        """Nothing follows: a last line without a newline is complete."""
        for error, decoder in self._decoders.items():
            if rest := self._rest[error] + decoder.decode(b"", final=True):
                self.lines.append(LogLine(rest.rstrip("\r")))
            self._rest[error] = ""

    def take(self) -> list[LogLine]:
        taken, self.lines = self.lines, []
        return taken

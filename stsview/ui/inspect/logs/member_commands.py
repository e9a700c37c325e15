"""Commands of a log that choose ordinals: one or all, on and off, the one below and above."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import on

from stsview.live.logs.merged_logs import MOST_LOGS
from stsview.ui.inspect.logs.log_head import STATES
from stsview.ui.inspect.logs.log_members import LogMember
from stsview.ui.inspect.logs.members_line import MembersLine, MemberState
from stsview.ui.inspect.text_screen import TextScreen
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.toast import toast

_GROUP = "Ordinals"


def _merged(screen: MemberCommands) -> bool:
    return screen.merged and not_typing(screen)


def _one_of_several(screen: MemberCommands) -> bool:
    return not screen.merged and len(screen.members) > 1 and not_typing(screen)


def _switch(ordinal: int) -> Command:
    def offered(screen: MemberCommands) -> bool:
        return _merged(screen) and any(member.ordinal == ordinal for member in screen.members)

    return Command(
        f"ordinal_{ordinal}",
        (str(ordinal),),
        f"ordinal {ordinal}",
        f"Turn the log of ordinal {ordinal} on or off",
        _GROUP,
        0,
        offered,
        f"toggle_ordinal({ordinal})",
        palette=False,
    )


class MemberCommands(TextScreen):
    """Base of the log screen."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("one_log", ("l",), "one log", "Log of one ordinal", _GROUP, Rank.LOGS, _merged, short="one"),
        Command(
            "all_logs",
            ("L",),
            "all logs",
            "Logs of all ordinals, merged by time",
            _GROUP,
            Rank.LOGS,
            _one_of_several,
            short="all",
        ),
        Command(
            "members",
            ("m",),
            "ordinals",
            "Choose the ordinals whose logs are shown",
            _GROUP,
            Rank.RELATED,
            _merged,
        ),
        Command("below", ("less_than_sign",), "below", "Log of the ordinal below", _GROUP, Rank.COPY, _one_of_several),
        Command(
            "above", ("greater_than_sign",), "above", "Log of the ordinal above", _GROUP, Rank.COPY, _one_of_several
        ),
        *(_switch(ordinal) for ordinal in range(10)),
    )

    members: tuple[LogMember, ...] = ()
    """The ordinals to choose from, lowest first."""

    @property
    @abstractmethod
    def merged(self) -> bool:
        """Whether the logs of several ordinals are shown."""

    @property
    @abstractmethod
    def shown_pod(self) -> str:
        """The pod whose log is shown, or is meant among several."""

    @abstractmethod
    def member_states(self) -> Sequence[MemberState]:
        """Every ordinal to choose from, with the state of its log."""

    @abstractmethod
    def show_log(self, pod: str) -> None:
        """Show the log of this pod, at the time that is shown now; of none: of all."""

    @abstractmethod
    def turn_on(self, pods: Collection[str]) -> None:
        """Show the logs of these ordinals, and hide those of all others."""

    def action_one_log(self) -> None:
        self.show_log(self.shown_pod)

    def action_all_logs(self) -> None:
        self.show_log("")

    def action_below(self) -> None:
        self._go_to_neighbour(-1)

    def action_above(self) -> None:
        self._go_to_neighbour(1)

    def _go_to_neighbour(self, step: int) -> None:
        pods = [member.pod for member in self.members]
        if self.shown_pod not in pods:
            return
        place = pods.index(self.shown_pod) + step
        if 0 <= place < len(pods):
            self.show_log(pods[place])
        else:
            toast(self, f"{self.shown_pod} is the {'lowest' if step < 0 else 'highest'} ordinal")

    def action_toggle_ordinal(self, ordinal: int) -> None:
        self._toggle(next(member.pod for member in self.members if member.ordinal == ordinal))

    @on(MembersLine.Clicked)
    def _clicked(self, event: MembersLine.Clicked) -> None:
        self._toggle(event.pod)

    def _toggle(self, pod: str) -> None:
        on = {state.member.pod for state in self.member_states() if state.on}
        if pod not in on and len(on) >= MOST_LOGS:
            toast(self, f"at most {MOST_LOGS} logs are read at the same time: turn another one off first")
            return
        self.turn_on(on ^ {pod})

    async def action_members(self) -> None:
        states = self.member_states()

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen is None:
                return
            if len(chosen) > MOST_LOGS:
                toast(self, f"at most {MOST_LOGS} logs are read at the same time, {len(chosen)} were chosen")
            self.turn_on(chosen[:MOST_LOGS])

        choices = [
            Choice(state.member.pod, state.member.pod, STATES[state.health.phase] if state.read else "not read")
            for state in states
        ]
        marked = [state.member.pod for state in states if state.on]
        await self.app.push_screen(Chooser("Ordinals", choices, marked=marked, multiple=True), on_chosen)

"""A command is declared once; the binding, the key legend, the help screen and the palette are made from that.

A screen, an app or a widget lists its commands (not as COMMANDS, which is what Textual calls its palette providers):

    class FleetScreen(CommandsMixin, Screen[None]):
        OWN_COMMANDS = (Command("filter", ("slash",), "filter", "Show only the sets that match", footer=80), ...)

        def action_filter(self) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.actions import parse
from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """How a command is typed after `:`, and what may follow its name."""

    names: tuple[str, ...]
    """`ns`, `namespace`: the first is the one that is shown."""
    argument: str = ""
    """What the argument is, in a word; empty when the command takes none."""
    choices: Callable[[Any], Iterable[str]] | None = None
    """Values to offer for the argument, asked of the node that declares the command; must not wait for anything."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a person can have done, and every way to ask for it."""

    id: str
    """Unique in its node, `snake_case`; also the name by which a keymap would know it."""
    keys: tuple[str, ...]
    """Keys as Textual names them (`slash`, `ctrl+d`, `N`); may be empty for what is only typed or chosen."""
    label: str
    """A word or two, for the key legend."""
    help: str
    """One sentence without a full stop, for the help screen and the palette."""
    group: str = "Here"
    """Heading under which the help screen lists it."""
    footer: int = 0
    """Rank in the key legend: the higher, the longer it stays when room runs out; 0: not in the legend."""
    guard: Callable[[Any], bool] | None = None
    """Asked with the node that declares the command: whether it is offered now. While it is not, its keys are dead and
    it is absent from legend, help and palette."""
    action: str = ""
    """Textual action (`sort('name')`) of the declaring node; empty: `action_<id>`."""
    priority: bool = False
    """Whether its keys come before those of the focused widget; for keys that no input needs, such as `ctrl+p`."""
    palette: bool = True
    """Whether the palette offers it; not for what moves a cursor."""
    typed: TypedCommand | None = None
    """With an argument, the action is called with it as its only parameter; without one, with an empty string."""

    @property
    def action_name(self) -> str:
        return self.action or self.id

    def performs(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether that action is this command's. One that declares no parameters is performed with any: those are what
        was typed for it."""
        _, name, declared = parse(self.action_name)
        return action == name and (not declared or declared == parameters)

    def bindings(self) -> list[Binding]:
        return [
            Binding(
                key,
                self.action_name,
                self.label,
                show=self.footer > 0,
                tooltip=self.help,
                id=self.id,
                priority=self.priority,
            )
            for key in self.keys
        ]


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    return [binding for command in commands for binding in command.bindings()]


class CommandsMixin:
    """To be named before the Textual class that it is mixed into: turns OWN_COMMANDS into bindings and guards.

    A class has its own commands and those of its bases; to declare an id twice is a TypeError.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        own: Sequence[Command] = cls.__dict__.get("OWN_COMMANDS", ())
        inherited = {command.id for base in cls.__mro__[1:] for command in base.__dict__.get("OWN_COMMANDS", ())}
        for command in own:
            if command.id in inherited:
                raise TypeError(f"{cls.__name__} declares the command {command.id!r} a second time")
            inherited.add(command.id)
        if own:
            cls.BINDINGS = [*cls.__dict__.get("BINDINGS", ()), *bindings(own)]  # type: ignore[attr-defined]
        super().__init_subclass__(**kwargs)

    def commands(self) -> list[Command]:
        """All commands of this node, those of its base classes first; guards are not asked."""
        return [command for base in reversed(type(self).__mro__) for command in base.__dict__.get("OWN_COMMANDS", ())]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        for command in self.commands():
            if command.guard is not None and command.performs(action, parameters) and not command.guard(self):
                return False
        return super().check_action(action, parameters)  # type: ignore[misc, no-any-return]

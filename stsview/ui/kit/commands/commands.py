"""Commands, each declared once for bindings, key bar, help and palette.

A screen, an app or a widget lists its commands (not as COMMANDS, Textual's name for its palette providers):

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
    """How a command is typed after `:`, and the argument it accepts."""

    names: tuple[str, ...]
    """Such as `ns`, `namespace`; the first one is shown."""
    argument: str = ""
    """A placeholder for the argument, such as `NAME`; empty if the command has none."""
    choices: Callable[[Any], Iterable[str]] | None = None
    """Returns values to suggest for the argument, given the node that declares the command; must not block."""


@dataclass(frozen=True, slots=True)
class Command:
    """One operation, with every way to invoke it."""

    id: str
    """Unique within its node, in `snake_case`; also its name in a keymap."""
    keys: tuple[str, ...]
    """Keys in Textual's notation (`slash`, `ctrl+d`, `N`); may be empty for a command of the palette only."""
    label: str
    """A word or two for the key bar."""
    help: str
    """One sentence without a full stop, for the help screen and the palette."""
    group: str = "This row"
    """The heading that lists it on the help screen."""
    footer: int = 0
    """Rank in the key bar: the lowest ranks are dropped first when space runs out; 0: never in the key bar."""
    guard: Callable[[Any], bool] | None = None
    """Whether the command is available, given the node that declares it. While it is not, its keys do nothing, and key
    bar, help and palette omit it."""
    action: str = ""
    """Textual action (`sort('name')`) of the declaring node; empty: `action_<id>`."""
    priority: bool = False
    """Whether its keys precede those of the focused widget; for keys that no input needs, such as `ctrl+p`."""
    palette: bool = True
    """Whether the palette lists it; False for cursor movement."""
    typed: TypedCommand | None = None
    """How to type it; the action is then called with the argument, or an empty string, as its only parameter."""

    @property
    def action_name(self) -> str:
        return self.action or self.id

    def performs(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether this command runs `action` with `parameters`.

        A command that declares no parameters matches any: they come from its typed argument.
        """
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
    """Turns OWN_COMMANDS into bindings and guards.

    Goes before the Textual class in the list of bases.

    A class has its own commands and those of its bases. Raises TypeError if it declares an id twice.
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
        """All commands of this node, those of base classes first, whatever the guards."""
        return [command for base in reversed(type(self).__mro__) for command in base.__dict__.get("OWN_COMMANDS", ())]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        for command in self.commands():
            if command.guard is not None and command.performs(action, parameters) and not command.guard(self):
                return False
        return super().check_action(action, parameters)  # type: ignore[misc, no-any-return]

"""Commands, each declared once for bindings, key bar, help and palette.

A screen, an app or a widget lists its commands (not as COMMANDS, Textual's name for its palette providers):

    class FleetScreen(CommandsMixin, Screen[None]):
        OWN_COMMANDS = (Command("filter", ("slash",), "filter", "Show only the sets that match", footer=80), ...)

        def action_filter(self) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import msgspec
from msgspec.structs import replace
from textual.actions import parse
from textual.binding import Binding, BindingsMap, BindingType
from textual.dom import DOMNode

from stsview.ui.kit.commands.keymap import active_keymap, keys_of


class Unavailable(msgspec.Struct, frozen=True):
    """Why a command of this screen cannot run now.

    False, so that guards combine with `and`: the first reason counts.
    """

    reason: str
    """A phrase that can follow the name of the command: `no rollout in progress on infra/vault`."""

    def __bool__(self) -> bool:
        return False


Availability: TypeAlias = bool | Unavailable
"""False: the command does not exist here, and its keys mean something else or nothing."""


def either(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _as_typed(_: Any, text: str) -> object:
    return text


class Argument(msgspec.Struct, frozen=True):
    """The argument of a typed command. It can always be omitted."""

    placeholder: str
    """Such as `NAME`."""
    choices: Callable[[Any], Iterable[str]] | None = None
    """Returns values to suggest, given the node that declares the command; must not block."""
    closed: bool = False
    """Whether the choices are all that is accepted; an unambiguous prefix of one is then enough."""
    parse: Callable[[Any, str], object] = _as_typed
    """Returns the value for the action, given the node and the text, which is not empty.

    Raises ValueError, with a message for the user, where the text is wrong."""

    def completed(self, node: Any, text: str) -> str:
        """The choice that `text` names if the choices are closed, else `text`. Raises ValueError if there is none."""
        if not self.closed or self.choices is None:
            return text
        choices = list(self.choices(node))
        if text in choices:
            return text
        found = [choice for choice in choices if choice.startswith(text)]
        if len(found) != 1:
            raise ValueError(
                f'no {self.placeholder} "{text}": use {either(found or choices)}'
                if choices
                else f"no {self.placeholder} to choose"
            )
        return found[0]


class TypedCommand(msgspec.Struct, frozen=True):
    """How a command is typed after `:`, and the argument it accepts."""

    names: tuple[str, ...]
    """Such as `ns`, `namespace`; the first one is shown."""
    argument: Argument | None = None

    @property
    def form(self) -> str:
        """The command as displayed: `:ns NAME`."""
        return f":{self.names[0]}" + (f" {self.argument.placeholder}" if self.argument is not None else "")


class Command(msgspec.Struct, frozen=True):
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
    """Place in the key bar, the highest first: see `stsview.ui.kit.commands.ranks`; 0: never in the key bar."""
    guard: Callable[[Any], Availability] | None = None
    """Whether the command is available, given the node that declares it. While it is not, key bar and help omit it; if
    it is `Unavailable`, its keys and its typed form say why."""
    action: str = ""
    """Textual action (`sort('name')`) of the declaring node; empty: `action_<id>`."""
    priority: bool = False
    """Whether its keys precede those of the focused widget; for keys that no input needs, such as `ctrl+p`."""
    palette: bool = True
    """Whether the palette lists it; False for cursor movement."""
    typed: TypedCommand | None = None
    """How to type it; None: by its id. The action gets the value of the argument as its only parameter, and none if no
    argument was typed."""
    short: str | None = None
    """The label where the key bar is narrow, which may be empty; None: `label`."""

    @property
    def action_name(self) -> str:
        return self.action or self.id

    @property
    def names(self) -> tuple[str, ...]:
        """Names to type after `:`; none if the palette does not know the command."""
        if self.typed is not None:
            return self.typed.names
        return (self.id.replace("_", "-"),) if self.palette else ()

    @property
    def argument(self) -> Argument | None:
        return None if self.typed is None else self.typed.argument

    def availability(self, node: Any) -> Availability:
        """Whether it can run, given the node that declares it."""
        return self.guard is None or self.guard(node)

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

    REBINDABLE: ClassVar[bool] = False
    """Whether the configuration can give its commands other keys: on screens, and what is on them; see
    `stsview.ui.kit.commands.keymap`."""

    SHARED_KEYS: ClassVar[frozenset[str]] = frozenset()
    """Ids of commands of a dialog that have the keys of the screen below, because the text of the dialog names them."""

    PLACE: ClassVar[str] = ""
    """Where its typed commands can be used, for who types one elsewhere: `on the screen of a set`."""

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

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._use_keymap()

    def _on_mount(self, event: Any) -> None:
        # Only now a table or a text knows whether it is in a dialog.
        self._use_keymap()

    def commands(self) -> list[Command]:
        """All commands of this node, those of base classes first, whatever the guards."""
        declared = (one for base in reversed(type(self).__mro__) for one in base.__dict__.get("OWN_COMMANDS", ()))
        return self.with_their_keys(declared)

    def with_their_keys(self, commands: Iterable[Command]) -> list[Command]:
        """The commands with the keys that they have here now."""
        if not active_keymap() or not (self.SHARED_KEYS or self._is_rebound):
            return list(commands)
        some = self.SHARED_KEYS
        return [
            replace(one, keys=tuple(keys_of(one.id, one.keys))) if not some or one.id in some else one
            for one in commands
        ]

    @property
    def _is_rebound(self) -> bool:
        return self.REBINDABLE and not any(node.is_modal for node in self.ancestors_with_self)  # type: ignore[attr-defined]

    def _use_keymap(self) -> None:
        """Bind the keys of the keymap, where there is one."""
        if active_keymap() and (self.REBINDABLE or self.SHARED_KEYS):
            self._bindings = self._bindings_now()

    def _bindings_now(self) -> BindingsMap:
        """The bindings of the class, as Textual merges those of its bases (8.2.8), with the keys of `commands`."""
        now = {command.id: command for command in self.commands()}
        keys: dict[str, list[Binding]] = {}
        for base in reversed(type(self).__mro__):
            if not issubclass(base, DOMNode):
                continue
            if not base._inherit_bindings:
                keys.clear()
            own: dict[str, list[Binding]] = {}
            declared = BindingsMap(base.__dict__.get("BINDINGS", ()))
            for key, bound in declared.key_to_bindings.items():
                for binding in bound:
                    if binding.id not in now:
                        own.setdefault(key, []).append(binding)
            for command in base.__dict__.get("OWN_COMMANDS", ()):
                for binding in now[command.id].bindings():
                    own.setdefault(binding.key, []).append(binding)
            keys |= own
        return BindingsMap.from_keys(keys)

    _guarded: dict[str, list[Command]] | None = None
    """The commands with a guard, by the name of their action; Textual asks for each binding after each key."""

    def _commands_changed(self) -> None:
        """Called when `commands` returns other actions or guards than before."""
        self._guarded = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self._guarded is None:
            self._guarded = {}
            for command in self.commands():
                if command.guard is not None:
                    self._guarded.setdefault(parse(command.action_name)[1], []).append(command)
        for command in self._guarded.get(action, ()):
            if command.performs(action, parameters) and not command.availability(self):
                return False
        return super().check_action(action, parameters)  # type: ignore[misc, no-any-return]

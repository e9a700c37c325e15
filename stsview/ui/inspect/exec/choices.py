"""What can be run in a pod: a shell in each container, and the commands that the configuration names."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from stsview.actions.exec.lazy_service import RunningContainer
from stsview.command_template import command_words
from stsview.model.views import SetView
from stsview.objects.meta import bare
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.choosers.chooser import Choice

NamedCommands = Mapping[str, Mapping[str, str]]
"""Command lines by their names, by `namespace/name` of sets, where * matches any characters."""


class ExecChoice(msgspec.Struct, frozen=True):
    """A shell, or a named command."""

    container: str
    name: str = ""
    """Empty: a shell."""
    words: tuple[str, ...] = ()


def exec_choices(
    target: InspectTarget, view: SetView | None, containers: Sequence[RunningContainer], named: NamedCommands
) -> list[ExecChoice]:
    """Shells first, that in the default container before the others; then the commands by name."""
    shells = [ExecChoice(one.name) for one in containers]
    container = next((one.name for one in containers if one.default), containers[0].name)
    commands = [
        ExecChoice(container, name, command_words(line, _variables(target, view, container)))
        for name, line in _commands_of(target, named).items()
    ]
    return shells + commands


def as_choices(choices: Sequence[ExecChoice]) -> list[Choice]:
    """The lines of the chooser."""
    several = sum(not one.name for one in choices) > 1
    lines = []
    for place, one in enumerate(choices):
        if one.name:
            lines.append(Choice(str(place), one.name, shlex.join(one.words)))
        else:
            label = f"shell in {one.container}" if several else "shell"
            lines.append(Choice(str(place), label, "default container" if several and place == 0 else ""))
    return lines


def _commands_of(target: InspectTarget, named: NamedCommands) -> dict[str, str]:
    """The commands of a set; an exact name of a set comes before patterns, and wins."""
    key = str(bare(target.set))
    matching = sorted((pattern for pattern in named if fnmatchcase(key, pattern)), key=lambda one: one != key)
    found: dict[str, str] = {}
    for pattern in matching:
        for name, line in named[pattern].items():
            found.setdefault(name, line)
    return found


def _variables(target: InspectTarget, view: SetView | None, container: str) -> dict[str, str]:
    rows = () if view is None else view.ordinals
    row = next((one for one in rows if one.name == target.pod), None)
    return {
        "pod": target.pod,
        "ordinal": str(row.ordinal) if row is not None else target.pod.rpartition("-")[2],
        "dns": (row.dns.name if row is not None else "") or target.pod,
        "namespace": target.set.namespace,
        "set": target.set.name,
        "container": container,
    }

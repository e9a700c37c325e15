"""Which programs an image has, by name or path."""

from __future__ import annotations

from stsview.simulator.nodes.shell.container import Container
from stsview.simulator.nodes.shell.interpreter import shell
from stsview.simulator.nodes.shell.process import Process, Program
from stsview.simulator.nodes.shell.programs.admin import ADMIN
from stsview.simulator.nodes.shell.programs.files import FILES
from stsview.simulator.nodes.shell.programs.network import network_programs
from stsview.simulator.nodes.shell.programs.system import SYSTEM


def programs(container: Container) -> dict[str, Program]:
    """The programs of a container's image, by name."""
    own = ADMIN.get(container.image, {})
    if not container.profile.shells:
        return own
    shells = dict.fromkeys(container.profile.shells, shell)
    return {**FILES, **SYSTEM, **network_programs(container), **shells, "which": which, **own}


async def which(process: Process) -> int:
    found = [name for name in process.args if process.path(name) is not None]
    await process.say(*(f"/usr/bin/{name}" for name in found))
    return 0 if len(found) == len(process.args) else 1

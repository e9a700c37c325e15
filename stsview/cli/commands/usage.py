"""`stsview usage SET`: CPU, memory and volumes of each ordinal."""

from __future__ import annotations

import argparse
import asyncio
import sys

from stsview.cli.output.console import Console
from stsview.cli.output.document import to_json
from stsview.cli.output.usage_report import ReadUsage, print_usage, usage_document
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import find_set
from stsview.clock import Clock
from stsview.live.errors import CannotRead, CannotStart
from stsview.live.target import Target
from stsview.model.settings import ModelSettings


def run(arguments: argparse.Namespace) -> int:
    """Print the usage; returns 0, or 2 if the set could not be read."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        read = asyncio.run(read_usage_of(target, resolve_settings(arguments, configuration), arguments.set))
    except (CannotRead, CannotStart, CommandError) as error:
        return fail(str(error))
    if arguments.output == "json":
        sys.stdout.write(to_json(usage_document(read)) + "\n")
    else:
        print_usage(read.usage, Console())
    return 0


async def read_usage_of(target: Target, settings: ModelSettings, name: str, clock: Clock | None = None) -> ReadUsage:
    """The usage of the set of that name. Raises `CannotRead`, `CannotStart`, `CommandError`."""
    async with connected(target, settings, clock) as (live, snapshot):
        return ReadUsage(snapshot, await live.usage(find_set(snapshot, name).key))

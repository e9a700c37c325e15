"""Read the nodes and their members, for one command."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from stsview.cli.output.node_report import ReadNodes
from stsview.cli.support.connect import opened
from stsview.cli.support.errors import CommandError
from stsview.clock import Clock
from stsview.live.replay.recording_target import AnyTarget
from stsview.model.nodes.reports import NodeReports
from stsview.model.settings import ModelSettings
from stsview.nearest import did_you_mean


def read_nodes_of(arguments: argparse.Namespace) -> ReadNodes:
    """The nodes of the cluster, or the files, of the arguments.

    Their members are those of all namespaces, unless the arguments name some. Raises `CannotStart`, `CommandError`.
    """
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_source

    if arguments.namespace is None:
        # A node has pods of every namespace, and no drain is safe while some are not known.
        arguments.all_namespaces = True
    configuration = resolve_configuration(arguments)
    target = resolve_source(arguments, configuration)
    return asyncio.run(read_nodes(target, resolve_settings(arguments, configuration)))


async def read_nodes(target: AnyTarget, settings: ModelSettings, clock: Clock | None = None) -> ReadNodes:
    """Raises `CannotStart`, `CommandError`."""
    async with opened(target, settings, clock) as (source, snapshot):
        reports = NodeReports()
        reports.update(source.node_source(), snapshot.fleet.sets, None, snapshot.scope.part)
        return ReadNodes(snapshot, reports)


def require_nodes(read: ReadNodes, names: Sequence[str]) -> tuple[str, ...]:
    """The names without `node/` before them. Raises `CommandError` for a node that is not known."""
    plain = tuple(dict.fromkeys(name.removeprefix("nodes/").removeprefix("node/") for name in names))
    for name in plain:
        if name in read.reports.rows:
            continue
        if not read.reports.complete:
            raise CommandError(f"node {name} has no members, and nodes cannot be listed")
        raise CommandError(f"node {name} does not exist{did_you_mean(name, read.reports.rows)}")
    return plain

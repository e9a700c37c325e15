"""`stsview status SET`: one set with its pods, rollout and findings."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from stsview.cli.output.console import LEVEL_STYLES, SEVERITY_STYLES, Console, Piece, print_disabled, print_origin
from stsview.cli.output.document import document, to_json
from stsview.cli.output.table import Table, print_table
from stsview.cli.support.connect import opened
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import find_set
from stsview.cli.support.settle import resolve_settle, settled, settling
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.replay.recording_target import AnyTarget
from stsview.live.snapshot import Snapshot
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, Place, SetView
from stsview.objects.quantity import format_bytes
from stsview.text.ages import age
from stsview.text.columns import Align, Column
from stsview.text.glyphs import active, glyph
from stsview.text.numbers import count


def run(arguments: argparse.Namespace) -> int:
    """Print the set; returns 0, or 2 if it could not be read."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_source

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_source(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        snapshot, view = asyncio.run(read_status(target, settings, arguments.set, resolve_settle(arguments)))
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    if arguments.output == "json":
        sys.stdout.write(to_json(document("SetStatus", snapshot, set=view)) + "\n")
    else:
        console = Console()
        print_origin(snapshot, console)
        as_text(view, snapshot, console)
    return 0


async def read_status(
    target: AnyTarget, settings: ModelSettings, name: str, settle: float, clock: Clock | None = None
) -> tuple[Snapshot, SetView]:
    """The set of that name, with its snapshot; looks twice where `check` does, so that both say the same.

    Raises `CannotStart`, `CommandError`.
    """
    clock = clock or SystemClock()
    async with opened(target, settling(settings, settle), clock) as (source, snapshot):
        snapshot = await settled(source, snapshot, lambda latest: [find_set(latest, name)], settle, clock)
        return snapshot, find_set(snapshot, name)


def as_text(view: SetView, snapshot: Snapshot, console: Console) -> None:
    """Print severity, rollout, ordinals and findings, and what could not be read."""
    now = snapshot.now
    word = view.severity.name.lower().replace("_", " ")
    console.line((f"{view.key}  ", "bold"), (word, SEVERITY_STYLES[view.severity]))
    if view.wait.headline:
        console.facts((view.wait.headline, view.wait.detail, age(view.wait.since, now)))
    rollout = view.rollout
    # Under OnDelete the controller never promotes the current revision.
    from_revision = "" if rollout.on_delete and not rollout.active else rollout.current
    names = list(dict.fromkeys(name for name in (from_revision, rollout.update) if name))
    done = f"{rollout.updated}/{rollout.expected} updated" if rollout.active else f"{view.ready}/{view.replicas} ready"
    arrow = f" {active().arrow_shaft}{active().arrow} "
    service = f"Service {view.service.name} {view.service.status.label}" if view.service.name else "no Service"
    revisions = arrow.join(names) or "no revision yet"
    # Nothing shows the policies of a set that is gone.
    policies = () if view.gone else (view.policy, rollout.strategy)
    console.facts((revisions, done, _outside(view), *policies, service))
    # As check prints them: without the nodes, say, the set may be called healthy because nothing is known of them.
    for sentence in dict.fromkeys((*view.unknown, *snapshot.health.degraded)):
        console.sentence(sentence, ("? ", "bold"))
    print_disabled(snapshot, console)
    console.line("")
    print_table(
        console,
        Table(_COLUMNS, tuple(_row(ordinal, now) for ordinal in view.ordinals)),
        Table(_COLUMNS, tuple(_row(ordinal, now, short=True) for ordinal in view.ordinals)),
    )
    for finding in view.findings:
        console.line("")
        console.sentence((finding.headline, LEVEL_STYLES[finding.level]))
        for label, text in (("effect", finding.so), ("next step", finding.next), ("rule", finding.rule)):
            if text:
                console.sentence(text, (label.ljust(11), "dim"))


_COLUMNS = (
    Column("ordinal", "ORD", priority=200),
    Column("state", "STATE", min_width=20, priority=190),
    Column("revision", "REVISION", priority=150),
    Column("node", "NODE", priority=160),
    Column("restarts", "RST", priority=140, align=Align.RIGHT),
    Column("claims", "CLAIMS", priority=130),
    Column("dns", "DNS NAME", priority=110),
    Column("since", "SINCE", priority=170, align=Align.RIGHT),
)


def _row(ordinal: OrdinalView, now: datetime, *, short: bool = False) -> tuple[Piece, ...]:
    """Cells of `_COLUMNS`; `short` without the names that follow from the ordinal."""
    state = ordinal.state
    claims = [f"{claim.status.label}{_size(claim.size)}" for claim in ordinal.all_claims]
    if not short:
        claims = [f"{claim.name} {text}" for claim, text in zip(ordinal.all_claims, claims, strict=True)]
    return (
        str(ordinal.ordinal),
        f"{glyph(state.health)} {' '.join((state.label, *_marks(ordinal)))}",
        ordinal.revision.rpartition("-")[2],
        f"{ordinal.node} {'' if ordinal.node_state.well else ordinal.node_state.status.label}".strip(),
        str(ordinal.restarts),
        ", ".join(claims),
        ordinal.dns.status.label if short else f"{ordinal.dns.name} {ordinal.dns.status.label}".strip(),
        age(state.since, now),
    )


def _marks(ordinal: OrdinalView) -> Iterator[str]:
    """What the screen writes after the state of an ordinal."""
    if ordinal.place is not Place.EXPECTED:
        yield f"({ordinal.place.value})"
    if ordinal.next:
        yield "(next)"


def _outside(view: SetView) -> str:
    """`2 surplus pods, 1 orphaned pod`: the pods outside the expected ordinals."""
    places = Counter(ordinal.place for ordinal in view.ordinals if ordinal.place is not Place.EXPECTED)
    return ", ".join(count(number, f"{place.value} pod") for place, number in places.items())


def _size(size: int | None) -> str:
    return f" {' '.join(format_bytes(size))}" if size is not None else ""

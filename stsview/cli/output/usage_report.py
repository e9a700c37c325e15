"""Usage of a set, as text and as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from stsview.cli.output.console import Console, Piece
from stsview.cli.output.document import document
from stsview.cli.output.table import Table, print_table
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.model.usage.set_usage import STALE, ClaimUsage, PodUsage, SetUsage
from stsview.text.ages import age
from stsview.text.columns import Align, Column
from stsview.text.glyphs import active
from stsview.text.usage_words import amount_words, cores, health_of_share, percent, size


class ReadUsage(msgspec.Struct, frozen=True):
    snapshot: Snapshot
    usage: SetUsage


_COLUMNS = (
    Column("ordinal", "ORD", priority=190, align=Align.RIGHT),
    Column("pod", "POD", priority=110),
    Column("cpu", "CPU", priority=170),
    Column("memory", "MEMORY", priority=180),
    Column("measured", "AGE", priority=100, align=Align.RIGHT),
    Column("claim", "PVC", min_width=12, priority=150),
    Column("used", "USED", priority=160),
    Column("full", "FULL", priority=200, align=Align.RIGHT),
    Column("inodes", "INODES", priority=120, align=Align.RIGHT),
)


def print_usage(usage: SetUsage, console: Console) -> None:
    """A line for each PVC of each pod, and what is not known."""
    for sentence in usage.unknown:
        console.sentence(sentence, ("? ", "bold"))
    if not usage.pods:
        console.line("no pods")
        return
    forms = [
        Table(_COLUMNS, tuple(cells for pod in usage.pods for cells in _rows(pod, usage, short=short)))
        for short in (False, True)
    ]
    print_table(console, *forms)
    console.line("")
    console.sentence((f"CPU and memory: used / request / limit; {active().nothing} is unknown or not set", "dim"))


def usage_document(read: ReadUsage) -> dict[str, Any]:
    """The usage, as the documentation of JSON output lists."""
    usage = read.usage
    return document(
        "SetUsage",
        read.snapshot,
        key=usage.key,
        unknown=usage.unknown,
        pods=usage.pods,
        limits=usage.limits,
        unread=usage.unread,
        unreadWhy=usage.unread_why,
    )


def _rows(pod: PodUsage, usage: SetUsage, *, short: bool) -> list[tuple[Piece, ...]]:
    """`short`: name the template of a PVC, such as `data`, where the rest of its name is that of the pod."""
    stale = pod.measured is not None and usage.now - pod.measured > STALE
    head: tuple[Piece, ...] = (
        str(pod.ordinal),
        pod.pod,
        amount_words(pod.cpu, cores),
        (amount_words(pod.memory, size), _style(_share(pod), usage.limits.memory)),
        (age(pod.measured, usage.now), "bold yellow" if stale else "dim"),
    )
    if not pod.claims:
        return [(*head, *(active().nothing,) * 4)]
    return [
        (*(head if not number else ("",) * len(head)), *_claim(claim, usage, pod.pod if short else ""))
        for number, claim in enumerate(pod.claims)
    ]


def _claim(claim: ClaimUsage, usage: SetUsage, pod: str) -> tuple[Piece, ...]:
    return (
        claim.claim.removesuffix(f"-{pod}") if pod else claim.claim,
        f"{size(claim.used)}/{size(claim.capacity)}",
        (percent(claim.fullness), _style(claim.fullness, usage.limits.volume)),
        (percent(claim.inode_fullness), _style(claim.inode_fullness, usage.limits.volume)),
    )


def _share(pod: PodUsage) -> float | None:
    """Of its memory limit, of the container that is nearest to it."""
    shares = [one.memory.used / one.memory.limit for one in pod.containers if one.memory.limit and one.memory.used]
    return max(shares, default=None)


def _style(share: float | None, limit: float) -> str:
    return {Health.DEGRADED: "bold red", Health.WARNING: "bold yellow"}.get(health_of_share(share, limit), "")

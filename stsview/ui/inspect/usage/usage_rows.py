"""Rows of the table of usage, and the details of one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from stsview.model.timing.durations import short
from stsview.model.usage import Amount, ClaimUsage, PodUsage, SetUsage
from stsview.model.usage_history import FullIn, UsageHistory
from stsview.text.glyphs import active
from stsview.text.usage_words import amount_words, cores, health_of_share, percent, size, sparkline
from stsview.ui.kit.look.health_roles import role_of
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Align, Column

COLUMNS = (
    Column("ordinal", "ORD", min_width=3, align=Align.RIGHT, priority=200),
    Column("pod", "POD", max_width=40, priority=140),
    Column("cpu", "CPU", priority=160, align=Align.RIGHT),
    Column("cpu_requirements", "REQUEST/LIMIT", priority=90),
    Column("memory", "MEMORY", priority=170, align=Align.RIGHT),
    Column("memory_requirements", "REQUEST/LIMIT", priority=80),
    Column("claim", "PVC", min_width=8, max_width=40, priority=120),
    Column("used", "USED", priority=150),
    Column("full", "FULL", min_width=4, align=Align.RIGHT, priority=195),
    Column("full_in", "FULL IN", min_width=7, priority=180),
    Column("inodes", "INODES", min_width=6, align=Align.RIGHT, priority=100),
)


class UsageRow(msgspec.Struct, frozen=True):
    """A PVC of a pod, or a pod without one."""

    pod: PodUsage
    claim: ClaimUsage | None = None

    @property
    def key(self) -> str:
        return f"{self.pod.pod}/{self.claim.claim if self.claim is not None else ''}"


def usage_rows(usage: SetUsage) -> tuple[UsageRow, ...]:
    return tuple(UsageRow(pod, claim) for pod in usage.pods for claim in pod.claims or (None,))


def usage_cells(row: UsageRow, history: UsageHistory) -> tuple[Spans, ...]:
    pod, claim = row.pod, row.claim
    first = claim is None or claim is pod.claims[0]
    head: tuple[Spans, ...] = (
        ((str(pod.ordinal), Role.STRONG),),
        ((pod.pod, Role.BRIGHT),),
        ((cores(pod.cpu.used), Role.TEXT),),
        ((_requirements(pod.cpu, cores), Role.DIM),),
        ((size(pod.memory.used), _role(_share(pod.memory))),),
        ((_requirements(pod.memory, size), Role.DIM),),
    )
    head = head if first else ((),) * len(head)
    if claim is None:
        return (*head, *((((active().nothing, Role.DIM),)),) * 5)
    full_in = history.full_in(claim)
    role = _role(claim.fullness)
    return (
        *head,
        ((claim.claim, Role.TEXT),),
        ((f"{size(claim.used)}/{size(claim.capacity)}", Role.TEXT),),
        ((percent(claim.fullness), role.strong),),
        ((f"~{short(full_in.seconds)}" if full_in is not None else "", role),),
        ((percent(claim.inode_fullness), _role(claim.inode_fullness)),),
    )


def usage_lines(row: UsageRow, usage: SetUsage, history: UsageHistory) -> tuple[tuple[str, Spans], ...]:
    """Details of one row, as labelled lines; the last one may be long."""
    pod, claim = row.pod, row.claim
    lines: list[tuple[str, Spans]] = [
        ("cpu", _amount(amount_words(pod.cpu, cores), history.cpu(pod.pod))),
        ("memory", _amount(amount_words(pod.memory, size), history.memory(pod.pod))),
    ]
    if claim is not None:
        words = f"{percent(claim.fullness)} full, {size(claim.available)} left of {size(claim.capacity)}"
        lines.append(("volume", ((words, _role(claim.fullness)),)))
        if (full_in := history.full_in(claim)) is not None:
            lines.append(("trend", ((trend_words(full_in), Role.TEXT),)))
    if usage.unknown:
        lines.append(("unknown", (("; ".join(usage.unknown), Role.WARNING),)))
    return tuple(lines)


def trend_words(full_in: FullIn) -> str:
    """When it is full, and how sure that is."""
    sure = "" if full_in.span * 4 >= full_in.seconds else ", too short to be sure"
    return f"full in about {short(full_in.seconds)}, by the last {short(full_in.span)} of measurements{sure}"


def _amount(words: str, values: list[int]) -> Spans:
    return (
        (words, Role.TEXT),
        (" used / request / limit", Role.DIM),
        (f"  {sparkline(values)}" if len(values) > 1 else "", Role.ACCENT),
    )


def _requirements(amount: Amount, words: Callable[[int | None], str]) -> str:
    return f"{words(amount.request)} / {words(amount.limit)}"


def _share(amount: Amount) -> float | None:
    return amount.used / amount.limit if amount.used is not None and amount.limit else None


def _role(share: float | None) -> Role:
    health = health_of_share(share)
    return Role.TEXT if share is None or health.name == "READY" else role_of(health)

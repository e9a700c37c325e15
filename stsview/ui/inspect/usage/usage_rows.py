"""Rows of the table of usage, and the details of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from stsview.model.timing.durations import short
from stsview.model.usage.set_usage import Amount, ClaimUsage, PodUsage, SetUsage
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.text.glyphs import active
from stsview.text.usage_words import cores, size
from stsview.ui.inspect.usage.usage_spans import (
    claim_usage,
    cpu,
    fullness,
    inodes,
    left_until_full,
    memory,
    pod_usage,
    share_role,
    trend_words,
)
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


def usage_cells(row: UsageRow, measured: MeasuredUsage, now: datetime) -> tuple[Spans, ...]:
    pod, claim, usage = row.pod, row.claim, measured.usage
    first = claim is None or claim is pod.claims[0]
    head: tuple[Spans, ...] = (
        ((str(pod.ordinal), Role.STRONG),),
        ((pod.pod, Role.BRIGHT),),
        cpu(pod, now),
        ((_requirements(pod.cpu, cores), Role.DIM),),
        memory(pod, usage, now),
        ((_requirements(pod.memory, size), Role.DIM),),
    )
    head = head if first else ((),) * len(head)
    if claim is None:
        return (*head, *((((active().nothing, Role.DIM),)),) * 5)
    full_in = measured.full_in.get(claim.claim)
    return (
        *head,
        ((claim.claim, Role.TEXT),),
        ((f"{size(claim.used)}/{size(claim.capacity)}", Role.TEXT),),
        fullness(claim, usage, now),
        ((f"~{short(left_until_full(full_in, claim, now))}" if full_in is not None else "", _role(claim, usage)),),
        inodes(claim, usage, now),
    )


def usage_lines(row: UsageRow, measured: MeasuredUsage, now: datetime) -> tuple[tuple[str, Spans], ...]:
    """Details of one row, as labelled lines; the last one may be long."""
    pod, claim = row.pod, row.claim
    of_cpu, of_memory = pod_usage(pod, measured)
    lines: list[tuple[str, Spans]] = [("cpu", of_cpu), ("memory", of_memory)]
    if claim is not None:
        lines.append(("volume", claim_usage(claim, measured)))
        if (full_in := measured.full_in.get(claim.claim)) is not None:
            lines.append(("trend", ((trend_words(full_in, claim, now), Role.TEXT),)))
    if measured.usage.unknown:
        lines.append(("unknown", (("; ".join(measured.usage.unknown), Role.WARNING),)))
    return tuple(lines)


def _role(claim: ClaimUsage, usage: SetUsage) -> Role:
    return share_role(claim.fullness, usage.limits.volume)


def _requirements(amount: Amount, words: Callable[[int | None], str]) -> str:
    return f"{words(amount.request)} / {words(amount.limit)}"

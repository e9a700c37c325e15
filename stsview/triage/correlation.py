"""Correlation of findings: symptoms are shown below their cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from stsview.model.finding import Finding, Reaches
from stsview.triage.rule import Rule


def correlate(
    found: Iterable[tuple[Rule, Finding]],
    blocking: int | None = None,
    mark: Callable[[Finding], Finding] = lambda finding: finding,
) -> tuple[Finding, ...]:
    """The findings that stand on their own, the worst first.

    Of equal findings those about the ordinal `blocking` come first.

    `found` is in the order of the catalogue, causes before symptoms: a finding is placed below the first one that
    explains it, and lends that its level if it is higher. A fallback's finding is dropped if another one explains it.

    `mark` marks those that are acknowledged. Such a finding becomes a notice, with those below it that only sum it up;
    whatever else it explains stands on its own.
    """
    heads: list[_Head] = []
    for rule, finding in found:
        sums_up = rule.total or rule.fallback
        above = next(
            (
                head
                for head in heads
                if (sums_up or not head.marked.acknowledged) and _explains(head.rule, head.finding, rule, finding)
            ),
            None,
        )
        if rule.fallback and (above is not None or _covered(finding, heads)):
            continue
        marked = mark(finding)
        if above is None:
            heads.append(_Head(rule, finding, marked, []))
        else:
            above.below.append(marked)
    return tuple(sorted(map(_standing, heads), key=lambda head: (-head.level, blocking not in head.ordinals)))


class _Head(NamedTuple):
    """A finding that stands on its own."""

    rule: Rule
    finding: Finding
    marked: Finding
    below: list[Finding]
    """Marked too."""


def _standing(head: _Head) -> Finding:
    marked = head.marked
    if not head.below:
        return marked
    level = marked.level if marked.acknowledged else max([marked.level, *(one.level for one in head.below)])
    return replace(marked, below=tuple(head.below), level=level)


def _explains(cause: Rule, head: Finding, rule: Rule, finding: Finding) -> bool:
    if Reaches.SET in cause.reaches:
        return True
    if Reaches.ORDINALS not in cause.reaches or not finding.ordinals:
        return False
    explained = set(head.ordinals).intersection(finding.ordinals)
    return len(explained) == len(finding.ordinals) if rule.total else bool(explained)


def _covered(finding: Finding, heads: list[_Head]) -> bool:
    """Whether another finding of its level or worse covers this one.

    It does if it concerns one of the same ordinals, or if one of the two concerns the whole set.
    """
    return any(
        head.finding.level >= finding.level
        and (
            not finding.ordinals
            or not head.finding.ordinals
            or set(head.finding.ordinals).intersection(finding.ordinals)
        )
        for head in heads
    )

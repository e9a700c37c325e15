"""Correlation of findings: symptoms are shown below their cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
    heads: list[tuple[Rule, Finding, list[Finding]]] = []
    for rule, finding in found:
        sums_up = rule.total or rule.fallback
        above = next(
            (
                below
                for cause, head, below in heads
                if (sums_up or not mark(head).acknowledged) and _explains(cause, head, rule, finding)
            ),
            None,
        )
        if rule.fallback and (above is not None or _covered(finding, heads)):
            continue
        if above is None:
            heads.append((rule, finding, []))
        else:
            above.append(finding)
    standing = [_standing(head, below, mark) for _, head, below in heads]
    return tuple(sorted(standing, key=lambda head: (-head.level, blocking not in head.ordinals)))


def _standing(head: Finding, below: list[Finding], mark: Callable[[Finding], Finding]) -> Finding:
    head, marked = mark(head), tuple(map(mark, below))
    level = head.level if head.acknowledged else max([head.level, *(one.level for one in marked)])
    return replace(head, below=marked, level=level)


def _explains(cause: Rule, head: Finding, rule: Rule, finding: Finding) -> bool:
    if Reaches.SET in cause.reaches:
        return True
    if Reaches.ORDINALS not in cause.reaches or not finding.ordinals:
        return False
    explained = set(head.ordinals).intersection(finding.ordinals)
    return len(explained) == len(finding.ordinals) if rule.total else bool(explained)


def _covered(finding: Finding, heads: list[tuple[Rule, Finding, list[Finding]]]) -> bool:
    """Whether another finding of its level or worse covers this one.

    It does if it concerns one of the same ordinals, or if one of the two concerns the whole set.
    """
    return any(
        head.level >= finding.level
        and (not finding.ordinals or not head.ordinals or set(head.ordinals).intersection(finding.ordinals))
        for _, head, _ in heads
    )

"""The order in which several nodes can be drained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stsview.model.base import Record
from stsview.model.nodes.drain import NOTHING_DRAINED, Drained, DrainVerdict, DrainView

Judge = Callable[[str, Drained], DrainView]
"""What a drain of a node would do after those drains."""


class DrainStep(Record, frozen=True):
    """One node of the order."""

    drain: DrainView
    uncordon_first: tuple[str, ...] = ()
    """Nodes to uncordon before its drain: a member on it can start nowhere else. Members may move to it before that, so
    that its drain has to be judged again."""

    @property
    def safe(self) -> bool:
        return not self.uncordon_first and is_safe(self.drain)


def drain_order(nodes: Sequence[str], judge: Judge) -> tuple[DrainStep, ...]:
    """The nodes in an order in which each drain is as safe as can be.

    All of them are cordoned first, so that no member moves to a node that is drained later; a drain begins when all
    members that could start elsewhere are Ready again. What is not safe in any order comes last, as things are.
    """
    chosen = tuple(dict.fromkeys(nodes))
    left, drained = list(chosen), Drained(chosen)
    safe: list[DrainStep] = []
    after_uncordon: list[DrainStep] = []
    unsafe: list[DrainStep] = []
    while left:
        drain = min((judge(node, drained) for node in left), key=_rank)
        left.remove(drain.node)
        alone = judge(drain.node, NOTHING_DRAINED)
        if _rank(alone) < _rank(drain):
            others = tuple(node for node in chosen if node != drain.node)
            after_uncordon.append(DrainStep(alone, others))
            continue
        (safe if is_safe(drain) else unsafe).append(DrainStep(drain))
        drained = Drained(chosen, (*drained.stuck, *drain.stuck))
    return (*safe, *after_uncordon, *unsafe)


def is_safe(drain: DrainView) -> bool:
    return drain.verdict in (DrainVerdict.SAFE, DrainVerdict.NOTHING)


def _rank(drain: DrainView) -> int:
    return drain.verdict.rank

"""Checks before a growth, one function each."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.actions.intents import Grow
from stsview.actions.operations.grow.claim_steps import ordinals_of
from stsview.actions.operations.grow.facts import GrowFacts
from stsview.actions.plan import Check, ClaimStep, Deed, Result
from stsview.model.names import in_order, listed
from stsview.objects.kinds import CLAIMS
from stsview.objects.quantity import parse_bytes

_MOST_REASONS = 3


def claims(facts: GrowFacts, intent: Grow) -> Iterator[Check]:
    """Which claims grow, and which cannot: each of those refuses the plan."""
    fresh = facts.fresh
    if facts.target.fault:
        yield Check("claims", Result.FAIL, facts.target.fault)
        return
    _, fault = ordinals_of(fresh, intent)
    if fault:
        yield Check("claims", Result.FAIL, fault)
        return
    if why := fresh.unread(CLAIMS):
        yield Check("claims", Result.UNKNOWN, f"cannot read the PVCs: {why}", required=True)
        return
    refused = [step for step in facts.steps if step.deed is Deed.REFUSE]
    for step in refused[:_MOST_REASONS]:
        yield Check("claims", Result.FAIL, step.why)
    if len(refused) > _MOST_REASONS:
        rest = listed([step.name for step in refused[_MOST_REASONS:]])
        yield Check("claims", Result.FAIL, f"{rest} cannot grow either")
    if refused:
        return
    left = [step for step in facts.steps if step.left]
    if not left and facts.recreation is None and not intent.continues:
        yield Check("claims", Result.FAIL, _nothing(facts, intent))
    elif not left:
        yield Check("claims", Result.PASS, f"every PVC has {intent.size} already")
    else:
        there = f"; {_named(facts.steps, Deed.NOTHING)}" if len(left) < len(facts.steps) else ""
        yield Check("claims", Result.PASS, f"{len(left)} of {len(facts.steps)} PVCs can grow to {intent.size}{there}")


def _nothing(facts: GrowFacts, intent: Grow) -> str:
    size, name = facts.target.size, facts.target.name
    if intent.template:
        return f"every PVC has {intent.size} already, and so has template {name}"
    differs = parse_bytes(size) != parse_bytes(intent.size)
    also = f"; template {name} has {size}: --template changes that" if differs else ""
    return f"every PVC has {intent.size} already{also}"


def _named(steps: tuple[ClaimStep, ...], deed: Deed) -> str:
    names = [step.name for step in steps if step.deed is deed]
    return f"{listed(names)} {'has' if len(names) == 1 else 'have'} it already"


def unknown(facts: GrowFacts) -> Iterator[Check]:
    """What could not be read: the dry run of each request has the last word."""
    for why in dict.fromkeys(step.unknown for step in facts.steps if step.unknown):
        yield Check("class", Result.UNKNOWN, f"unknown: {why}")


def restarts(facts: GrowFacts) -> Iterator[Check]:
    """Whether the pods could be restarted, should a driver need that.

    It refuses the plan where a file system waits for its pod already.
    """
    plan = facts.restart
    if plan is None:
        yield Check("restart", Result.PASS, "no pod has to restart")
        return
    certain = [step.pod for step in facts.steps if step.waits_for_pod]
    if not plan.refused:
        what = f"{in_order(certain)} can restart" if certain else "pods could restart, should the driver need that"
        yield Check("restart", Result.PASS, what)
        return
    why = plan.refused[0].words
    if certain:
        yield Check("restart", Result.FAIL, f"{in_order(certain)} has to restart: {why}")
    else:
        yield Check("restart", Result.WARN, f"should the driver need a restart, it would stop there: {why}")


def unfinished_growth(facts: GrowFacts, intent: Grow) -> Check:
    """Whether an earlier growth of the set is unfinished."""
    begun = facts.begun
    if begun is None:
        if intent.continues:
            return Check("unfinished", Result.FAIL, "there is no unfinished growth to resume")
        return Check("unfinished", Result.PASS, "no unfinished growth")
    if begun.running:
        return Check("unfinished", Result.FAIL, f"another stsview is at it: {begun.words}")
    if intent.continues:
        if begun.journal is not None and begun.journal.id == intent.continues:
            return Check("unfinished", Result.PASS, f"resumes {begun.words}")
        return Check("unfinished", Result.FAIL, f"this is not the growth to resume: {begun.words}")
    return Check("unfinished", Result.WARN, f"{begun.words}; this one replaces it")

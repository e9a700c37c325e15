"""Checks that several actions make, one function each."""

from __future__ import annotations

from collections.abc import Collection

from stsview.actions.intents import SetIntent
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import being_deleted, recreated
from stsview.model.names import listed
from stsview.model.related import quorum
from stsview.model.settings import ModelSettings
from stsview.model.states import BudgetKind, Health
from stsview.model.views import OrdinalView, Place
from stsview.objects.kinds import BUDGETS, PODS


def same_set(fresh: FreshState, intent: SetIntent) -> Check:
    """Whether it is still the same object.

    A set that was recreated has the same name and another uid.
    """
    uid = fresh.set.metadata.uid
    if uid == intent.set_uid:
        return Check("same-set", Result.PASS, "same object (uid unchanged)")
    return Check("same-set", Result.FAIL, recreated(fresh.view.name))


def not_deleted(fresh: FreshState) -> Check:
    if fresh.set.metadata.deletion_timestamp is None:
        return Check("not-deleted", Result.PASS, f"{fresh.view.name} is not being deleted")
    return Check("not-deleted", Result.FAIL, being_deleted(fresh.view.name))


def other_writers(fresh: FreshState) -> Check:
    """Who else writes the set, and may revert the change."""
    named = [" ".join(part for part in (who.kind, who.name) if part) for who in fresh.view.writers]
    if named:
        return Check("writers", Result.WARN, f"{listed(named)} also writes this set and may revert the change")
    if fresh.view.writers_unknown:
        return Check("writers", Result.UNKNOWN, f"cannot tell whether it is autoscaled: {fresh.view.writers_unknown}")
    return Check("writers", Result.PASS, "no other writer detected (HPA, GitOps, operator)")


def budgets(fresh: FreshState) -> Check:
    """The PodDisruptionBudget, for information.

    It limits evictions, not scaling or deletion (documentation: "Disruptions").
    """
    budget = fresh.view.budget
    if why := fresh.unread(BUDGETS):
        return Check("budget", Result.UNKNOWN, f"PodDisruptionBudget unknown: {why}")
    if budget.kind is BudgetKind.NONE:
        return Check("budget", Result.PASS, "no PodDisruptionBudget")
    words = f"PodDisruptionBudget {budget.name}: {budget.label}" if budget.name else budget.label
    if budget.health is Health.WARNING:
        return Check("budget", Result.WARN, f"{words}; it does not prevent this")
    return Check("budget", Result.PASS, words)


def members(fresh: FreshState, removed: Collection[str], settings: ModelSettings, expected: int | None = None) -> Check:
    """How many members remain available without the pods in `removed`.

    Of `expected` members; None: the present replicas.

    It is a WARN below a known quorum, or where other members are down already.
    """
    if why := fresh.unread(PODS):
        return Check("members", Result.UNKNOWN, f"cannot tell which members are available: {why}")
    left = members_up(fresh, removed)
    total = fresh.view.replicas if expected is None else expected
    needed = quorum_of(fresh, settings)
    available = f"{_verb(removed, left)} available"
    only = f"only {left}" if left else "none"
    if needed is not None and left < needed:
        return Check("members", Result.WARN, f"{only} of {total} {available}, below the quorum of {needed}")
    if others := [row.name for row in down(fresh, removed)]:
        already = f"{listed(others)} {'is' if len(others) == 1 else 'are'}{' already' if removed else ''} down"
        return Check("members", Result.WARN, f"{only} of {total} {available} ({already})")
    every = f"{left} of {total} {'member' if total == 1 else 'members'} {_verb(removed, total)} available"
    return Check("members", Result.PASS, every + (f" (quorum {needed})" if needed is not None else ""))


def _verb(removed: Collection[str], number: int) -> str:
    if removed:
        return "remain" if number > 1 else "remains"
    return "are" if number > 1 else "is"


def members_up(fresh: FreshState, removed: Collection[str]) -> int:
    """How many members are available, not counting those in `removed`."""
    return sum(1 for row in _members(fresh) if row.available and row.name not in removed)


def down(fresh: FreshState, removed: Collection[str]) -> list[OrdinalView]:
    """Members that are not available, other than those in `removed`."""
    return [row for row in _members(fresh) if not row.available and row.name not in removed]


def quorum_of(fresh: FreshState, settings: ModelSettings) -> int | None:
    """How many members must be available, by the annotation or the configuration.

    None where neither says.
    """
    configured = quorum.quorum_of(fresh.set, settings)
    return configured.needed if configured is not None else None


def _members(fresh: FreshState) -> list[OrdinalView]:
    return [row for row in fresh.view.ordinals if row.place is Place.EXPECTED]

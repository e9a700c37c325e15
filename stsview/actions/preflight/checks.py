"""What is checked for every action: one check, one function."""

from __future__ import annotations

from collections.abc import Collection

from stsview.actions.intents import Intent
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import being_deleted, recreated
from stsview.model.names import listed
from stsview.model.related import quorum
from stsview.model.settings import ModelSettings
from stsview.model.states import BudgetKind, Health
from stsview.model.views import OrdinalView, Place
from stsview.objects.kinds import BUDGETS, PODS


def same_set(found: FreshState, intent: Intent) -> Check:
    """The set still is the one that was seen: a set that was made anew under the name is another."""
    uid = found.set.metadata.uid
    if uid == intent.set_uid:
        return Check("same-set", Result.PASS, f"{found.view.name} is the set that you see")
    return Check("same-set", Result.FAIL, recreated(found.view.name))


def not_deleted(found: FreshState) -> Check:
    if found.set.metadata.deletion_timestamp is None:
        return Check("not-deleted", Result.PASS, f"{found.view.name} is not being deleted")
    return Check("not-deleted", Result.FAIL, being_deleted(found.view.name))


def other_writers(found: FreshState) -> Check:
    """Who else writes the set, and may undo what is done here."""
    named = [" ".join(part for part in (who.kind, who.name) if part) for who in found.view.writers]
    if named:
        return Check("writers", Result.WARN, f"{listed(named)} also writes this set, and may undo it")
    if found.view.writers_unknown:
        return Check(
            "writers", Result.UNKNOWN, f"whether anybody else scales it is unknown: {found.view.writers_unknown}"
        )
    return Check("writers", Result.PASS, "nobody else is seen to write this set")


def budgets(found: FreshState) -> Check:
    """For information: neither scaling nor deleting asks them (documentation: "Disruptions")."""
    budget = found.view.budget
    if why := found.unread(BUDGETS):
        return Check("budget", Result.UNKNOWN, f"its disruption budget is unknown: {why}")
    if budget.health is Health.WARNING:
        return Check(
            "budget", Result.WARN, f"budget {budget.name} {budget.label}: it does not stop this".replace("  ", " ")
        )
    words = (
        "there is no disruption budget" if budget.kind is BudgetKind.NONE else f"budget {budget.name}: {budget.label}"
    )
    return Check("budget", Result.PASS, words)


def members(found: FreshState, going: Collection[str], settings: ModelSettings, expected: int | None = None) -> Check:
    """How many members are up once the pods named in `going` are not, of `expected` (None: as many as now).

    Where the quorum is known and would not be reached, it is a WARN that asks for the name to be typed.
    """
    if why := found.unread(PODS):
        return Check("members", Result.UNKNOWN, f"which members are up is unknown: {why}")
    left = members_up(found, going)
    total = found.view.replicas if expected is None else expected
    needed = quorum_of(found, settings)
    words = f"{left} of {total} members {'stay' if going else 'are'} up"
    if needed is not None and left < needed:
        return Check("members", Result.WARN, f"{words}, fewer than the quorum of {needed}")
    if others := down(found, going):
        return Check("members", Result.WARN, f"{words}: {listed([row.name for row in others])} down already")
    return Check("members", Result.PASS, words + (f", the quorum is {needed}" if needed is not None else ""))


def members_up(found: FreshState, going: Collection[str]) -> int:
    """Members that are available, those in `going` apart."""
    return sum(1 for row in _members(found) if row.available and row.name not in going)


def down(found: FreshState, going: Collection[str]) -> list[OrdinalView]:
    """Members that are not available although they should be, those in `going` apart."""
    return [row for row in _members(found) if not row.available and row.name not in going]


def quorum_of(found: FreshState, settings: ModelSettings) -> int | None:
    """How many members must be up, where the annotation or the configuration says so; else nobody knows."""
    told = quorum.quorum_of(found.set, settings)
    return told.needed if told is not None else None


def _members(found: FreshState) -> list[OrdinalView]:
    return [row for row in found.view.ordinals if row.place is Place.EXPECTED]

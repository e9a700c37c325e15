"""The claims of a case: each with the ordinal that it is for, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Ref
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import ClaimStatus
from stsview.model.views import ClaimView
from stsview.objects.claim import PersistentVolumeClaim

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class OrdinalClaim:
    """A claim that exists, of an expected ordinal whether that has a pod or not."""

    row: Row
    view: ClaimView
    claim: PersistentVolumeClaim

    @property
    def name(self) -> str:
        return self.view.name


def ordinal_claims(
    case: RuleInput, *statuses: ClaimStatus, such: Callable[[ClaimView], bool] | None = None
) -> Iterator[OrdinalClaim]:
    """By ascending ordinal; only those of the given statuses, where there are any, and only `such`.

    A claim that several pods share comes once for each of them.
    """
    held, claims = case.facts.objects.claims, case.facts.claims
    for row in case.facts.rows.expected:
        for view in claims.get(row.name, ()):
            if (not statuses or view.status in statuses) and (such is None or such(view)):
                claim = held.get(view.name)
                if claim is not None:
                    yield OrdinalClaim(row, view, claim)


def group_by_cause(
    held: Iterable[OrdinalClaim], cause: Callable[[OrdinalClaim], T | None]
) -> dict[T, list[OrdinalClaim]]:
    """Those that share a cause together, in their order; those that have none are left out."""
    found: dict[T, list[OrdinalClaim]] = {}
    for one in held:
        why = cause(one)
        if why is not None:
            found.setdefault(why, []).append(one)
    return found


def pods_of(held: Iterable[OrdinalClaim]) -> str:
    """The pods that they are for: `web-0, web-1 and web-2`."""
    return listed(list(dict.fromkeys(one.row.name for one in held)))


def claim_label(held: Iterable[OrdinalClaim]) -> str:
    """`claim data-web-0`, `claims data-web-0 and data-web-1`."""
    names = list(dict.fromkeys(one.name for one in held))
    return f"{'claim' if len(names) == 1 else 'claims'} {listed(names)}"


def ordinals(held: Iterable[OrdinalClaim]) -> Iterator[int]:
    return (one.row.ordinal for one in held)


def wait_consequence(case: RuleInput, held: Iterable[OrdinalClaim]) -> str:
    """What follows, where it is one of their pods that the controller waits for."""
    wait = case.view.wait
    return wait.so if wait.ordinal in {one.row.ordinal for one in held} else ""


def claim_ref(case: RuleInput, name: str, uid: str = "") -> Ref:
    return Ref("PersistentVolumeClaim", case.view.namespace, name, uid)

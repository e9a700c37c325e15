"""The PVCs of a set, each with the ordinal that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from stsview.model.explain.rule_input import OrdinalClaim as OrdinalClaim
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Ref
from stsview.model.names import listed
from stsview.model.states import ClaimStatus
from stsview.model.views import ClaimView

T = TypeVar("T", bound=Hashable)


def ordinal_claims(
    case: RuleInput, *statuses: ClaimStatus, such: Callable[[ClaimView], bool] | None = None
) -> Sequence[OrdinalClaim]:
    """The PVCs in one of the given states, by ascending ordinal.

    Without states, all; and only those for which `such` holds.

    A PVC that several pods share is yielded once for each of them.
    """
    return [
        one for one in case.claims if (not statuses or one.view.status in statuses) and (such is None or such(one.view))
    ]


def group_by_cause(
    group: Iterable[OrdinalClaim], cause: Callable[[OrdinalClaim], T | None]
) -> dict[T, list[OrdinalClaim]]:
    """PVCs with the same cause together, in order; those without a cause are left out."""
    found: dict[T, list[OrdinalClaim]] = {}
    for one in group:
        why = cause(one)
        if why is not None:
            found.setdefault(why, []).append(one)
    return found


def pods_of(group: Iterable[OrdinalClaim]) -> str:
    """The pods that the PVCs belong to: `web-0, web-1 and web-2`."""
    return listed(list(dict.fromkeys(one.row.name for one in group)))


def claim_label(group: Iterable[OrdinalClaim]) -> str:
    """`PVC data-web-0`, `PVCs data-web-0 and data-web-1`."""
    names = list(dict.fromkeys(one.name for one in group))
    return f"{'PVC' if len(names) == 1 else 'PVCs'} {listed(names)}"


def ordinals(group: Iterable[OrdinalClaim]) -> Iterator[int]:
    return (one.row.ordinal for one in group)


def wait_consequence(case: RuleInput, group: Iterable[OrdinalClaim]) -> str:
    """The consequence of the wait for a pod of one of these PVCs; else empty."""
    wait = case.view.wait
    return wait.so if wait.ordinal in {one.row.ordinal for one in group} else ""


def claim_ref(case: RuleInput, name: str, uid: str = "") -> Ref:
    return Ref("PersistentVolumeClaim", case.view.namespace, name, uid)

"""What a growth without a journal was about, from the claims of the set alone: another machine may have begun it."""

from __future__ import annotations

from stsview.actions.intents import Grow
from stsview.model.states import ClaimStatus
from stsview.model.storage.sizes import quantity
from stsview.model.views import ClaimView, SetView


class NothingToContinue(Exception):
    """No PVC of the set is being expanded; one line."""


def intent_from_cluster(view: SetView) -> Grow:
    """The growth that the claims of a set are in the middle of.

    That is to the largest size that a claim of a template requests, where one of them does not have it, or others
    request less. Raises `NothingToContinue`.
    """
    claims: dict[str, list[ClaimView]] = {}
    for row in view.ordinals:
        for claim in row.claims:
            if row.expected and claim.template and claim.status is ClaimStatus.BOUND and claim.requested:
                claims.setdefault(claim.template, []).append(claim)
    partly = {template: size for template, found in claims.items() if (size := _unreached(found))}
    if not partly:
        raise NothingToContinue(f"nothing to continue: no PVC of {view.key} is being expanded")
    if len(partly) > 1:
        named = " and ".join(sorted(partly))
        raise NothingToContinue(f"PVCs of {named} differ in size: choose with --claim and --size")
    ((template, size),) = partly.items()
    return Grow(view.key, view.uid, quantity(size), template)


def _unreached(claims: list[ClaimView]) -> int:
    """The largest size that one of the claims requests; 0 where all have it."""
    largest = max(claim.requested or 0 for claim in claims)
    return largest if any((claim.size or 0) < largest for claim in claims) else 0

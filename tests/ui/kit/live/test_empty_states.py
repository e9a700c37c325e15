from __future__ import annotations

import pytest

from stsview.live.snapshot import Link, PictureHealth, Scope, Snapshot
from stsview.model.states import Health
from stsview.ui.kit.live.empty_states import no_sets
from tests.support.ui.fleets import NOW, fleet_of

UNREAD = ("you may not list nodes in this cluster", "you may not list jobs in this cluster")


def placeholder(health: PictureHealth, scope: Scope) -> tuple[str, tuple[str, ...], Health]:
    shown = no_sets(Snapshot(fleet_of(), scope, health, NOW))
    return shown.headline, shown.details, shown.health


def test_without_access_to_sets_only_that_is_shown() -> None:
    refusal = "you may not list statefulsets in any of 40 namespaces: ask for access"
    health = PictureHealth(Link.LIVE, degraded=(refusal, *UNREAD), blind=refusal)
    scope = Scope("prod-eu1", limit="you may not list statefulsets in any", total=40)
    headline, details, shown = placeholder(health, scope)
    assert (headline, shown) == ("no StatefulSets visible", Health.UNKNOWN)
    assert details == (refusal, "press N to choose namespaces, C to switch context")


@pytest.mark.parametrize(
    ("scope", "headline", "first"),
    [
        (Scope("prod-eu1"), "no StatefulSets in prod-eu1", "press N to choose namespaces, C to switch context"),
        (
            Scope("prod-eu1", namespaces=("data", "infra")),
            "no StatefulSets in data, infra",
            "press 0 for all namespaces",
        ),
        (
            Scope("prod-eu1", namespaces=("data", "mq"), limit="you may not list statefulsets in all", total=40),
            "no StatefulSets in the 2 namespaces you may read",
            "2 of 40 namespaces: you may not list statefulsets in all",
        ),
    ],
)
def test_an_empty_fleet_is_not_blamed_on_other_unread_kinds(scope: Scope, headline: str, first: str) -> None:
    said, details, shown = placeholder(PictureHealth(Link.LIVE, degraded=UNREAD), scope)
    assert (said, details[0], shown) == (headline, first, Health.NEUTRAL)
    assert details[-1] == "you may not list nodes and jobs in this cluster"

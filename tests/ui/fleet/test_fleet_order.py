from __future__ import annotations

from functools import partial

import pytest
from msgspec.structs import replace

from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_order import WORST_FIRST, place
from stsview.ui.kit.table import Sort, StableOrder
from stsview.ui.kit.table.stable_order import HOLD_SECONDS, kept_in_place
from tests.support.ui.fleets import healthy, picture_sets


def order(sort: Sort) -> list[str]:
    return [view.name for view in sorted(picture_sets(), key=partial(place, sort=sort))]


def test_worst_first_then_longest_first() -> None:
    assert order(WORST_FIRST) == [
        "vault",
        "kafka",
        "es-data",
        "zookeeper",
        "postgres",
        "sessions",
        "redis",
        "keycloak-db",
        "loki-ingester",
        "loki-store",
        "rabbitmq",
    ]


@pytest.mark.parametrize(
    ("column", "first"),
    [
        ("namespace", "keycloak-db"),
        ("name", "es-data"),
        ("ordinals", "loki-store"),
        ("ready", "es-data"),
        ("rollout", "redis"),
        ("claims", "loki-store"),
    ],
)
def test_a_column_sorts_what_matters_to_the_top(column: str, first: str) -> None:
    assert order(Sort(column))[0] == first


def test_ties_are_worst_first_in_both_directions() -> None:
    assert [n for n in order(Sort("namespace")) if n in {"kafka", "zookeeper", "postgres"}] == [
        "kafka",
        "zookeeper",
        "postgres",
    ]
    assert [n for n in order(Sort("namespace", reverse=True)) if n in {"kafka", "zookeeper", "postgres"}] == [
        "kafka",
        "zookeeper",
        "postgres",
    ]
    assert order(Sort("namespace", reverse=True))[0] == "es-data"


def test_a_second_click_reverses_the_order() -> None:
    once = WORST_FIRST.clicked("name")
    assert once == Sort("name")
    assert once.clicked("name") == Sort("name", reverse=True)
    assert once.clicked("name").clicked("ready") == Sort("ready")


def test_a_set_without_pods_counts_as_ready() -> None:
    empty = replace(healthy("a", "empty", 0), ready=0)
    last = max([empty, *picture_sets()], key=partial(place, sort=Sort("ready")))
    assert last.key != Key("search", "es-data")


A, B, C, D = (Key("n", name) for name in "abcd")


def test_kept_in_place() -> None:
    assert kept_in_place([A, B, C], [C, D, A]) == [A, C, D]


def test_rows_move_only_when_the_hold_ends() -> None:
    held = StableOrder[Key]()
    assert held.update([A, B, C], 0.0)
    held.hold(10.0)
    assert not held.update([C, B, A], 10.5)
    assert held.keys == [A, B, C]
    assert held.update([D, C, A], 11.0)
    assert held.keys == [A, C, D]
    assert held.is_held(10.0 + HOLD_SECONDS - 0.1)
    assert held.update([D, C, A], 10.0 + HOLD_SECONDS)
    assert held.keys == [D, C, A]


def test_a_requested_order_applies_at_once() -> None:
    held = StableOrder[Key]()
    held.update([A, B], 0.0)
    held.hold(1.0)
    held.release()
    held.update([B, A], 1.1)
    assert held.keys == [B, A]

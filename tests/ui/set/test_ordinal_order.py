from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.model.states import DnsStatus, Health
from stsview.model.views import DnsView, OrdinalView, Place, PodState
from stsview.ui.kit.table import Sort
from stsview.ui.set.ordinal_cells import columns
from stsview.ui.set.ordinal_filter import LANGUAGE
from stsview.ui.set.ordinal_order import BY_ORDINAL, SORTS, sorted_ordinals
from tests.support.ui.fleets import ago, kafka, odd_ones, ordinal_of

READY = replace(ordinal_of("db", 0), state=PodState("Ready", Health.READY, ago(days=3)), node="w-9")
BROKEN = replace(ordinal_of("db", 1), state=PodState("CrashLoopBackOff", Health.DEGRADED, ago(minutes=5)), ready=False)
OLDER = replace(BROKEN, ordinal=2, name="db-2", state=replace(BROKEN.state, since=ago(hours=1)), restarts=7)
MISSING = replace(ordinal_of("db", 3), state=PodState("missing", Health.MISSING), ready=False, uid=None, node="")
ALL = [READY, BROKEN, OLDER, MISSING]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (BY_ORDINAL, [0, 1, 2, 3]),
        (Sort("ordinal", True), [3, 2, 1, 0]),
        (Sort("state"), [2, 1, 3, 0]),
        (Sort("state", True), [0, 3, 1, 2]),
        (Sort("restarts"), [2, 0, 1, 3]),
        (Sort("since"), [1, 2, 0, 3]),
    ],
)
def test_sorting(sort: Sort, expected: list[int]) -> None:
    assert [one.ordinal for one in sorted_ordinals(ALL, sort)] == expected


@pytest.mark.parametrize("width", [60, 80, 120, 152, 200])
def test_every_sortable_column_has_an_order_and_a_letter_in_its_title(width: int) -> None:
    for column in columns(kafka(), width):
        if column.sortable:
            assert column.id in SORTS or column.id == BY_ORDINAL.column
            assert column.shortcut in column.title
            assert column.shortcut not in "NCPGFD", "keys of other commands"


@pytest.mark.parametrize("view", [kafka(), odd_ones()])
def test_every_order_can_be_computed(view: object) -> None:
    ordinals = list(view.ordinals)  # type: ignore[attr-defined]
    for column in SORTS:
        assert sorted(one.name for one in sorted_ordinals(ordinals, Sort(column))) == sorted(
            one.name for one in ordinals
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crash", [1, 2]),
        ("db-2", [2]),
        ("state:miss", [3]),
        ("state:degraded", [1, 2]),
        ("is:problem", [1, 2, 3]),
        ("is:missing", [3]),
        ("ready:yes", [0]),
        ("node:w-9", [0]),
        ("!node:w-9", [1, 2, 3]),
        ('zone:"eu-1a"', [0]),
        ("rev:7c9f", [0, 1, 2, 3]),
        ("pvc:data-db-0", [0]),
        ("claim:bound", [0, 1, 2, 3]),
        ("/db-[12]$/", [1, 2]),
    ],
)
def test_filters(text: str, expected: list[int]) -> None:
    def in_revision(one: OrdinalView) -> OrdinalView:
        zone = "eu-1a" if one.ordinal == 0 else "eu-1b"
        return replace(one, revision="db-7c9f01d2aa", node_state=replace(one.node_state, zone=zone))

    query = LANGUAGE.parse(text)
    assert not query.problem
    assert [one.ordinal for one in map(in_revision, ALL) if query.matches(one)] == expected


def test_what_needs_attention() -> None:
    well = replace(READY, dns=DnsView("db-0.db", DnsStatus.PUBLISHED, Health.READY))
    assert well.well
    bad_claim = replace(well.claims[0], health=Health.WARNING)
    for change in (
        {"ready": False},
        {"place": Place.SURPLUS},
        {"claims": (bad_claim,)},
        {"dns": replace(well.dns, health=Health.DEGRADED)},
        {"node_state": replace(well.node_state, health=Health.WARNING)},
    ):
        assert not replace(well, **change).well
    unread = replace(well.claims[0], health=Health.UNKNOWN)
    assert replace(well, claims=(unread,)).well, "what cannot be read is said once, not at every ordinal"

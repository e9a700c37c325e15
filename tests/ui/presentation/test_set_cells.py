from __future__ import annotations

from dataclasses import replace

from stsview.model.views import SetView
from stsview.ui.presentation.set_cells import RowKey, columns, ordinal_row, row_keys
from stsview.ui.roles import Role, plain
from tests.ui.fleets import (
    NOW,
    TI,
    kafka,
    odd_ones,
    ordinal_of,
    set_of,
    vault,
)

WIDE = 150


def rows(view: SetView, width: int = WIDE) -> list[dict[str, str]]:
    shown = columns(view, width)
    return [
        dict(
            zip(
                (column.id for column in shown),
                map(plain, ordinal_row(view, ordinal, key.line, NOW, shown)),
                strict=True,
            )
        )
        for key, ordinal in row_keys(view)
    ]


def test_a_line_per_ordinal() -> None:
    broken = rows(kafka())[3]
    assert broken == {
        "ordinal": "3",
        "state": "✖ CrashLoopBackOff",
        "revision": "7c9f01d2aa",
        "node": "w-1",
        "restarts": "12",
        "claim": "data ✔ Bound",
        "size": "1 Ti",
        "dns_name": "✖ not ready  kafka-3.kafka-hs.data.svc.cluster.local",
        "since": "12m",
    }
    assert rows(kafka())[2]["state"] == "● Ready  next"
    assert rows(kafka())[0]["dns_name"] == "✔ kafka-0.kafka-hs.data.svc.cluster.local"


def test_a_narrow_table_tells_whether_names_are_published_instead() -> None:
    assert rows(kafka(), 80)[0]["dns"] == "✔ published"
    assert rows(kafka(), 80)[3]["dns"] == "✖ not ready"


def test_a_role_has_a_column_only_where_one_is_told() -> None:
    assert "role" not in rows(kafka())[0]
    assert [row["role"] for row in rows(vault())] == ["active", "standby", ""]


def test_the_revision_is_bright_when_it_is_the_update_revision() -> None:
    view = kafka()
    shown = columns(view, WIDE)
    place = [column.id for column in shown].index("revision")
    roles = [ordinal_row(view, ordinal, 0, NOW, shown)[place][0][1] for _, ordinal in row_keys(view)]
    assert roles == [Role.DIM] * 3 + [Role.BRIGHT] * 3


def test_every_kind_of_row() -> None:
    lines = rows(odd_ones())
    assert [(row.get("ordinal"), row.get("state"), row["claim"]) for row in lines] == [
        ("2", "● Ready", "data ✔ Bound"),
        ("", "", "wal ✔ Bound"),
        ("3", "◐ warming up 22s left", "data ✔ Bound"),
        ("", "", "wal ✔ Bound"),
        ("4", "○ missing  next", "data ○ missing"),
        ("", "", "wal ○ missing"),
        ("7", "● Ready  condemned", "data ✔ Bound"),
        ("", "", "wal ✔ Bound"),
        ("9", "● Ready  orphaned", "—"),
        ("3", "● Ready  not of this set", "—"),
    ]
    keys = [key for key, _ in row_keys(odd_ones())]
    assert len(set(keys)) == len(keys)
    assert RowKey("ledger-3", True, 0) in keys


def test_a_deadline_that_has_passed_is_overdue() -> None:
    view = vault()
    ending = replace(view.ordinals[2], state=replace(view.ordinals[2].state, until=NOW.replace(minute=0)))
    late = replace(view, ordinals=(*view.ordinals[:2], ending))
    assert rows(late)[2]["state"] == "◌ Terminating 22m overdue"


def test_a_claim_that_grows_shows_both_sizes() -> None:
    pod = ordinal_of("db", 0, size=TI)
    growing = replace(pod, claims=(replace(pod.claims[0], requested=2 * TI),))
    assert rows(set_of("data", "db", (growing,)))[0]["size"] == "1 Ti › 2 Ti"

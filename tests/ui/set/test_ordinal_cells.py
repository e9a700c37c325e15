from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.model.states import AttachmentStatus, Health, NodeStatus, VolumeStatus
from stsview.model.views import NodeView, OrdinalView, SetView, VolumeView
from stsview.ui.kit.look.roles import Role, plain
from stsview.ui.set.ordinal_cells import RowKey, columns, ordinal_row, row_keys
from tests.support.ui.fleets import (
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
        for key, ordinal in row_keys(view.ordinals)
    ]


def test_a_row_per_ordinal() -> None:
    broken = rows(kafka())[3]
    assert broken == {
        "ordinal": "3",
        "state": "✖ CrashLoopBackOff",
        "revision": "7c9f01d2aa",
        "node_zone": "w-1 · eu-1a",
        "restarts": "12",
        "claim": "data ✔ Bound",
        "size": "1 Ti",
        "volume": "✔ attached",
        "dns_name": "✖ not ready  kafka-3.kafka-hs.data.svc.cluster.local",
        "since": "12m",
    }
    assert rows(kafka())[2]["state"] == "● Ready  next"
    assert rows(kafka())[0]["dns_name"] == "✔ kafka-0.kafka-hs.data.svc.cluster.local"


def test_a_narrow_table_shows_only_whether_names_are_published() -> None:
    assert rows(kafka(), 80)[0]["dns"] == "✔ published"
    assert rows(kafka(), 80)[3]["dns"] == "✖ not ready"


def test_the_role_column_exists_only_with_roles() -> None:
    assert "role" not in rows(kafka())[0]
    assert [row["role"] for row in rows(vault())] == ["active", "standby", ""]


def test_the_revision_is_bright_when_it_is_the_update_revision() -> None:
    view = kafka()
    shown = columns(view, WIDE)
    place = [column.id for column in shown].index("revision")
    roles = [ordinal_row(view, ordinal, 0, NOW, shown)[place][0][1] for _, ordinal in row_keys(view.ordinals)]
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
        ("7", "● Ready  surplus", "data ✔ Bound"),
        ("", "", "wal ✔ Bound"),
        ("9", "● Ready  orphaned", "—"),
        ("3", "● Ready  foreign", "—"),
    ]
    keys = [key for key, _ in row_keys(odd_ones().ordinals)]
    assert len(set(keys)) == len(keys)
    assert RowKey("ledger-3", True, 0) in keys


def test_a_deadline_that_has_passed_is_overdue() -> None:
    view = vault()
    ending = replace(view.ordinals[2], state=replace(view.ordinals[2].state, until=NOW.replace(minute=0)))
    late = replace(view, ordinals=(*view.ordinals[:2], ending))
    assert rows(late)[2]["state"] == "◌ Terminating 22m overdue"


def test_a_resized_claim_shows_both_sizes() -> None:
    pod = ordinal_of("db", 0, size=TI)
    growing = replace(pod, claims=(replace(pod.claims[0], requested=2 * TI),))
    assert rows(set_of("data", "db", (growing,)))[0]["size"] == "1 Ti › 2 Ti"


def test_an_ephemeral_claim_has_a_line_named_by_its_volume() -> None:
    pod = ordinal_of("db", 0, size=TI)
    scratch = replace(pod.claims[0], template="", name="db-0-scratch")
    lines = rows(set_of("data", "db", (replace(pod, ephemeral_claims=(scratch,)),)))
    assert [line["claim"].split()[0] for line in lines] == ["data", "scratch"]


def one(ordinal: OrdinalView, width: int = WIDE) -> dict[str, str]:
    return rows(set_of("data", "db", (ordinal,)), width)[0]


@pytest.mark.parametrize(
    ("node", "narrow", "wide"),
    [
        (NodeView("w-1", NodeStatus.READY, Health.READY, "a"), "w-1", "w-1 · a"),
        (NodeView("w-1", NodeStatus.READY, Health.READY), "w-1", "w-1"),
        (NodeView("w-1", NodeStatus.CORDONED, Health.NEUTRAL, "a"), "w-1", "w-1 · a"),
        (NodeView("w-1", NodeStatus.UNKNOWN, Health.UNKNOWN, "a"), "? w-1", "? w-1 · a"),
        (NodeView("w-1", NodeStatus.UNREACHABLE, Health.WARNING, "a"), "▲ w-1 unreachable", "▲ w-1 unreachable · a"),
        (NodeView("w-1", NodeStatus.MISSING, Health.DEGRADED), "✖ w-1 missing", "✖ w-1 missing"),
    ],
)
def test_a_node_shows_its_state_only_if_it_has_a_problem(node: NodeView, narrow: str, wide: str) -> None:
    ordinal = replace(ordinal_of("db", 0, node="w-1"), node_state=node)
    assert one(ordinal, 80)["node"] == narrow
    assert one(ordinal)["node_zone"] == wide


@pytest.mark.parametrize(
    ("volume", "cell"),
    [
        (
            VolumeView(
                VolumeStatus.BOUND, Health.READY, attachment=AttachmentStatus.ATTACHED, attachment_health=Health.READY
            ),
            "✔ attached",
        ),
        (VolumeView(VolumeStatus.BOUND, Health.READY, attachment=AttachmentStatus.NOT_ATTACHED), "not attached"),
        (
            VolumeView(
                VolumeStatus.UNKNOWN,
                Health.UNKNOWN,
                attachment=AttachmentStatus.UNKNOWN,
                attachment_health=Health.UNKNOWN,
            ),
            "? unknown",
        ),
        (
            VolumeView(
                VolumeStatus.BOUND,
                Health.READY,
                attachment=AttachmentStatus.ATTACHED_ELSEWHERE,
                attachment_health=Health.WARNING,
            ),
            "▲ attached elsewhere",
        ),
        (
            VolumeView(
                VolumeStatus.MISSING,
                Health.DEGRADED,
                attachment=AttachmentStatus.ATTACHED,
                attachment_health=Health.READY,
            ),
            "✖ missing",
        ),
    ],
)
def test_the_attachment_of_a_volume(volume: VolumeView, cell: str) -> None:
    pod = ordinal_of("db", 0)
    assert one(replace(pod, claims=(replace(pod.claims[0], volume_state=volume),)))["volume"] == cell


def test_the_volume_column_exists_only_with_attachments() -> None:
    pod = ordinal_of("db", 0)
    assert "volume" not in one(replace(pod, claims=(replace(pod.claims[0], volume_state=VolumeView()),)))


def test_drift_from_the_template_is_marked() -> None:
    pod = ordinal_of("db", 0)
    assert one(replace(pod, claims=(replace(pod.claims[0], drift=("size: x",)),)))["claim"] == "data ✔ Bound ▲ drift"


def test_a_narrow_table_shows_only_volumes_with_problems() -> None:
    pod = ordinal_of("db", 0)
    held = pod.claims[0]
    assert "volume" not in one(pod, 120)
    moving = VolumeView(
        VolumeStatus.BOUND, Health.READY, attachment=AttachmentStatus.DETACHING, attachment_health=Health.TERMINATING
    )
    assert one(replace(pod, claims=(replace(held, volume_state=moving),)), 120)["volume"] == "◌ detaching"

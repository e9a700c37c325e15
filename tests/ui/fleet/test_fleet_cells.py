from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stsview.model.states import ClaimStatus, Health
from stsview.model.views import ClaimView, Place, PodState, RolloutView, SetView
from stsview.text.columns import lay_out_columns
from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.fleet.fleet_cells import COLUMNS, SEPARATE_FROM, columns, fleet_row
from stsview.ui.fleet.ordinal_strip import ordinal_glyphs
from stsview.ui.kit.look.roles import Role, Spans, plain
from stsview.ui.set.rollout_bar import progress
from tests.support.ui.fleets import (
    NOW,
    es_data,
    healthy,
    kafka,
    odd_ones,
    on_delete,
    ordinal_of,
    redis,
    sessions,
    set_of,
    unreadable,
    vault,
    zookeeper,
)


def cell(view: SetView, column: str, shape_cells: int = 12) -> Spans:
    return dict(zip((c.id for c in COLUMNS), fleet_row(view, NOW, shape_cells), strict=True))[column]


def text(view: SetView, column: str) -> str:
    return plain(cell(view, column))


def test_a_row_of_the_fleet() -> None:
    assert [plain(spans) for spans in fleet_row(kafka(), NOW, 12)] == [
        "✖",
        "data",
        "kafka",
        "●●●✖●●",
        "5/6",
        "━━━━━━━━ 2/6",
        "6/6 6 Ti",
        "waits for kafka-3 12m · CrashLoopBackOff, exit 1, 12 times",
    ]


@pytest.mark.parametrize(
    ("view", "rollout"),
    [
        (vault(), "—"),
        (redis(), "━━━━━━━━ 1/6"),
        (sessions(), "canary 2/6"),
        (on_delete(), "OnDelete 1/5"),
    ],
)
def test_rollout(view: SetView, rollout: str) -> None:
    assert text(view, "rollout") == rollout


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (vault(), "vault-2 stuck Terminating 41m · grace period exceeded"),
        (zookeeper(), "Service zk-hs is not headless 2d · no pod has a DNS name"),
        (redis(), "waits for redis-4 38s · starting"),
        (healthy("mq", "rabbitmq", 3), ""),
        (unreadable(), "you may not list pods in vip"),
    ],
)
def test_why(view: SetView, why: str) -> None:
    assert text(view, "why") == why


def test_healthy_sets_are_dim_and_others_are_not() -> None:
    quiet = healthy("mq", "rabbitmq", 3)
    assert [role for _, role in cell(quiet, "name")] == [Role.DIM]
    assert [role for _, role in cell(kafka(), "name")] == [Role.STRONG]
    assert cell(kafka(), "ready")[0] == ("5", Role.DEGRADED_STRONG)
    assert cell(redis(), "ready")[0] == ("5", Role.PROGRESSING_STRONG)
    assert cell(es_data(), "claims")[0] == ("4", Role.WARNING_STRONG)


def test_unreadable_claims_are_not_counted_as_unbound() -> None:
    unseen = ClaimView("data", "data-web-0", ClaimStatus.UNKNOWN, Health.UNKNOWN)
    rows = tuple(replace(ordinal_of("web", number), claims=(unseen,)) for number in range(3))
    assert text(set_of("vip", "web", rows), "claims") == "?/3"


def test_a_set_without_claims_or_pods() -> None:
    empty = set_of("infra", "none", ())
    assert text(empty, "claims") == "—"
    assert text(empty, "ordinals") == "—"
    assert text(empty, "ready") == "0/0"


def test_surplus_pods_are_drawn_behind_the_ordinals_and_strays_are_not() -> None:
    assert text(odd_ones(), "ordinals") == "●◐○│●"
    stuck = with_surplus(3, Health.DEGRADED, Health.READY)
    assert ordinal_glyphs(stuck, 12)[-3:] == (("│", Role.DIM), ("✖", Role.DEGRADED), ("●", Role.DIM))
    assert plain(ordinal_glyphs(with_surplus(40, Health.DEGRADED, Health.DEGRADED), 12)) == "● 40│✖✖"
    assert plain(ordinal_glyphs(with_surplus(0, Health.TERMINATING), 12)) == "│◌"


@given(st.integers(0, 60), st.lists(st.sampled_from(list(Health)), min_size=1, max_size=60), st.integers(16, 50))
@settings(max_examples=60)
def test_surplus_pods_never_exceed_the_width(expected: int, surplus: list[Health], cells: int) -> None:
    drawn = ordinal_glyphs(with_surplus(expected, *surplus), cells)
    assert spans_width(drawn) <= cells
    if expected + 1 + len(surplus) <= cells:
        assert len(plain(drawn)) == expected + 1 + len(surplus)


@pytest.mark.parametrize("width", [58, 78, 98, 118, 150, 198])
def test_names_and_reasons_stay_at_every_width(width: int) -> None:
    views = [kafka(), vault(), es_data(), healthy("kube-system-monitoring", "prometheus-kube-prometheus-stack", 3)]
    shown = columns(width)
    rows = [fleet_row(view, NOW, 9, separate=width >= SEPARATE_FROM) for view in views]
    content = {column.id: max(spans_width(row[place]) for row in rows) for place, column in enumerate(shown)}
    placed = {place.column.id: place for place in lay_out_columns(shown, content, width)}
    assert placed["why"].width >= 20
    assert ("namespace" in placed) is (width >= SEPARATE_FROM)
    for row in rows[:3]:
        name = plain(crop_spans(row[placed["name"].index], placed["name"].width))
        assert "…" not in name
        assert "/" in name or width >= SEPARATE_FROM


def with_surplus(expected: int, *healths: Health) -> SetView:
    beyond = tuple(
        replace(ordinal_of("s", expected + number, PodState("x", health)), place=Place.SURPLUS)
        for number, health in enumerate(healths)
    )
    return set_of("n", "s", (*(ordinal_of("s", number) for number in range(expected)), *beyond))


def with_states(*healths: Health) -> SetView:
    return set_of("n", "s", tuple(ordinal_of("s", i, PodState("x", health)) for i, health in enumerate(healths)))


def test_many_ordinals_fold_into_counts() -> None:
    assert plain(ordinal_glyphs(healthy("logs", "loki", 40), 12)) == "● 40"
    assert plain(ordinal_glyphs(with_states(*[Health.READY] * 38, Health.DEGRADED, Health.DEGRADED), 12)) == "● 38 ✖ 2"
    assert plain(ordinal_glyphs(healthy("logs", "loki", 12), 12)) == "●" * 12


def test_the_worst_counts_stay_when_they_do_not_fit() -> None:
    every = (
        *[Health.READY] * 30,
        Health.DEGRADED,
        Health.TERMINATING,
        Health.MISSING,
        Health.PROGRESSING,
        Health.UNKNOWN,
    )
    assert plain(ordinal_glyphs(with_states(*every), 12)) == "● 30 ✖ 1…"


@given(st.lists(st.sampled_from(list(Health)), min_size=1, max_size=60), st.integers(8, 50))
@settings(max_examples=60)
def test_glyphs_fit_and_cover_every_ordinal(healths: list[Health], cells: int) -> None:
    drawn = ordinal_glyphs(with_states(*healths), cells)
    assert spans_width(drawn) <= max(cells, 12)
    if len(healths) <= cells:
        assert len(plain(drawn)) == len(healths)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(2, 30))
@settings(max_examples=80)
def test_a_bar_is_full_only_at_the_end_and_empty_only_at_the_start(done: int, of: int, cells: int) -> None:
    done = min(done, of)
    rollout = RolloutView("RollingUpdate", 0, "a", "b", True, False, done, of)
    bar = progress(rollout, cells)
    filled = sum(len(piece) for piece, role in bar if role is Role.PROGRESSING)
    assert sum(len(piece) for piece, role in bar if role in (Role.PROGRESSING, Role.LINE)) == cells
    assert (filled > 0) is (done > 0)
    assert (filled == cells) is (0 < of == done)


def test_only_ages_change_with_time() -> None:
    view = replace(kafka())
    now, later = fleet_row(view, NOW, 12), fleet_row(view, NOW.replace(hour=19), 12)
    assert [a != b for a, b in zip(now, later, strict=True)] == [False] * 7 + [True]

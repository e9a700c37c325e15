from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.live.header_layout import CONTEXT, SCOPE, UP, breadcrumb, header_line, segment_at
from stsview.ui.kit.live.health_text import health_forms
from stsview.ui.kit.look.roles import Spans, plain
from tests.support.ui.fleets import NOW, ago
from tests.support.ui.hostile import texts

SCOPE_OF_ALL = Scope("prod-eu1")
LOST = health_forms(PictureHealth(Link.DISCONNECTED, ago(seconds=41), NOW), NOW)
LIVE = health_forms(PictureHealth(Link.LIVE), NOW)


def drawn(width: int, path: tuple[str, ...] = (), health: tuple[Spans, ...] = LIVE) -> str:
    return plain(header_line(breadcrumb(SCOPE_OF_ALL, path), health, "18:22:07", width))


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (70, " stsview   prod-eu1  all namespaces                 ● live   18:22:07"),
        (46, " stsview   prod-eu1  all namespaces    ● live"),
        (32, " stsview   prod-eu1…     ● live"),
        (9, "  ● live"),
    ],
)
def test_what_is_dropped_first(width: int, line: str) -> None:
    assert drawn(width) == line


def test_breadcrumb_of_a_set() -> None:
    assert drawn(80, ("data", "kafka")).startswith(" stsview   prod-eu1  ›  data  ›  kafka   ")


@pytest.mark.parametrize("width", range(30, 120, 7))
def test_a_lost_connection_is_shown_at_any_width(width: int) -> None:
    line = drawn(width, ("data", "kafka"), LOST)
    assert "41 s" in line or "off" in line


@given(texts(), st.lists(texts(), max_size=3), st.sampled_from([LIVE, LOST]), st.integers(1, 220))
@settings(max_examples=100)
def test_it_never_exceeds_the_width(context: str, path: list[str], health: tuple[Spans, ...], room: int) -> None:
    line = header_line(breadcrumb(Scope(context), path), health, "18:22:07", room)
    assert spans_width(line) <= room


def test_click_targets() -> None:
    fleet = breadcrumb(SCOPE_OF_ALL, ())
    line = plain(tuple(piece.span for piece in fleet))
    assert segment_at(fleet, line.index("prod")) == CONTEXT
    assert segment_at(fleet, line.index("namespaces")) == SCOPE
    assert segment_at(fleet, 1) == ""
    assert segment_at(fleet, 200) == ""
    one_set = breadcrumb(SCOPE_OF_ALL, ("data", "kafka"))
    line = plain(tuple(piece.span for piece in one_set))
    assert segment_at(one_set, line.index("prod")) == UP
    assert segment_at(one_set, line.index("data")) == UP
    assert segment_at(one_set, line.index("kafka")) == ""


def test_insecure_tls_and_impersonation_are_shown_on_every_screen() -> None:
    scope = Scope("prod-eu1", acting_as="jane", unverified=True)
    for path in ((), ("data", "kafka")):
        line = plain(header_line(breadcrumb(scope, path), LIVE, "18:22:07", 90))
        assert line.startswith(" stsview   prod-eu1  TLS not verified  as jane  ")

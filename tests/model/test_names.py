from __future__ import annotations

import pytest

from stsview.model.names import in_order, listed, one_line, parent_and_ordinal, parent_key, short_revision
from stsview.objects.meta import Key


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("web-0", ("web", 0)),
        ("web-1-0", ("web-1", 0)),
        ("a-b-12", ("a-b", 12)),
        ("web-2147483647", ("web", 2147483647)),
        ("web-2147483648", None),
        ("web-99999999999999999999", None),
        ("web-01", None),
        ("web-", None),
        ("web", None),
        ("web-x", None),
        ("web-１", None),
        ("", None),
    ],
)
def test_a_name_is_split_at_its_last_dash_and_number(name: str, parsed: tuple[str, int] | None) -> None:
    assert parent_and_ordinal(name) == parsed


def test_the_parent_is_in_the_same_namespace() -> None:
    assert parent_key(Key("ns", "web-3")) == Key("ns", "web")
    assert parent_key(Key("ns", "web")) is None


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("", ""),
        ("a", "a"),
        ("a b", "a and b"),
        ("a b c d e", "a, b, c, d and e"),
        ("a b c d e f", "a, b, c, d and 2 others"),
        ("web-1 web-0", "web-1 and web-0"),
        ("web-2 web-1 web-0", "web-2, -1 and -0"),
        ("web-5 web-4 web-3 web-2", "web-5 to web-2"),
        ("web-9 web-8 web-7 web-6 web-4 web-2 web-1", "web-9 to web-6, -4, -2 and -1"),
        ("web-1 web-3 web-5 web-7", "web-1, -3, -5 and -7"),
        ("web-1 web-3 web-5 web-7 web-9 web-11 web-12 web-13 web-14", "web-1, -3, -5, -7 and 5 others"),
        ("db-2 db-3 node-1 node-2", "db-2, db-3, node-1 and node-2"),
    ],
)
def test_long_lists_of_names_are_shortened_and_name_nothing_else(names: str, text: str) -> None:
    assert listed(names.split()) == text


def test_what_a_change_reaches_is_listed_whole() -> None:
    names = [f"web-{ordinal}" for ordinal in (14, 12, 10, 8, 6, 4, 3, 2, 1)]
    assert in_order(names) == "web-14, -12, -10, -8, -6 and web-4 to web-1"


def test_a_revision_is_shortened_by_its_own_set_only() -> None:
    assert short_revision("web-7c9f01", "web") == "7c9f01"
    assert short_revision("other-7c9f01", "web") == "other-7c9f01"


def test_line_breaks_become_spaces() -> None:
    assert one_line(" a\n b\tc\r\n") == "a b c"

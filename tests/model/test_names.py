from __future__ import annotations

import pytest

from stsview.model.names import listed, one_line, parent_and_ordinal, parent_key, short_revision
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


def test_long_lists_of_names_are_shortened() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d"]) == "a to d"


def test_a_revision_is_shortened_by_its_own_set_only() -> None:
    assert short_revision("web-7c9f01", "web") == "7c9f01"
    assert short_revision("other-7c9f01", "web") == "other-7c9f01"


def test_line_breaks_become_spaces() -> None:
    assert one_line(" a\n b\tc\r\n") == "a b c"

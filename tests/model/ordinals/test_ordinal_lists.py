"""Lists of ordinals as they are typed."""

from __future__ import annotations

import pytest

from stsview.model.ordinals.ordinal_lists import parse_ordinals, written


@pytest.mark.parametrize(
    ("text", "ordinals"),
    [
        ("", ()),
        ("  ", ()),
        ("0", (0,)),
        ("2,0", (2, 0)),
        ("3-5", (3, 4, 5)),
        ("5-3", (5, 4, 3)),
        (" 0, 2-4,9 ", (0, 2, 3, 4, 9)),
        ("0 2", (0, 2)),
    ],
)
def test_a_list_keeps_its_order(text: str, ordinals: tuple[int, ...]) -> None:
    assert parse_ordinals(text) == ordinals
    assert parse_ordinals(written(ordinals)) == ordinals


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zk-0", "range: zk-0"),
        ("-1", "range: -1"),
        ("1-", "range: 1-"),
        ("٣", "range: ٣"),
        ("0,2,0", "0 is listed twice"),
        ("0-3,2", "2 is listed twice"),
        ("0-9999999999", "too many"),
    ],
)
def test_an_invalid_list_is_reported(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_ordinals(text)

"""Durations as they are typed."""

from __future__ import annotations

import pytest

from stsview.model.timing.durations import parse


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("30s", 30), ("1.5m", 90), ("2h", 7200), ("1d", 86400), ("15", 15)]
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "1w", "1m30s", " 1s", "٣s", "9" * 9])
def test_an_invalid_duration_is_reported(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration: "):
        parse(text)

"""Quantities as Kubernetes writes them, and formatted sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stsview.objects.quantity import format_bytes, parse_bytes

SUFFIXES = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}
DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18, "e3": 1000, "E2": 100}


@given(st.integers(0, 10**9), st.sampled_from(list((SUFFIXES | DECIMAL).items())))
def test_whole_numbers_with_any_suffix(number: int, suffix: tuple[str, int]) -> None:
    assert parse_bytes(f"{number}{suffix[0]}") == number * suffix[1]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1.5Gi", 3 * 1024**3 // 2),
        (".5Ki", 512),
        ("5.", 5),
        ("+1", 1),
        ("-1Ki", -1024),
        ("1500m", 2),
        ("1n", 1),
        ("0.1", 1),
        ("12E", 12 * 10**18),
        ("1e-3", 1),
        (" 10Gi\n", 10 * 1024**3),
    ],
)
def test_fractions_are_rounded_up(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gi",
        "ten",
        "1 Gi",
        "1_000",
        "0x10",
        "NaN",
        "Infinity",
        "1e999999999",
        "1e3Ki",
        "1KiB",
        "1ki",
        "--1",
        "١",
        "1.2.3",
    ],
)
def test_invalid_quantities(text: str) -> None:
    assert parse_bytes(text) is None


@given(st.text(max_size=12))
def test_any_text_parses_or_is_rejected(text: str) -> None:
    assert isinstance(parse_bytes(text), int | None)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, ("0", "B")),
        (1023, ("1023", "B")),
        (1024, ("1", "Ki")),
        (10 * 1024**3, ("10", "Gi")),
        (1536 * 1024**2, ("1.5", "Gi")),
        (1024**4 - 1, ("1.0", "Ti")),
        (102_350_000_000, ("95.3", "Gi")),
        (-(1024**2), ("-1", "Mi")),
        (10**40, (f"{10**40 / 1024**6:.0f}", "Ei")),
    ],
)
def test_formatted_sizes(size: int, shown: tuple[str, str]) -> None:
    assert format_bytes(size) == shown


@given(st.integers(0, 2**63))
def test_a_formatted_size_is_close_and_short(size: int) -> None:
    number, unit = format_bytes(size)
    scale = {"B": 1, **SUFFIXES}[unit]
    assert abs(float(number) * scale - size) <= 0.0501 * scale if float(number) < 100 else 0.501 * scale
    assert len(number) <= 4

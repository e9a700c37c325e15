from __future__ import annotations

from collections.abc import Iterator

import pytest
import wcwidth
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from stsview.text import glyphs
from stsview.text.terminal_text import crop, crop_spans, fit, safe, safe_lines, spans_width, width, wrap
from tests.support.ui.hostile import SAMPLES, harmful, texts


def test_plain_text_is_unchanged() -> None:
    for text in (
        "zookeeper-0",
        "image zookeeper:3.8.l cannot be pulled",
        "[red]not markup[/]",
        "日本語",
        "e\u0301 ü · →",
    ):
        assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a␊b"),
        ("a\tb", "a␉b"),
        ("\x1b[31mred", "␛[31mred"),
        ("nul\x00del\x7f", "nul␀del␡"),
        ("c1\x9b31m", "c1�31m"),
        ("user\u202etxt", "user�txt"),
        ("zero\u200bwidth", "zero�width"),
        ("half\ud800pair", "half�pair"),
        ("\u0301orphan", "�orphan"),
        ("👍🏽", "👍�"),
        ("❤\ufe0f", "❤�"),
        ("क\u093e", "क�"),
        ("z" + "\u0301" * 8, "z" + "\u0301" * 6 + "��"),
    ],
)
def test_harmful_characters_are_replaced(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_an_ascii_terminal_gets_ascii_replacements() -> None:
    glyphs.use(glyphs.ASCII)
    assert safe("a\nb\u200bc") == "a?b?c"
    assert crop("zookeeper", 5) == "zook>"
    assert safe("“a” – b × 3 · c…") == '"a" - b x 3 - c>'


def test_unencodable_characters_are_replaced() -> None:
    glyphs.use(replace(glyphs.ASCII, encoding="iso-8859-1"))
    assert safe("Grüße 日本 ●") == "Grüße ?? ?"
    glyphs.use(replace(glyphs.ASCII, encoding="ANSI_X3.4-1968"))
    assert safe("Grüße") == "Gr??e"
    glyphs.use(replace(glyphs.ASCII, encoding="no such encoding"))
    assert safe("Grüße") == "Gr??e"


@given(texts())
@settings(max_examples=200)
def test_safe_text_only_replaces_harmful_characters(text: str) -> None:
    shown = safe(text)
    assert not harmful(shown)
    assert len(shown) == len(text)
    stand_ins = {"�", "␡", *map(chr, range(0x2400, 0x2420))}
    assert all(now == was or now in stand_ins for was, now in zip(text, shown, strict=True))
    assert safe(shown) == shown
    shown.encode()


@given(texts())
@settings(max_examples=200)
def test_widths_add_up(text: str) -> None:
    shown = safe(text)
    assert width(text) == cell_len(shown) == sum(cell_len(character) for character in shown)


@given(st.lists(st.characters(), max_size=30), st.sampled_from("a日क"))
@settings(max_examples=200)
def test_terminals_that_follow_wcwidth_agree_on_every_character(characters: list[str], base: str) -> None:
    for character in characters:
        shown = safe(base + character)
        assert wcwidth.wcswidth(shown) == cell_len(shown), hex(ord(character))


@given(texts(), st.integers(0, 50))
@settings(max_examples=200)
def test_crop_fits_and_keeps_the_beginning(text: str, cells: int) -> None:
    cropped = crop(text, cells)
    assert cell_len(cropped) <= cells
    assert not harmful(cropped)
    whole = safe(text)
    if cell_len(whole) <= cells:
        assert cropped == whole
    elif cells:
        assert cropped.endswith("…")
        kept = cropped[:-1]
        assert whole.startswith(kept)
        # Signs that say nothing before an ellipsis are dropped; of the rest, the next character would not fit.
        rest = whole[len(kept) :]
        signs = rest[: len(rest) - len(rest.lstrip(" ·…"))]
        assert cell_len(kept + signs + rest[len(signs) :][:1]) + 1 > cells


@given(texts(), st.integers(0, 50), st.booleans())
@settings(max_examples=100)
def test_fit_is_exactly_as_wide_as_asked(text: str, cells: int, right: bool) -> None:
    assert cell_len(fit(text, cells, right=right)) == cells


def test_fit_puts_the_spaces_where_asked() -> None:
    assert fit("ab", 4) == "ab  "
    assert fit("ab", 4, right=True) == "  ab"


@given(st.lists(st.tuples(texts(20), st.integers()), max_size=6), st.integers(0, 40))
@settings(max_examples=200)
def test_spans_are_cropped_as_one_line(spans: list[tuple[str, int]], cells: int) -> None:
    cropped = crop_spans(spans, cells)
    whole = sum(width(text) for text, _ in spans)
    assert spans_width(spans) == whole
    assert spans_width(spans, cells) == whole or spans_width(spans, cells) > cells
    assert sum(cell_len(text) for text, _ in cropped) <= cells
    if whole <= cells:
        assert cropped == [(safe(text), role) for text, role in spans if text]
    elif cells:
        assert cropped[-1][0] == "…"
    assert {role for _, role in cropped} <= {role for _, role in spans}


def test_the_ellipsis_has_the_role_of_what_it_cuts() -> None:
    assert crop_spans([("abc", 1), ("def", 2)], 5) == [("abc", 1), ("d", 2), ("…", 2)]
    assert crop_spans([("abc", 1), ("def", 2)], 3) == [("ab", 1), ("…", 1)]


def test_a_cut_at_an_ellipsis_leaves_one() -> None:
    assert crop("kafka-0 … kafka-9", 10) == "kafka-0 …"
    assert crop("three words here", 7) == "three…"
    assert crop_spans([("abc ", 1), ("…", 1), ("def", 2)], 6) == [("abc ", 1), ("…", 2)]


def test_a_wide_character_is_never_halved() -> None:
    assert crop("日本語", 4) == "日…"
    assert crop("日本語", 1) == "…"
    assert crop("日", 2) == "日"


@pytest.mark.parametrize("text", SAMPLES)
def test_cropping_reads_no_more_than_it_needs(text: str) -> None:
    class Counted(str):  # noqa: SLOT000
        """A string that records how far it was read."""

        read = 0

        def __iter__(self) -> Iterator[str]:
            for character in super().__iter__():
                self.read += 1
                yield character

    counted = Counted(text)
    assert crop(counted, 10) == crop(text, 10)
    assert counted.read <= 200


def test_lines_are_split_and_tabs_widened() -> None:
    assert safe_lines("one\ntwo\r\nthree\rfour") == ["one", "two", "three", "four"]
    assert safe_lines("a\tb\n日本\tc") == ["a       b", "日本    c"]
    assert safe_lines("") == [""]


@given(texts())
@settings(max_examples=100)
def test_lines_hold_no_control(text: str) -> None:
    assert not harmful("".join(safe_lines(text)))


@given(texts(), st.integers(1, 30))
@settings(max_examples=200)
def test_wrapped_lines_fit_and_hold_every_word(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert lines
    assert all(cell_len(line) <= cells for line in lines)
    if cells > 1:
        assert "".join(lines).replace(" ", "") == safe(text).replace(" ", "")


def test_wrapping_breaks_at_spaces() -> None:
    assert wrap("you may not list pods", 9) == ["you may", "not list", "pods"]
    assert wrap("a-very-long-name", 6) == ["a-very", "-long-", "name"]
    assert wrap("日本", 1) == ["…", "…"]

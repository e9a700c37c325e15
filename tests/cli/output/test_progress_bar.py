"""The progress bar of a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from stsview.cli.output.progress_bar import progress_bar
from stsview.text.glyphs import ASCII, UNICODE, Glyphs, use


@pytest.fixture(autouse=True)
def glyphs_as_before() -> Iterator[None]:
    yield
    use(None)


@pytest.mark.parametrize(
    ("glyphs", "line"),
    [
        (UNICODE, "━━━━━━━━╺━━━━━━━━━━━━━━━ 1/3 [b]kafka[/b]␛ waits"),
        (ASCII, "########................ 1/3 [b]kafka[/b]? waits"),
    ],
)
def test_progress_is_drawn_in_the_glyphs_of_the_terminal(glyphs: Glyphs, line: str) -> None:
    use(glyphs)
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard", no_color=False)
    with console.capture() as captured:
        console.print(progress_bar(1, 3, "[b]kafka[/b]\x1b waits"), soft_wrap=False)
    plain = "".join(piece.partition("m")[2] for piece in f"m{captured.get()}".split("\x1b["))
    assert plain.split("\n")[0].rstrip() == line


def test_long_text_is_cut_and_zero_of_zero_is_no_error() -> None:
    use(UNICODE)
    console = Console(file=io.StringIO(), width=40)
    console.print(progress_bar(0, 0, "clickhouse-0 waits for its volume"))
    assert isinstance(console.file, io.StringIO)
    (line,) = console.file.getvalue().splitlines()
    assert len(line.rstrip()) <= 40
    assert "0/0" in line
    assert line.rstrip().endswith("…")

"""Command lines as bash hands them over."""

from __future__ import annotations

import pytest

from stsview.cli.completion.bash_line import parse_line

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("line", "words", "kept"),
    [
        ("stsview ", ["stsview", ""], ""),
        ("stsview  sta", ["stsview", "sta"], ""),
        ("stsview --context=arn:aws:e", ["stsview", "--context=arn:aws:e"], "--context=arn:aws:"),
        ("stsview --context 'my la", ["stsview", "--context", "my la"], ""),
        ("stsview --context=my\\ la", ["stsview", "--context=my la"], "--context="),
        ('stsview "a b" ""', ["stsview", "a b", ""], ""),
    ],
)
def test_a_line_is_divided_as_by_the_shell(line: str, words: list[str], kept: str) -> None:
    typed = parse_line(line, BREAKS)
    assert (typed.words, typed.kept) == (words, kept)


def test_replies_replace_what_bash_does_not_keep() -> None:
    assert parse_line("s --context=arn:aws:e", BREAKS).reply("--context=arn:aws:eks:1") == "eks:1"
    assert parse_line("s --context=arn", BREAKS.replace(":", "")).reply("--context=arn:aws") == "arn:aws"
    assert parse_line("s ", BREAKS).reply("my lab $(date)") == "my\\ lab\\ \\$\\(date\\)"
    assert parse_line("s 'my", BREAKS).reply("my lab") == "my lab"

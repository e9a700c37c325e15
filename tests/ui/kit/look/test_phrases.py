from __future__ import annotations

import pytest

from stsview.ui.kit.look.phrases import merge_sentences


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        ((), []),
        (("you may not list pods",), ["you may not list pods"]),
        (
            ("you may not list pods", "it is late", "you may not list jobs", "you may not list nodes"),
            ["you may not list pods, jobs and nodes", "it is late"],
        ),
        (("a b", "c b", "c d"), ["a and c b", "c d"]),
        (("you may not list pods in a", "you may not list jobs in b"), None),
        (("you may not list pods", "you may not list pods now"), None),
    ],
)
def test_sentences_that_differ_in_one_word_are_merged(sentences: tuple[str, ...], said: list[str] | None) -> None:
    assert merge_sentences(sentences) == (list(sentences) if said is None else said)

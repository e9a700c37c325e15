"""Small pieces of text that several screens share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from stsview.objects.quantity import format_bytes
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.roles import Role, Span, Spans


def size(value: int | None, *, quiet: bool = False) -> Spans:
    """A size in bytes as number and unit, `6` `Ti`; empty for None."""
    if value is None:
        return ()
    amount, unit = format_bytes(value)
    return ((amount, Role.DIM if quiet else Role.TEXT), (" " + unit, Role.DIM))


def join_spans(parts: Iterable[Spans], separator: Span) -> Spans:
    """The parts that are not empty, separated by `separator`."""
    line: list[Span] = []
    for part in parts:
        if not part:
            continue
        if line:
            line.append(separator)
        line.extend(part)
    return tuple(line)


def merge_sentences(sentences: Iterable[str]) -> list[str]:
    """Merge sentences that differ in one and the same word, listing those words.

    `you may not list nodes`, `you may not list jobs` become `you may not list nodes and jobs`.
    """
    groups: list[_MergedSentence] = []
    for sentence in sentences:
        words = sentence.split(" ")
        if not any(group.add(words) for group in groups):
            groups.append(_MergedSentence(words))
    return [group.sentence for group in groups]


class _MergedSentence(msgspec.Struct):
    """Sentences that differ in one word."""

    words: list[str]
    """The words of the first sentence."""
    place: int | None = None
    others: list[str] = msgspec.field(default_factory=list)

    def add(self, words: list[str]) -> bool:
        """Add a sentence if it differs in that one word; returns whether it does."""
        if len(words) != len(self.words):
            return False
        places = [place for place, word in enumerate(words) if word != self.words[place]]
        if len(places) != 1 or self.place not in (None, places[0]):
            return False
        self.place = places[0]
        self.others.append(words[self.place])
        return True

    @property
    def sentence(self) -> str:
        if self.place is None:
            return " ".join(self.words)
        *first, last = self.words[self.place], *self.others
        listed = f"{', '.join(first)} and {last}"
        return " ".join([*self.words[: self.place], listed, *self.words[self.place + 1 :]])


def widest_that_fits(forms: Sequence[Spans], room: int) -> Spans:
    """The first of the forms that fits into `room` cells, else the last."""
    return next((form for form in forms if spans_width(form, room) <= room), forms[-1])

"""The nearest of known names to one that does not exist.

Every place that resolves a name which a person typed suggests names by this module: commands, options, sets, contexts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SIMILARITY = 0.6
"""Least ratio of `difflib.SequenceMatcher`, its default: one letter of five may differ, or two may be swapped."""

_LEAST_START = 2
"""Letters from which the start of a name counts as the name."""


def nearest(word: str, names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Up to `limit` of `names` that `word` may be a typing error or the start of, the nearest first.

    Upper and lower case are equal here.
    """
    # Not before: only errors need it.
    import difflib

    known: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        known.setdefault(name.casefold(), []).append(name)
    word = word.casefold()
    starts = sorted(name for name in known if len(word) >= _LEAST_START and name.startswith(word))
    close = difflib.get_close_matches(word, known, limit, _SIMILARITY)
    found = [name for folded in dict.fromkeys([*close, *starts]) for name in known[folded]]
    return tuple(found[:limit])


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """`; did you mean kafka?`, to append to an error; empty if no name is near."""
    return suggested(nearest(word, names, 1))


def suggested(names: Sequence[str]) -> str:
    """`; did you mean a, b or c?`; empty without names."""
    if not names:
        return ""
    *others, last = names
    return f"; did you mean {', '.join(others)} or {last}?" if others else f"; did you mean {last}?"

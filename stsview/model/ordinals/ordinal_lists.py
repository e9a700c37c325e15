"""Lists of ordinals as people write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_PART = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")

_MOST = 10_000


def parse_ordinals(text: str) -> tuple[int, ...]:
    """`0,2`, `3-5`, `5-3`, `0, 2-4`, in the order in which they are written; nothing for an empty text.

    Raises ValueError, with words for a person, where it is no such list or names an ordinal twice.
    """
    ordinals: list[int] = []
    for part in text.replace(",", " ").split():
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"ordinals are written 0,2 or 3-5, not {part}")
        first, last = int(match[1]), int(match[2] or match[1])
        step = 1 if last >= first else -1
        if abs(last - first) >= _MOST:
            raise ValueError(f"{part} are too many ordinals")
        ordinals += range(first, last + step, step)
    for ordinal, times in Counter(ordinals).items():
        if times > 1:
            raise ValueError(f"{ordinal} is named twice")
    return tuple(ordinals)


def written(ordinals: Iterable[int]) -> str:
    """The list that `parse_ordinals` reads: `0,2`."""
    return ",".join(map(str, ordinals))

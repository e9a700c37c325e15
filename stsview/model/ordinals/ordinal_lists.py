"""Lists of ordinals as they are typed, such as `0,2` and `3-5`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_PART = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")

_MOST = 10_000


def parse_ordinals(text: str) -> tuple[int, ...]:
    """Parse `0,2`, `3-5`, `5-3` or `0, 2-4`, in the order written.

    Nothing for an empty text.

    Raises ValueError, with a message for the user, where it is no such list or names an ordinal twice.
    """
    ordinals: list[int] = []
    for part in text.replace(",", " ").split():
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"not an ordinal or range: {part} (write 0,2 or 3-5)")
        first, last = int(match[1]), int(match[2] or match[1])
        step = 1 if last >= first else -1
        if abs(last - first) >= _MOST:
            raise ValueError(f"too many ordinals: {part}")
        ordinals += range(first, last + step, step)
    for ordinal, times in Counter(ordinals).items():
        if times > 1:
            raise ValueError(f"ordinal {ordinal} is listed twice")
    return tuple(ordinals)


def written(ordinals: Iterable[int]) -> str:
    """The list that `parse_ordinals` reads: `0,2`."""
    return ",".join(map(str, ordinals))

"""How much of a kind is known: without it, an empty list and a forbidden one would look the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stsview.objects.meta import Key


class Coverage(Enum):
    LOADING = "loading"
    """The first list has not ended yet."""
    COMPLETE = "complete"
    """A whole list was read at some time; how old the picture is, the stream's health tells."""
    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    """The server does not know the kind."""


UNREADABLE = (Coverage.FORBIDDEN, Coverage.ABSENT)


@dataclass(frozen=True, slots=True)
class KindCoverage:
    coverage: Coverage
    reason: str = ""
    """One sentence for the screen when it is not complete."""
    malformed: frozenset[Key] = frozenset()
    """Objects that are there and cannot be decoded as they are now."""

    @property
    def complete(self) -> bool:
        return self.coverage is Coverage.COMPLETE

"""How much of a kind is known; it tells an empty list from a forbidden one."""

from __future__ import annotations

from enum import Enum

import msgspec

from stsview.objects.meta import Key


class Coverage(Enum):
    """How much of a kind is known in one namespace, or in all."""

    LOADING = "loading"
    """The first list is not complete yet."""
    COMPLETE = "complete"
    """A complete list was read; the health of the stream tells how old it is."""
    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    """The server does not know the kind."""


UNREADABLE = (Coverage.FORBIDDEN, Coverage.ABSENT)


class KindCoverage(msgspec.Struct, frozen=True):
    coverage: Coverage
    reason: str = ""
    """One sentence for the screen when it is not complete."""
    malformed: frozenset[Key] = frozenset()
    """Objects that exist but cannot be decoded."""

    @property
    def complete(self) -> bool:
        return self.coverage is Coverage.COMPLETE

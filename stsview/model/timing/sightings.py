"""What was first seen when: instants that no object tells."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime

Token = tuple[Hashable, ...]
"""What was seen, such as `("missing", 3)`."""


class Sightings:
    """Hands the first sightings from one derivation of a set to the next.

    Something keeps its first instant for as long as each derivation asks about it; what one does not ask about is
    forgotten, and starts anew when it is seen again.
    """

    __slots__ = ("_kept", "_previous", "_seen_at")

    def __init__(self, previous: Mapping[Token, datetime], seen_at: datetime) -> None:
        self._previous = previous
        self._seen_at = seen_at
        self._kept: dict[Token, datetime] = {}

    def since(self, *token: Hashable) -> datetime:
        """When `token` was first seen; it counts as seen by asking."""
        return self._kept.setdefault(token, self._previous.get(token, self._seen_at))

    def knows(self, *token: Hashable) -> bool:
        """Whether `token` was seen before; does not count as asking about it."""
        return token in self._previous

    def before(self, first: Hashable) -> Iterator[tuple[Token, datetime]]:
        """What was seen before and begins with `first`, in no order; does not count as asking about it."""
        return ((token, since) for token, since in self._previous.items() if token[0] == first)

    @property
    def kept(self) -> Mapping[Token, datetime]:
        return self._kept

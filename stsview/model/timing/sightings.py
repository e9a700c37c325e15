"""First sightings: when something was first observed, where no object records it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime

Token = tuple[Hashable, ...]
"""What was observed, such as `("missing", 3)`."""


class Sightings:
    """Passes first sightings from one derivation of a set to the next.

    A token keeps its first instant for as long as every derivation queries it; one that is not queried is forgotten,
    and starts again when it is observed next time.
    """

    __slots__ = ("_kept", "_previous", "_seen_at")

    def __init__(self, previous: Mapping[Token, datetime], seen_at: datetime) -> None:
        self._previous = previous
        self._seen_at = seen_at
        self._kept: dict[Token, datetime] = {}

    def since(self, *token: Hashable) -> datetime:
        """When `token` was first observed; the query itself counts as an observation."""
        return self._kept.setdefault(token, self._previous.get(token, self._seen_at))

    def knows(self, *token: Hashable) -> bool:
        """Whether `token` was observed before; does not count as an observation."""
        return token in self._previous

    def before(self, first: Hashable) -> Iterator[tuple[Token, datetime]]:
        """Earlier tokens that begin with `first`, in no order.

        Does not count as an observation.
        """
        return ((token, since) for token, since in self._previous.items() if token[0] == first)

    @property
    def kept(self) -> Mapping[Token, datetime]:
        """The sightings to pass to the next derivation."""
        return self._kept

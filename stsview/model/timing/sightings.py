"""First sightings: when something was first observed, where no object records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

Part: TypeAlias = str | int | datetime | None

Token: TypeAlias = tuple[Part, ...]
"""What was observed, such as `("missing", 3)`."""


class Sightings:
    """Passes first sightings from one derivation of a set to the next.

    A token keeps its first instant for as long as every derivation queries it; one that is not queried is forgotten,
    and starts again when it is observed next time.
    """

    __slots__ = ("_by_first", "_by_two", "_kept", "_previous", "_seen_at")

    def __init__(self, previous: Mapping[Token, datetime], seen_at: datetime) -> None:
        self._previous = previous
        self._seen_at = seen_at
        self._kept: dict[Token, datetime] = {}
        self._by_first: dict[Part, list[tuple[Token, datetime]]] | None = None
        self._by_two: dict[Part, dict[Part, list[Token]]] = {}

    def since(self, *token: Part) -> datetime:
        """When `token` was first observed; the query itself counts as an observation."""
        return self._kept.setdefault(token, self._previous.get(token, self._seen_at))

    def knows(self, *token: Part) -> bool:
        """Whether `token` was observed before; does not count as an observation."""
        return token in self._previous

    def before(self, first: Part) -> Sequence[tuple[Token, datetime]]:
        """Earlier tokens that begin with `first`, in no order.

        Does not count as an observation.
        """
        if self._by_first is None:
            self._by_first = {}
            for seen in self._previous.items():
                self._by_first.setdefault(seen[0][0], []).append(seen)
        return self._by_first.get(first, ())

    def tokens_before(self, first: Part, second: Part) -> Sequence[Token]:
        """Earlier tokens that begin with these two, in no order; as `before`."""
        by_second = self._by_two.get(first)
        if by_second is None:
            by_second = self._by_two[first] = {}
            for token, _ in self.before(first):
                by_second.setdefault(token[1], []).append(token)
        return by_second.get(second, ())

    @property
    def kept(self) -> Mapping[Token, datetime]:
        """The sightings to pass to the next derivation."""
        return self._kept

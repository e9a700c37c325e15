"""In which namespaces sets may be listed, where they may not be in all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import Forbidden, NotFound, Rejected
from stsview.cluster.http.session import Session
from stsview.config import MOST_NAMESPACES
from stsview.objects.kinds import STATEFULSETS

REVIEW_SECONDS = 180.0
"""How often it is looked for namespaces that may be read by now."""

FURTHER_SECONDS = 30.0
"""The same while not all namespaces have been asked of yet."""

MOST_REVIEWS = 50
"""Of further namespaces in one look; where there are more namespaces, the next look goes on with the others."""

_AT_A_TIME = 10

_UNANSWERED = (Forbidden, NotFound, Rejected)
"""What a server says that does not do reviews, or not for us."""


@dataclass(frozen=True, slots=True)
class ReadableNamespaces:
    """What a look has brought."""

    namespaces: tuple[str, ...]
    """In which sets may be listed, sorted; at most `MOST_NAMESPACES`."""
    total: int | None
    """How many there are; None where that may not be known."""
    asked: int
    """Of how many of them it is known by now whether sets may be listed."""
    home: str
    """The context's own."""

    @property
    def limit(self) -> str:
        """Why these are not all, to be said after how many they are."""
        if not self.namespaces:
            return "you may not list statefulsets in any" if self.total is not None else "you may not list statefulsets"
        why = "you may not list statefulsets in all"
        if self.total is None:
            return f"{why} namespaces"
        return why if self.asked >= self.total else f"{why} ({self.asked} asked so far)"

    @property
    def refusal(self) -> str:
        """One line for somebody who may read nothing."""
        if self.total is None:
            return (
                f"you may not list statefulsets in all namespaces, nor in {self.home}, nor what namespaces there are: "
                "name those in which you may with -n"
            )
        asked = f"the {self.asked} asked so far of " if self.asked < self.total else ""
        return f"you may not list statefulsets in any of {asked}{self.total} namespaces: ask for the right to"


class AccessSearch:
    """Asks the server, a few questions at a time.

    The context's own namespace comes first, then the others by name. Where there are more than one look may ask of, the
    next one begins where this one ended.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._home = session.config.namespace or "default"
        self._times: Counter[str] = Counter()
        """How often each was asked of."""

    async def search(self, held: Collection[str], doubted: Collection[str]) -> ReadableNamespaces:
        """Look for namespaces besides those `held`, which may be read as far as we know; `doubted` are those of them
        that were refused lately. Raises `ClusterError`."""
        try:
            names = await self._session.list_namespaces()
        except (Forbidden, NotFound):
            return await self._alone()
        kept = set(held).intersection(names)
        others = sorted(
            (name for name in names if name not in kept),
            key=lambda name: (self._times[name], name != self._home, name),
        )
        due = others[:MOST_REVIEWS]
        granted = await self._granted([*due, *sorted(kept.intersection(doubted))])
        if granted is None:
            return ReadableNamespaces((self._home,), None, 1, self._home)
        self._times.update(due)
        asked = len(kept) + sum(self._times[name] > 0 for name in others)
        found = sorted(granted.union(kept.difference(doubted)), key=lambda name: (name not in kept, name))
        return ReadableNamespaces(tuple(sorted(found[:MOST_NAMESPACES])), len(names), asked, self._home)

    async def _alone(self) -> ReadableNamespaces:
        """The context's own namespace, where nobody tells what others there are."""
        granted = await self._granted([self._home])
        return ReadableNamespaces((self._home,) if granted is None or granted else (), None, 1, self._home)

    async def _granted(self, namespaces: Sequence[str]) -> set[str] | None:
        """Those in which sets may be listed; None where the server does not say."""
        granted: set[str] = set()
        for start in range(0, len(namespaces), _AT_A_TIME):
            some = namespaces[start : start + _AT_A_TIME]
            answers = await asyncio.gather(
                *(is_allowed(self._session, "list", STATEFULSETS, namespace) for namespace in some),
                return_exceptions=True,
            )
            for namespace, answer in zip(some, answers, strict=True):
                if isinstance(answer, _UNANSWERED):
                    return None
                if isinstance(answer, BaseException):
                    raise answer
                if answer:
                    granted.add(namespace)
        return granted

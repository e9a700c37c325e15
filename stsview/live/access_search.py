"""Search for the namespaces in which StatefulSets may be listed.

It is needed when they must not be listed in all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from stsview.cluster.access_review import is_allowed
from stsview.cluster.errors import Forbidden, NotFound, Rejected
from stsview.cluster.http.session import Session
from stsview.config import MOST_NAMESPACES
from stsview.model.rights import LIST_SETS

REVIEW_SECONDS = 180.0
"""How often to search for namespaces that have become readable."""

FURTHER_SECONDS = 30.0
"""The same while not all namespaces have been reviewed."""

MOST_REVIEWS = 50
"""How many further namespaces one search reviews; the next search continues with the others."""

_AT_A_TIME = 10

_UNANSWERED = (Forbidden, NotFound, Rejected)
"""Errors of a server that does not support access reviews, or does not allow them."""


class ReadableNamespaces(msgspec.Struct, frozen=True):
    """The result of a search."""

    namespaces: tuple[str, ...]
    """Where StatefulSets may be listed, sorted; at most `MOST_NAMESPACES`."""
    total: int | None
    """How many namespaces there are; None where they must not be listed."""
    reviewed: int
    """For how many of them the permission is known so far."""
    home: str
    """The namespace of the context."""

    @property
    def limit(self) -> str:
        """Why these are not all namespaces, to follow their number."""
        if not self.namespaces:
            return "you may not list statefulsets in any" if self.total is not None else "you may not list statefulsets"
        why = "you may not list statefulsets in all"
        if self.total is None:
            return f"{why} namespaces"
        return why if self.reviewed >= self.total else f"{why} ({self.reviewed} checked so far)"

    @property
    def refusal(self) -> str:
        """One line for a user who can read no namespace."""
        if self.total is None:
            return (
                f"you may not list statefulsets in all namespaces or in {self.home}, and may not list namespaces: "
                "name the namespaces that you may read with -n"
            )
        checked = f"the {self.reviewed} checked so far of " if self.reviewed < self.total else ""
        return f"you may not list statefulsets in any of {checked}{self.total} namespaces: ask for access"


class AccessSearch:
    """Reviews the access to namespaces, a few at a time.

    The namespace of the context comes first, then the others by name. With more than `MOST_REVIEWS` namespaces, the
    next search starts where this one stopped.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._home = session.config.namespace or "default"
        self._reviews: Counter[str] = Counter()
        """How often each namespace was reviewed."""

    async def search(self, held: Collection[str], doubted: Collection[str]) -> ReadableNamespaces:
        """Search for readable namespaces.

        `held` are known to be readable, except that `doubted` among them were denied since. Raises `ClusterError`.
        """
        try:
            names = await self._session.list_namespaces()
        except (Forbidden, NotFound):
            return await self._only_home()
        kept = set(held).intersection(names)
        others = sorted(
            (name for name in names if name not in kept),
            key=lambda name: (self._reviews[name], name != self._home, name),
        )
        due = others[:MOST_REVIEWS]
        granted = await self._granted([*due, *sorted(kept.intersection(doubted))])
        if granted is None:
            return ReadableNamespaces((self._home,), None, 1, self._home)
        self._reviews.update(due)
        reviewed = len(kept) + sum(self._reviews[name] > 0 for name in others)
        found = sorted(granted.union(kept.difference(doubted)), key=lambda name: (name not in kept, name))
        return ReadableNamespaces(tuple(sorted(found[:MOST_NAMESPACES])), len(names), reviewed, self._home)

    async def _only_home(self) -> ReadableNamespaces:
        """The namespace of the context, where namespaces must not be listed."""
        granted = await self._granted([self._home])
        return ReadableNamespaces((self._home,) if granted is None or granted else (), None, 1, self._home)

    async def _granted(self, namespaces: Sequence[str]) -> set[str] | None:
        """Those in which StatefulSets may be listed.

        None where the server does not support the question.
        """
        granted: set[str] = set()
        for start in range(0, len(namespaces), _AT_A_TIME):
            some = namespaces[start : start + _AT_A_TIME]
            answers = await asyncio.gather(
                *(is_allowed(self._session, LIST_SETS.verb, LIST_SETS.kind, namespace) for namespace in some),
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

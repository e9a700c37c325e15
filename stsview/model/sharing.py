"""One object for equal parts of many views."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from typing import TypeVar

from msgspec.structs import replace

from stsview.model.views import RolloutView, SetView
from stsview.objects.meta import Key

T = TypeVar("T", bound=Hashable)

_ENTRIES = 4_096
"""Parts that are remembered; when there are more, all are forgotten, and sharing begins again."""


class Sharing:
    """Replaces what many sets have in common, such as images and policies, by the first such object.

    What is decoded or derived for each set would else be held once for each.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[type, Hashable], Hashable] = {}

    def of(self, key: Key, view: SetView) -> SetView:
        """An equal view, whose key is `key`."""
        budget = view.budget
        return replace(
            view,
            key=key,
            policy=sys.intern(view.policy),
            when_scaled=sys.intern(view.when_scaled),
            when_deleted=sys.intern(view.when_deleted),
            rollout=_rollout(view.rollout),
            wait=self._one(view.wait),
            why=self._one(view.why),
            images=self._one(view.images),
            writers=self._one(view.writers),
            budget=replace(budget, label=sys.intern(budget.label), name=key.name)
            if budget.name == key.name
            else self._one(budget),
        )

    def _one(self, part: T) -> T:
        """The first object of its type that equals `part`."""
        at = (type(part), part)
        held = self._known.get(at)
        if held is not None:
            return held  # type: ignore[return-value]
        if len(self._known) >= _ENTRIES:
            self._known.clear()
        self._known[at] = part
        return part


def _rollout(rollout: RolloutView) -> RolloutView:
    """The same with one object for each name and each common word."""
    names = {name: name for name in (*rollout.history, rollout.current, rollout.update)}
    return replace(
        rollout,
        strategy=sys.intern(rollout.strategy),
        manager=sys.intern(rollout.manager),
        current=names[rollout.current],
        update=names[rollout.update],
        history=tuple([names[name] for name in rollout.history]),
    )

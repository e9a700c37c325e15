"""Which sets a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from stsview.cli.looking import CouldNotLook
from stsview.live.snapshot import Snapshot
from stsview.model.views import SetView
from stsview.objects.meta import LabelSelector
from stsview.objects.selector import parse_selector

EVERYTHING = LabelSelector()


@dataclass(frozen=True, slots=True)
class Wanted:
    names: tuple[str, ...] = ()
    """`name` or `namespace/name`; none of them: all sets."""
    selector: LabelSelector = EVERYTHING

    @classmethod
    def of(cls, names: Sequence[str], selector: str | None) -> Self:
        """Raises `CouldNotLook` for a selector that cannot be understood."""
        try:
            return cls(
                tuple(name.removeprefix("sts/").removeprefix("statefulset/") for name in names),
                parse_selector(selector or ""),
            )
        except ValueError as error:
            raise CouldNotLook(str(error)) from error


def selected(snapshot: Snapshot, wanted: Wanted) -> list[SetView]:
    """The sets, by namespace and name. Raises `CouldNotLook` when one that is named is not there."""
    views = sorted(snapshot.fleet.sets.values(), key=lambda view: view.key)
    matching = [view for view in views if wanted.selector.matches(view.labels)]
    if not wanted.names:
        return matching
    for name in wanted.names:
        if not any(_called(view, name) for view in views):
            raise CouldNotLook(f"there is no StatefulSet {name} in {snapshot.scope.words}")
    return [view for view in matching if any(_called(view, name) for name in wanted.names)]


def _called(view: SetView, name: str) -> bool:
    return name in (view.name, str(view.key))

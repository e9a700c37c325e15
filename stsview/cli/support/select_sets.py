"""Which sets a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from stsview.cli.support.connect import CouldNotLook
from stsview.live.snapshot import Snapshot
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import LabelSelector
from stsview.objects.selector import parse_selector

EVERYTHING = LabelSelector()

_KINDS = ("sts/", "statefulset/", "pod/")
"""As kubectl writes them before a name."""


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
                tuple(map(without_kind, names)),
                parse_selector(selector or ""),
            )
        except ValueError as error:
            raise CouldNotLook(str(error)) from error


def without_kind(name: str) -> str:
    """`kafka` of `sts/kafka`, and `data/kafka` of `sts/data/kafka`."""
    return next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)


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


def the_set(snapshot: Snapshot, name: str) -> SetView:
    """The one set of that name. Raises `CouldNotLook` where there is none, or more than one."""
    views = selected(snapshot, Wanted.of((name,), None))
    if len(views) > 1:
        where = ", ".join(str(view.key) for view in views)
        raise CouldNotLook(f"{name} is the name of {len(views)} sets: {where}; name its namespace")
    return views[0]


def the_pod(snapshot: Snapshot, name: str) -> tuple[SetView, OrdinalView, str]:
    """The one pod of that name, `name` or `namespace/name`, and its uid, with the set that it belongs to by its name.

    Raises `CouldNotLook` where there is none, or more than one.
    """
    namespace, _, pod = without_kind(name).rpartition("/")
    rows = [
        (view, row)
        for view in sorted(snapshot.fleet.sets.values(), key=lambda view: view.key)
        for row in view.ordinals
        if row.name == pod and namespace in ("", view.namespace)
    ]
    there = [(view, row, row.uid) for view, row in rows if row.uid is not None]
    if len(there) == 1:
        return there[0]
    if there:
        where = ", ".join(f"{view.namespace}/{pod}" for view, *_ in there)
        raise CouldNotLook(f"{pod} is the name of {len(there)} pods: {where}; name its namespace")
    if rows:
        view, row = rows[0]
        raise CouldNotLook(f"there is no pod {pod} to be seen in {view.namespace}: {row.state.label}")
    raise CouldNotLook(f"there is no pod {name} of a StatefulSet in {snapshot.scope.words}")


def _called(view: SetView, name: str) -> bool:
    return name in (view.name, str(view.key))

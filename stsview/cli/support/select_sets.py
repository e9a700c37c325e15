"""Selection of StatefulSets and pods by the names on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from stsview.cli.support.errors import CommandError
from stsview.live.snapshot import Snapshot, Source
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import LabelSelector
from stsview.objects.selector import parse_selector

EVERYTHING = LabelSelector()

_KIND_PREFIXES = ("sts/", "statefulset/", "pod/")
"""As kubectl writes them before a name."""


@dataclass(frozen=True, slots=True)
class SetSelection:
    names: tuple[str, ...] = ()
    """`name` or `namespace/name`; empty: all sets."""
    selector: LabelSelector = EVERYTHING
    labels: str = ""
    """The selector as it was written."""

    @classmethod
    def of(cls, names: Sequence[str], selector: str | None) -> Self:
        """Raises `CommandError` for an invalid selector."""
        try:
            return cls(
                tuple(map(without_kind, names)),
                parse_selector(selector or ""),
                selector or "",
            )
        except ValueError as error:
            raise CommandError(str(error)) from error


def without_kind(name: str) -> str:
    """`kafka` of `sts/kafka`, and `data/kafka` of `sts/data/kafka`."""
    return next((name.removeprefix(kind) for kind in _KIND_PREFIXES if name.startswith(kind)), name)


def select_sets(snapshot: Snapshot, selection: SetSelection) -> list[SetView]:
    """The selected sets by namespace and name.

    Raises `CommandError` if a named set does not exist.
    """
    views = sorted(snapshot.fleet.sets.values(), key=lambda view: view.key)
    matching = [view for view in views if selection.selector.matches(view.labels)]
    if not selection.names:
        return matching
    for name in selection.names:
        if not any(_has_name(view, name) for view in views):
            raise CommandError(_not_found(snapshot, name))
    return [view for view in matching if any(_has_name(view, name) for name in selection.names)]


async def require_namespaces(source: Source, snapshot: Snapshot) -> None:
    """Raise `CommandError` if a namespace of the scope does not exist, as far as that can be read."""
    occupied = {key.namespace for key in snapshot.fleet.sets}
    # The API server answers a list in a namespace that does not exist as one in an empty namespace.
    empty = [namespace for namespace in snapshot.scope.namespaces if namespace not in occupied]
    if not empty:
        return
    existing = await source.namespaces()
    if missing := [namespace for namespace in empty if namespace not in existing]:
        noun = "namespace" if len(missing) == 1 else "namespaces"
        raise CommandError(f"{noun} {', '.join(missing)} not found: check -n and the context's namespace")


def require_sets(snapshot: Snapshot, selection: SetSelection, views: Sequence[SetView]) -> None:
    """Raise `CommandError` if no set is selected: a check of nothing must not pass unnoticed."""
    if views:
        return
    matching = f" matches {selection.labels}" if selection.labels else ""
    elsewhere = "" if not snapshot.scope.namespaces else "use -n or -A to check other namespaces, "
    raise CommandError(
        f"no StatefulSet in {snapshot.scope.text}{matching}: {elsewhere}--allow-empty if none is expected"
    )


def find_set(snapshot: Snapshot, name: str) -> SetView:
    """The one set of that name.

    Raises `CommandError` if there is none, or more than one.
    """
    views = select_sets(snapshot, SetSelection.of((name,), None))
    if len(views) > 1:
        keys = ", ".join(str(view.key) for view in views)
        raise CommandError(f"{len(views)} StatefulSets are named {name}: {keys}; add the namespace")
    return views[0]


def find_pod(snapshot: Snapshot, name: str) -> tuple[SetView, OrdinalView, str]:
    """The one pod called `name` or `namespace/name`, with its set and its uid.

    The set is the one that its name belongs to.

    Raises `CommandError` if there is none, or more than one.
    """
    namespace, _, pod = without_kind(name).rpartition("/")
    rows = [
        (view, row)
        for view in sorted(snapshot.fleet.sets.values(), key=lambda view: view.key)
        for row in view.ordinals
        if row.name == pod and namespace in ("", view.namespace)
    ]
    existing = [(view, row, row.uid) for view, row in rows if row.uid is not None]
    if len(existing) == 1:
        return existing[0]
    if existing:
        keys = ", ".join(f"{view.namespace}/{pod}" for view, *_ in existing)
        raise CommandError(f"{len(existing)} pods are named {pod}: {keys}; add the namespace")
    if rows:
        view, row = rows[0]
        raise CommandError(f"pod {pod} does not exist in {view.namespace}: {row.state.label}")
    raise CommandError(f"no StatefulSet pod {name} in {snapshot.scope.text}")


def _has_name(view: SetView, name: str) -> bool:
    return name in (view.name, str(view.key))


def _not_found(snapshot: Snapshot, name: str) -> str:
    text = f"StatefulSet {name} not found in {snapshot.scope.text}"
    namespace, slash, _ = name.partition("/")
    if slash and snapshot.scope.namespaces and namespace not in snapshot.scope.namespaces:
        return f"{text}: add -n {namespace}"
    return text

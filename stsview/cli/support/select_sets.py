"""Selection of StatefulSets and pods by the names on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import msgspec

from stsview.cli.support.errors import CommandError
from stsview.cli.support.unknown_names import POD, SET, UnknownName
from stsview.live.snapshot import Snapshot
from stsview.model.names import listed, parent_and_ordinal
from stsview.model.views import OrdinalView, SetView
from stsview.nearest import nearest
from stsview.objects.meta import Key, LabelSelector
from stsview.objects.selector import parse_selector

EVERYTHING = LabelSelector()

_KIND_PREFIXES = ("sts/", "statefulset/", "pod/")
"""As kubectl writes them before a name."""


class SetSelection(msgspec.Struct, frozen=True):
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
        if not any(has_name(view.key, name) for view in views):
            raise UnknownName(SET, name, snapshot.scope, _near(name, [view.key for view in views]))
    return [view for view in matching if any(has_name(view.key, name) for name in selection.names)]


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
    raise _unknown_pod(snapshot, without_kind(name))


def find_member(snapshot: Snapshot, name: str) -> tuple[SetView, OrdinalView | None]:
    """The set called `name`, or the set and the ordinal of `set/ordinal` or of the name of a pod.

    Each may be `namespace/name`. The pod need not exist. Raises `CommandError` if there is none, or more than one.
    """
    given = without_kind(name)
    parent, slash, last = given.rpartition("/")
    if slash and last.isdecimal() and last.isascii():
        view = find_set(snapshot, parent)
        ordinal = next((row for row in view.ordinals if row.owned and row.ordinal == int(last)), None)
        if ordinal is None:
            raise CommandError(no_ordinal(view, [int(last)]))
        return view, ordinal
    if not any(has_name(view.key, given) for view in snapshot.fleet.sets.values()):
        # The name of a set comes first: it may look like that of a pod.
        named = [
            (view, row)
            for view in snapshot.fleet.sets.values()
            for row in view.ordinals
            if row.name == last and parent in ("", view.namespace)
        ]
        if len(named) == 1:
            return named[0]
        if named or (parent_and_ordinal(last) is not None and not name.startswith(_KIND_PREFIXES[:2])):
            view, ordinal, _ = find_pod(snapshot, name)
            return view, ordinal
    return find_set(snapshot, given), None


def no_ordinal(view: SetView, ordinals: Sequence[int]) -> str:
    """The error for ordinals that a set does not have."""
    pods = listed([row.name for row in view.ordinals if row.owned])
    words = f"{'ordinal' if len(ordinals) == 1 else 'ordinals'} {', '.join(map(str, ordinals))}"
    return f"{view.key} has no {words}: it has {f'the pods {pods}' if pods else 'no pods'}"


def _unknown_pod(snapshot: Snapshot, name: str) -> CommandError:
    """Why there is no such pod: its set has no such ordinal, or is unknown itself."""
    namespace, _, pod = name.rpartition("/")
    parsed = parent_and_ordinal(pod)
    views = sorted(snapshot.fleet.sets.values(), key=lambda view: view.key)
    for view in views:
        if namespace not in ("", view.namespace):
            continue
        if view.name == pod or (parsed is not None and view.name == parsed[0]):
            pods = listed([row.name for row in view.ordinals])
            what = "is a StatefulSet, not a pod" if view.name == pod else "does not exist"
            return CommandError(f"{name} {what}: {view.key} has {f'the pods {pods}' if pods else 'no pods'}")
    pods_by_key = [Key(view.namespace, row.name) for view in views for row in view.ordinals if row.uid is not None]
    return UnknownName(POD, name, snapshot.scope, _near(name, pods_by_key))


def _near(name: str, keys: Sequence[Key]) -> list[Key]:
    """Those of `keys` whose name is the nearest to that of `name`; in its namespace, if it names one that has any."""
    namespace, _, bare = name.rpartition("/")
    here = [key for key in keys if key.namespace == namespace]
    names = nearest(bare, (key.name for key in here or keys), 1)
    return [key for key in here or keys if key.name in names]


def has_name(key: Key, name: str) -> bool:
    """Whether `name` or `namespace/name` names the set."""
    return name in (key.name, str(key))

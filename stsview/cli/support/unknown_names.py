"""Errors for names of StatefulSets and pods that do not exist: where they do exist, or which names are near."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.cli.output.console import where
from stsview.cli.support.errors import CommandError
from stsview.live.snapshot import Scope, Source
from stsview.model.names import parent_and_ordinal
from stsview.nearest import did_you_mean, nearest, suggested
from stsview.objects.meta import Key

SET, POD = "StatefulSet", "pod"

_MOST_FOUND = 5
_MOST_NEAR = 3


class UnknownName(CommandError):
    """No StatefulSet, or no pod of one, has this name in the namespaces that are read.

    The message is complete, but knows these namespaces alone; `explained` looks into the others.
    """

    def __init__(self, kind: str, given: str, scope: Scope, near: Sequence[Key] = ()) -> None:
        self.kind = kind
        """`SET` or `POD`."""
        self.namespace, _, self.name = given.rpartition("/")
        """As they were given; the namespace is empty if the name has none."""
        self.near = tuple(near[:_MOST_NEAR])
        """Existing objects with a name near to it, in the namespaces that are read."""
        name = self.name if scope.namespaces == (self.namespace,) else given
        self.subject = f"No {kind} {name} in {where(scope, 'any namespace')}"
        super().__init__(self.subject + suggested([str(key) for key in self.near]))


async def require_namespaces(source: Source) -> None:
    """Raise `CommandError` if a namespace of the scope does not exist, as far as that can be read."""
    if not (missing := await _missing_namespaces(source)):
        return
    noun = "namespace" if len(missing) == 1 else "namespaces"
    hint = did_you_mean(missing[0], (await source.namespaces()).names) if len(missing) == 1 else ""
    raise CommandError(f"{noun} {', '.join(missing)} not found" + (hint or ": check -n and the context's namespace"))


async def _missing_namespaces(source: Source) -> list[str]:
    snapshot = source.snapshot
    occupied = {key.namespace for key in snapshot.fleet.sets}
    # The API server answers a list in a namespace that does not exist as one in an empty namespace.
    empty = [namespace for namespace in snapshot.scope.namespaces if namespace not in occupied]
    if not empty:
        return []
    listed = await source.namespaces()
    return [] if listed.problem else [namespace for namespace in empty if namespace not in listed.names]


async def explained(error: UnknownName, source: Source) -> CommandError:
    """The error with what a look at all namespaces adds."""
    scope, missing = source.snapshot.scope, await _missing_namespaces(source)
    keys = await source.set_keys()
    parsed = parent_and_ordinal(error.name) if error.kind == POD else None
    set_name = parsed[0] if parsed is not None else error.name
    same = [key for key in keys if key.name == set_name and not _covers(scope, key.namespace)]
    if same or not missing:
        subject = f"No namespace {', '.join(missing)}" if missing else error.subject
        if same:
            return CommandError(f"{subject}. {_found(same, error)}")
        if error.near or error.kind == POD:
            return error
        names = nearest(error.name, (key.name for key in keys), 1)
        return CommandError(error.subject + suggested([str(key) for key in keys if key.name in names][:_MOST_NEAR]))
    try:
        await require_namespaces(source)
    except CommandError as unknown_namespace:
        return unknown_namespace
    return error


def _covers(scope: Scope, namespace: str) -> bool:
    return not scope.namespaces or namespace in scope.namespaces


def _found(keys: Sequence[Key], error: UnknownName) -> str:
    """`Found: mq/kafka (use -n mq)`."""
    more = f" and {len(keys) - _MOST_FOUND} more" if len(keys) > _MOST_FOUND else ""
    kind = "" if error.kind != POD else "StatefulSet " if len(keys) == 1 else "StatefulSets "
    found = f"Found: {kind}{', '.join(map(str, keys[:_MOST_FOUND]))}{more}"
    if error.namespace and error.namespace not in {key.namespace for key in keys}:
        # The name itself is to be corrected.
        return found
    return f"{found} (use -n {keys[0].namespace if len(keys) == 1 else 'NAMESPACE'})"

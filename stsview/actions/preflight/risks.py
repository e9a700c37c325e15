"""Risks that several plans have, one sentence each."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.model.names import short_revision
from stsview.model.views import OrdinalView

ONLY_MEMBER = "It is the only replica: the service is down until the new pod is Ready."


def new_leader(pod: str, role: str) -> str:
    """`role`: what the pod's label says, such as primary."""
    return f"{pod} is labelled {role}: the other members may have to elect a new one."


def first_new_leader(rows: Iterable[OrdinalView]) -> tuple[str, ...]:
    """That risk for the first of several pods that has a role; nothing where none has."""
    return tuple(new_leader(row.name, row.role) for row in rows if row.role)[:1]


def other_revision(row: OrdinalView | None, set_name: str) -> tuple[str, ...]:
    """That a pod is recreated from another template.

    Nothing where it is not, or where that is unknown.
    """
    if row is None or not row.revision or row.comes_back_on in ("", row.revision):
        return ()
    runs, back = (short_revision(revision, set_name) for revision in (row.revision, row.comes_back_on))
    return (f"{row.name} runs {runs} and will be recreated on {back}: its pod template changes.",)

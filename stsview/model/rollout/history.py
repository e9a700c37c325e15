"""The revision history of a set, with the pods that run each revision."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.base import Record
from stsview.model.names import short_revision
from stsview.model.rollout.detail import RevisionView
from stsview.model.views import SetView
from stsview.nearest import did_you_mean


class HistoryEntry(Record, frozen=True):
    revision: RevisionView
    current: bool
    """Whether it is the current revision: pods below a partition are recreated on it."""
    update: bool
    """Whether it is the update revision."""
    pods: tuple[str, ...]
    """Names of the set's pods that run it; empty while pods cannot be read."""


def history_of(view: SetView, revisions: Sequence[RevisionView]) -> tuple[HistoryEntry, ...]:
    """The entries, the newest first."""
    return tuple(
        HistoryEntry(
            revision,
            revision.name == view.rollout.current,
            revision.name == view.rollout.update,
            tuple(row.name for row in view.ordinals if row.uid is not None and row.revision == revision.name),
        )
        for revision in reversed(revisions)
    )


def find_revision(entries: Sequence[HistoryEntry], words: str, set_name: str) -> RevisionView:
    """The revision with that number, name or hash.

    `current` and `update` are accepted as well.

    Raises ValueError, with a message for the user, where there is none.
    """
    hashes: list[str] = []
    for entry in entries:
        revision = entry.revision
        hashes += [revision.name, short_revision(revision.name, set_name)]
        names = {str(revision.number), revision.name, short_revision(revision.name, set_name)}
        if words in names or (words == "current" and entry.current) or (words == "update" and entry.update):
            return revision
    known = ", ".join(str(entry.revision.number) for entry in entries) or "none"
    # A number is near to other numbers, without being a typing error for one of them.
    near = "" if words.isdecimal() else did_you_mean(words, [*hashes, "current", "update"])
    raise ValueError(f"{set_name} has no revision {words}" + (near or f"; it has {known}"))

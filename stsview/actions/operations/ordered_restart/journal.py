"""The journal of an ordered restart, to show and resume an interrupted one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from stsview.actions.execution.journal_folder import VERSION, JournalFolder, is_locked
from stsview.actions.intents import Order, OrderedRestart, RemovalMethod
from stsview.model.names import pod_name
from stsview.objects.meta import Key

_FILES = JournalFolder("restarts", "restarting")

_MOST_NAMES = 8
"""How many pods are named at most."""


class Done(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    old_uid: str
    new_uid: str
    at: str
    """ISO 8601, by the server's time."""


class Current(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    ordinal: int
    uid: str
    """Of the pod that was to be removed."""


class Options(msgspec.Struct, frozen=True, rename="camel"):
    order: Order
    last: str
    means: RemovalMethod
    soak: float
    command: str
    other_revision: bool


class Journal(msgspec.Struct, frozen=True, rename="camel"):
    """How far a restart is.

    Pods in `left` were not touched; only the cluster tells whether `current` was removed.
    """

    id: str
    namespace: str
    set: str
    uid: str
    context: str
    server: str
    started: str
    revision: str
    """Name of the update revision that was confirmed."""
    options: Options
    done: tuple[Done, ...] = ()
    current: Current | None = None
    left: tuple[int, ...] = ()
    """Ordinals, in the order of the restart."""
    version: str = VERSION


_JOURNAL = msgspec.json.Decoder(Journal)


class Unfinished(msgspec.Struct, frozen=True):
    """A restart that has no recorded end."""

    path: Path
    journal: Journal | None
    """None where it cannot be read."""
    running: bool
    """Whether a process is restarting the set now."""
    fault: str = ""
    """Why it cannot be read, on one line; empty where it can."""

    @property
    def words(self) -> str:
        """What is done and what is left, on one line.

        Reads well after a verb, as in `resume …`.
        """
        journal = self.journal
        if journal is None:
            return f"an earlier restart, of which the journal cannot be read: {self.fault}"
        begun = f"the {'running' if self.running else 'unfinished'} restart of {journal.started}"
        parts = [f"{_names([one.name for one in journal.done])} done"] if journal.done else ["none done"]
        if journal.current is not None:
            parts.append(f"{journal.current.name} in progress")
        if journal.left:
            parts.append(f"{_names([pod_name(journal.set, ordinal) for ordinal in journal.left])} left")
        return f"{begun}: {', '.join(parts)}"

    def intent(self) -> OrderedRestart | None:
        """The intent that resumes it: first the pod in progress, then those left.

        None where none are known.
        """
        journal = self.journal
        if journal is None or (journal.current is None and not journal.left):
            return None
        first = (journal.current.ordinal,) if journal.current is not None else ()
        options = journal.options
        return OrderedRestart(
            Key(journal.namespace, journal.set),
            journal.uid,
            journal.revision,
            Order.LISTED,
            (*first, *journal.left),
            options.last,
            options.means,
            options.soak,
            options.command,
            options.other_revision,
            journal.id,
        )


def unfinished(state_folder: Path, set_uid: str) -> Unfinished | None:
    """The restart of a set that has no recorded end; None where there is none.

    Never raises.
    """
    path = _FILES.path(state_folder, set_uid)
    try:
        data = _FILES.read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unfinished(path, None, is_locked(path), f"{path}: {error.strerror}")
    try:
        journal = _JOURNAL.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unfinished(path, None, is_locked(path), f"{path} is not the journal of a restart")
    if journal.uid != set_uid or journal.version != VERSION:
        return Unfinished(path, None, is_locked(path), f"{path} belongs to another set or another version of stsview")
    return Unfinished(path, journal, is_locked(path))


def discard(state_folder: Path, set_uid: str) -> None:
    """Remove the journal of a set, if there is one.

    Raises `JournalFailed`, also while a process restarts the set.
    """
    with locked(state_folder, set_uid):
        remove(state_folder, set_uid)


def locked(state_folder: Path, set_uid: str) -> AbstractContextManager[None]:
    """Hold the lock of a set: only one process may restart it. Raises `JournalFailed`."""
    return _FILES.locked(state_folder, set_uid)


def write(state_folder: Path, journal: Journal) -> None:
    """Write the journal atomically and to the disk.

    Raises `JournalFailed`: then nothing may be sent.
    """
    _FILES.write(state_folder, journal.uid, journal)


def remove(state_folder: Path, set_uid: str) -> None:
    """Remove the journal, if there is one. Raises `JournalFailed`."""
    _FILES.remove(state_folder, set_uid)


def _names(names: list[str]) -> str:
    """A few names each; of many the first, the last and the number."""
    if len(names) > _MOST_NAMES:
        return f"{names[0]} to {names[-1]} ({len(names)} pods)"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

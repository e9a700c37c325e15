"""The journal of a growth, to show and resume an interrupted one.

It says what was asked for. How far that is, the cluster tells: a claim that has the size is not touched again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from pathlib import Path

import msgspec

from stsview.actions.execution.journal_folder import VERSION, JournalFailed, JournalFolder, is_locked
from stsview.actions.intents import Grow
from stsview.model.names import listed
from stsview.objects.meta import Key

_FILES = JournalFolder("growths", "growing the storage of")


class Journal(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    namespace: str
    set: str
    uid: str
    context: str
    server: str
    started: str
    """ISO 8601, by the server's time."""
    size: str
    claim: str
    """Name of the claim template."""
    ordinals: tuple[int, ...]
    """Those whose claims grow, in their order."""
    parallel: int
    template: bool
    done: tuple[str, ...] = ()
    """Names of the claims that have the size."""
    current: tuple[str, ...] = ()
    """Names of those that were asked to grow, and do not have it yet."""
    version: str = VERSION


_JOURNAL = msgspec.json.Decoder(Journal)


class Unfinished(msgspec.Struct, frozen=True):
    """A growth that has no recorded end."""

    path: Path
    journal: Journal | None
    """None where it cannot be read."""
    running: bool
    """Whether a process is at it now."""
    fault: str = ""
    """Why it cannot be read, on one line; empty where it can."""

    @property
    def words(self) -> str:
        """What is done and what is left, on one line; reads well after a verb, as in `resume …`."""
        journal = self.journal
        if journal is None:
            return f"an earlier growth, of which the journal cannot be read: {self.fault}"
        begun = f"the {'running' if self.running else 'unfinished'} growth to {journal.size} of {journal.started}"
        parts = [f"{listed(journal.done)} done"] if journal.done else ["none done"]
        if journal.current:
            parts.append(f"{listed(journal.current)} in progress")
        if left := len(journal.ordinals) - len(journal.done) - len(journal.current):
            parts.append(f"{left} left")
        if journal.template:
            parts.append("then the template")
        return f"{begun}: {', '.join(parts)}"

    def intent(self, set_uid: str = "") -> Grow | None:
        """The intent that resumes it; None where it cannot be read.

        `set_uid`: of the set that has the name now, where that was created again meanwhile; empty: the same.
        """
        journal = self.journal
        if journal is None:
            return None
        return Grow(
            Key(journal.namespace, journal.set),
            set_uid or journal.uid,
            journal.size,
            journal.claim,
            journal.ordinals,
            journal.parallel,
            journal.template,
            journal.id,
        )


def unfinished(state_folder: Path, set_uid: str) -> Unfinished | None:
    """The growth of a set that has no recorded end; None where there is none.

    Never raises.
    """
    found = _read(_FILES.path(state_folder, set_uid))
    if found is not None and found.journal is not None and found.journal.uid != set_uid:
        return Unfinished(found.path, None, found.running, f"{found.path} belongs to another set")
    return found


def all_unfinished(state_folder: Path) -> list[Unfinished]:
    """Every growth without a recorded end, in any cluster; never raises."""
    return [found for path in _FILES.paths(state_folder) if (found := _read(path)) is not None]


def _read(path: Path) -> Unfinished | None:
    try:
        journal = _JOURNAL.decode(_FILES.read(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unfinished(path, None, is_locked(path), f"{path}: {error.strerror}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unfinished(path, None, is_locked(path), f"{path} is not the journal of a growth")
    if journal.version != VERSION:
        return Unfinished(path, None, is_locked(path), f"{path} belongs to another version of stsview")
    return Unfinished(path, journal, is_locked(path))


def locked(state_folder: Path, set_uid: str) -> AbstractContextManager[None]:
    """Hold the lock of a set: only one process may grow it. Raises `JournalFailed`."""
    return _FILES.locked(state_folder, set_uid)


def write(state_folder: Path, journal: Journal) -> None:
    """Raises `JournalFailed`: then nothing may be sent."""
    _FILES.write(state_folder, journal.uid, journal)


def remove(state_folder: Path, set_uid: str) -> None:
    """Remove the journal, if there is one. Raises `JournalFailed`."""
    _FILES.remove(state_folder, set_uid)


def remove_former(state_folder: Path, journal: Journal) -> None:
    """Remove the journals of former sets of that name: a recreation that was continued leaves one.

    Never raises.
    """
    for found in all_unfinished(state_folder):
        former = found.journal
        if former is None or found.running or former.uid == journal.uid:
            continue
        if (former.namespace, former.set, former.server) == (journal.namespace, journal.set, journal.server):
            with suppress(JournalFailed):
                _FILES.remove(state_folder, former.uid)

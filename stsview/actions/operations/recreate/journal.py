"""What is saved before a set is deleted: both manifests, and what its pods, revisions and claims were.

The journal decides nothing: where a recreation stands is read from the cluster.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from stsview.actions.execution.journal_folder import VERSION, JournalFailed, JournalFolder, is_locked
from stsview.actions.operations.recreate.changes import Manifest
from stsview.objects.meta import Key

_FILES = JournalFolder("recreations", "recreating")
_MANIFESTS = JournalFolder("manifests", "recreating")


class PodMark(msgspec.Struct, frozen=True, rename="camel"):
    """What must be the same of a pod before and after."""

    name: str
    uid: str
    restarts: int


class ClaimMark(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    uid: str


class Journal(msgspec.Struct, frozen=True, rename="camel"):
    """A recreation that was begun."""

    namespace: str
    set: str
    uid: str
    """Of the set that is deleted."""
    context: str
    server: str
    started: str
    """ISO 8601, by the server's time."""
    command: str
    """The command of stsview that began it: `recreate`."""
    changes: tuple[str, ...]
    """As the option --set has them."""
    old: Manifest
    new: Manifest
    revision: str
    """Name of the update revision."""
    revisions: tuple[str, ...]
    """Names of all its revisions, the newest last."""
    pods: tuple[PodMark, ...]
    claims: tuple[ClaimMark, ...]
    version: str = VERSION

    @property
    def key(self) -> Key:
        return Key(self.namespace, self.set)


_JOURNAL = msgspec.json.Decoder(Journal)


class Unfinished(msgspec.Struct, frozen=True):
    """A recreation that has no recorded end."""

    path: Path
    journal: Journal
    running: bool
    """Whether a process is at it now."""

    def is_of(self, key: Key, set_uid: str, pod_uids: Collection[str]) -> bool:
        """Whether it is of the set of that name.

        The cluster may be reached by several addresses, and names repeat in other clusters: it is the same set if its
        uid, or that of one of its pods, is.
        """
        journal = self.journal
        return journal.key == key and (journal.uid == set_uid or any(pod.uid in pod_uids for pod in journal.pods))

    @property
    def words(self) -> str:
        """On one line; reads well after a verb, as in `resume …`."""
        running = "running" if self.running else "unfinished"
        return f"the {running} recreation of {self.journal.started} ({', '.join(self.journal.changes)})"


def stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def all_unfinished(state_folder: Path) -> list[Unfinished]:
    """Every recreation without a recorded end, in any cluster; files that are not journals are left out.

    Never raises.
    """
    found = []
    for path in _FILES.paths(state_folder):
        try:
            journal = _JOURNAL.decode(_FILES.read(path))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if journal.version == VERSION:
            found.append(Unfinished(path, journal, is_locked(path)))
    return found


def unfinished(
    state_folder: Path, key: Key, set_uid: str, pod_uids: Collection[str], gone_from: str = ""
) -> Unfinished | None:
    """The newest unfinished recreation of a set; None where there is none.

    `gone_from`: the address of the server, where no set has the name: all its pods may be gone too.
    """
    same = [
        one
        for one in all_unfinished(state_folder)
        if one.is_of(key, set_uid, pod_uids)
        or (gone_from != "" and one.journal.key == key and one.journal.server == gone_from)
    ]
    return max(same, key=lambda one: one.journal.started, default=None)


def locked(state_folder: Path, set_uid: str) -> AbstractContextManager[None]:
    """Hold the lock of a recreation. Raises `JournalFailed` where another process holds it."""
    return _FILES.locked(state_folder, set_uid)


def write(state_folder: Path, journal: Journal) -> Path:
    """Save the journal and the old manifest, and return the path of the manifest, which `kubectl create -f` takes.

    Raises `JournalFailed`: then nothing may be sent.
    """
    path = manifest_path(state_folder, journal.uid)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise JournalFailed(f"cannot write the manifest {path}: {error.strerror}") from error
    _MANIFESTS.write(state_folder, journal.uid, journal.old)
    _FILES.write(state_folder, journal.uid, journal)
    return path


def manifest_path(state_folder: Path, set_uid: str) -> Path:
    """The file with the old manifest; it is kept when all is done."""
    return _MANIFESTS.path(state_folder, set_uid)


def remove(state_folder: Path, set_uid: str) -> None:
    """Forget a recreation that is over; its manifest stays. Raises `JournalFailed`."""
    _FILES.remove(state_folder, set_uid)

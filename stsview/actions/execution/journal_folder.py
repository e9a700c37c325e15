"""Files that say how far an action is, to show and resume it when its process ended early.

Each action has a folder of its own, with one file for each set, named by its uid, and next to it a lock that the
process holds: the operating system releases it however the process ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import filelock
import msgspec

VERSION = "stsview/v1"

_MOST_BYTES = 4_000_000
"""Upper bound of what is read of a file; the journal of the largest set is smaller."""


class JournalFailed(Exception):
    """The journal cannot be written, locked or removed; one line."""


class JournalFolder(msgspec.Struct, frozen=True):
    """The journals of one action, in the folder of the audit log."""

    name: str
    """Of the folder: `restarts`."""
    doing: str
    """What the action does to a set, after `is`: `restarting`."""

    def path(self, state_folder: Path, set_uid: str) -> Path:
        """The path of the journal of a set.

        The uid comes from the server, and must not lead to another folder.
        """
        plain = re.fullmatch(r"[A-Za-z0-9-]{1,64}", set_uid)
        stem = set_uid if plain else hashlib.sha256(set_uid.encode("utf-8", "surrogatepass")).hexdigest()
        return state_folder / self.name / f"{stem}.json"

    def paths(self, state_folder: Path) -> list[Path]:
        """The paths of all journals, in the order of their names; none where there is no folder."""
        try:
            return sorted(path for path in (state_folder / self.name).iterdir() if path.suffix == ".json")
        except OSError:
            return []

    def read(self, path: Path) -> bytes:
        """Raises OSError; FileNotFoundError where there is no journal."""
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as stream:
            return stream.read(_MOST_BYTES)

    def write(self, state_folder: Path, set_uid: str, journal: msgspec.Struct | Mapping[str, Any]) -> None:
        """Write a journal atomically, with mode 0600, and to the disk.

        Raises `JournalFailed`: then nothing may be sent.
        """
        path = self.path(state_folder, set_uid)
        try:
            file, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem[:40], suffix=".new")
            try:
                with os.fdopen(file, "wb") as stream:
                    stream.write(msgspec.json.format(msgspec.json.encode(journal), indent=2) + b"\n")
                    stream.flush()
                    os.fsync(stream.fileno())
                Path(name).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
            _sync(path.parent)
        except UnicodeEncodeError as error:
            raise JournalFailed(f"cannot write the journal {path}: not valid text") from error
        except OSError as error:
            raise JournalFailed(f"cannot write the journal {path}: {error.strerror}") from error

    def remove(self, state_folder: Path, set_uid: str) -> None:
        """Remove a journal, if there is one. Raises `JournalFailed`."""
        path = self.path(state_folder, set_uid)
        try:
            path.unlink(missing_ok=True)
            _sync(path.parent)
        except OSError as error:
            raise JournalFailed(f"cannot remove the journal {path}: {error.strerror}") from error

    @contextmanager
    def locked(self, state_folder: Path, set_uid: str) -> Iterator[None]:
        """Hold the lock of a set: only one process may do this to it. Raises `JournalFailed`."""
        path = self.path(state_folder, set_uid)
        lock = filelock.FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600, thread_local=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire()
        except filelock.Timeout as error:
            raise JournalFailed(f"another stsview is {self.doing} this StatefulSet") from error
        except OSError as error:
            raise JournalFailed(f"cannot write the journal {path}: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()


def is_locked(journal: Path) -> bool:
    """Whether a process holds the lock of a journal; False where that cannot be found out."""
    lock = journal.with_suffix(".lock")
    if not lock.exists():
        return False
    probe = filelock.FileLock(lock, timeout=0, thread_local=False)
    try:
        probe.acquire()
    except filelock.Timeout:
        return True
    except OSError:
        return False
    probe.release()
    return False


def _sync(folder: Path) -> None:
    """Flush the folder, so that a rename or removal survives a loss of power."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)

"""What is written down of an ordered restart, so that one that was killed can be told of and gone on with.

One file for each set, named for its uid, and a lock beside it that a process holds for as long as it is at it: the
system lets go of it however the process ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock
import msgspec

from stsview.actions.intents import Order, OrderedRestart, RemovalMethod
from stsview.model.names import pod_name
from stsview.objects.meta import Key

VERSION = "stsview/v1"

_NAMED = 8
"""So many pods at most are named each."""

_MOST_BYTES = 4_000_000
"""More than a restart of any set takes."""


class JournalFailed(Exception):
    """It cannot be written, locked or removed; one line."""


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
    """Of the pod that was to go."""


class Options(msgspec.Struct, frozen=True, rename="camel"):
    order: Order
    last: str
    means: RemovalMethod
    soak: float
    command: str
    other_revision: bool


class Journal(msgspec.Struct, frozen=True, rename="camel"):
    """How far a restart is. What `left` holds was not touched; whether `current` was sent, only the cluster knows."""

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
    """Ordinals, in their order."""
    version: str = VERSION


_JOURNAL = msgspec.json.Decoder(Journal)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A restart that was begun and of which nobody wrote down the end."""

    path: Path
    journal: Journal | None
    """None where it cannot be read."""
    running: bool
    """Whether a process is at it now."""
    fault: str = ""
    """Why it cannot be read: one line; empty where it can."""

    @property
    def words(self) -> str:
        """What is done and what is left, on one line."""
        journal = self.journal
        if journal is None:
            return f"a restart was begun before, and how far it came cannot be read: {self.fault}"
        begun = f"a restart that began {journal.started} {'goes on' if self.running else 'was not finished'}"
        parts = [f"{_names([one.name for one in journal.done])} done"] if journal.done else ["none done"]
        if journal.current is not None:
            parts.append(f"{journal.current.name} {'is' if self.running else 'was'} under way")
        if journal.left:
            parts.append(f"{_names([pod_name(journal.set, ordinal) for ordinal in journal.left])} left")
        return f"{begun}: {', '.join(parts)}"

    def intent(self) -> OrderedRestart | None:
        """What goes on with it: what was under way, then what is left. None where that is nothing, or not known."""
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
    """The restart of a set of which the end was not written down; None where there is none. Raises nothing."""
    path = _path(state_folder, set_uid)
    try:
        data = _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unfinished(path, None, _held(path), f"{path}: {error.strerror}")
    try:
        journal = _JOURNAL.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unfinished(path, None, _held(path), f"{path} is no record of a restart")
    if journal.uid != set_uid or journal.version != VERSION:
        return Unfinished(path, None, _held(path), f"{path} is of another set, or another version of stsview")
    return Unfinished(path, journal, _held(path))


def forget(state_folder: Path, set_uid: str) -> None:
    """Drop what is written down of it; what is not there need not be. Raises `JournalFailed`, also while a process is
    at it."""
    with locked(state_folder, set_uid):
        remove(state_folder, set_uid)


@contextmanager
def locked(state_folder: Path, set_uid: str) -> Iterator[None]:
    """Be the one process that restarts the set. Raises `JournalFailed`."""
    path = _path(state_folder, set_uid)
    lock = filelock.FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except filelock.Timeout as error:
        raise JournalFailed("another stsview restarts this set just now") from error
    except OSError as error:
        raise JournalFailed(f"{path}: how far it comes cannot be written down: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def write(state_folder: Path, journal: Journal) -> None:
    """All of it or nothing, and on the disk when this returns. Raises `JournalFailed`: then nothing may be sent."""
    path = _path(state_folder, journal.uid)
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
        raise JournalFailed(f"{path}: how far it is cannot be written down: it is no text") from error
    except OSError as error:
        raise JournalFailed(f"{path}: how far it is cannot be written down: {error.strerror}") from error


def remove(state_folder: Path, set_uid: str) -> None:
    """Raises `JournalFailed`."""
    path = _path(state_folder, set_uid)
    try:
        path.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise JournalFailed(f"{path} cannot be removed: {error.strerror}") from error


def _read(path: Path) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(file, "rb") as stream:
        return stream.read(_MOST_BYTES)


def _held(path: Path) -> bool:
    """Whether a process has the lock; where that cannot be found out, nobody is believed to."""
    lock = path.with_suffix(".lock")
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


def _path(state_folder: Path, set_uid: str) -> Path:
    """A uid is what the server says it is, and is not to lead anywhere else."""
    plain = re.fullmatch(r"[A-Za-z0-9-]{1,64}", set_uid)
    name = set_uid if plain else hashlib.sha256(set_uid.encode("utf-8", "surrogatepass")).hexdigest()
    return state_folder / "restarts" / f"{name}.json"


def _sync(folder: Path) -> None:
    """So that a name that was given or taken away stays so through a loss of power."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _names(names: list[str]) -> str:
    """Each of a few; of many, which nobody would read, the first, the last and how many."""
    if len(names) > _NAMED:
        return f"{names[0]} … {names[-1]} ({len(names)} pods)"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

"""Answers that take long, from a short-lived cache on the disk.

A process of its own reads them, so that what hangs delays the shell no longer than `WAIT_SECONDS`; it finishes
nevertheless, and the next press of a key finds what it read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

WAIT_SECONDS = 1.0
"""How long a shell waits for what is not in the cache."""

LIMIT_SECONDS = 10
"""When a process that reads is ended; a shell has long ceased to wait."""

FRESH_SECONDS = 10.0
"""How old names of a cluster may be. A failure is remembered as long, so that it is not repeated at every key."""

_PRUNED_SECONDS = 86_400.0


def cache_folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("stsview") / "completion"


def remembered(
    kind: str,
    key: Sequence[object],
    read: Callable[[], Any],
    *,
    fresh_seconds: float = FRESH_SECONDS,
    folder: Path | None = None,
) -> Any:
    """What `read` returns, as JSON, or returned within `fresh_seconds` for the same key.

    None where it failed, or takes longer than `WAIT_SECONDS`. Never raises.
    """
    # Names only, and nothing of the key in the name of the file: it may be that of a user.
    digest = hashlib.sha256(json.dumps([kind, *key], default=str).encode()).hexdigest()[:32]
    path = (folder or cache_folder()) / f"{kind}-{digest}.json"
    found, value = _load(path, fresh_seconds)
    if found:
        return value
    if not hasattr(os, "fork"):
        return _read(read)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _read_and_end(path, read, writing, fresh_seconds)
    os.close(writing)
    try:
        return _wait(reading)
    finally:
        os.close(reading)
        with contextlib.suppress(OSError):
            os.waitpid(child, os.WNOHANG)


def _wait(reading: int) -> Any:
    until, data = time.monotonic() + WAIT_SECONDS, bytearray()
    while (left := until - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            return _decoded(bytes(data))[1]
        data += chunk
    return None


def _read_and_end(path: Path, read: Callable[[], Any], writing: int, fresh_seconds: float) -> NoReturn:
    """In the process that reads: write the answer to the file and to the pipe, and end without returning."""
    try:
        # The shell waits until every copy of its pipe is closed.
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.setsid()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LIMIT_SECONDS)
        with _turn(path):
            # Another one may have read the same meanwhile.
            found, value = _load(path, fresh_seconds)
            if not found:
                value = _read(read)
                _store(path, value)
        os.write(writing, json.dumps(value).encode())
    except BaseException:  # noqa: S110 - the shell must get no traceback
        pass
    finally:
        os._exit(0)


def _read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (Exception, SystemExit):
        return None


@contextlib.contextmanager
def _turn(path: Path) -> Any:
    """One process at a time reads the same: keys are pressed faster than a slow cluster answers."""
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        # Without a cache every key reads by itself.
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _load(path: Path, fresh_seconds: float) -> tuple[bool, Any]:
    """Whether there is a usable answer, and the answer."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False, None
    try:
        status = os.fstat(file)
        age = time.time() - status.st_mtime
        if not 0 <= age < fresh_seconds or status.st_uid != os.getuid():
            return False, None
        with os.fdopen(os.dup(file), "rb") as stream:
            return _decoded(stream.read())
    except OSError:
        return False, None
    finally:
        os.close(file)


def _decoded(data: bytes) -> tuple[bool, Any]:
    try:
        return True, json.loads(data)
    except ValueError:
        return False, None


def _store(path: Path, value: Any) -> None:
    with contextlib.suppress(OSError):
        temporary = path.with_suffix(f".{os.getpid()}")
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "w") as stream:
            json.dump(value, stream)
        temporary.replace(path)
        _prune(path.parent)


def _prune(folder: Path) -> None:
    """Remove what no longer counts, such as that of kubeconfigs that have changed."""
    before = time.time() - _PRUNED_SECONDS
    for old in folder.iterdir():
        with contextlib.suppress(OSError):
            if old.stat().st_mtime < before:
                old.unlink()

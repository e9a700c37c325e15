"""The audit log: one JSON line before and one after each write to a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from stsview.cluster.config import ClusterConfig

VERSION = "stsview/v1"


class AuditFailed(Exception):
    """The audit log cannot be written, so nothing may be sent; or it cannot be read.

    The message is one line.
    """


def usual_path() -> Path:
    """Path of the log: `$STSVIEW_AUDIT`, else `audit.jsonl` in the state folder."""
    configured = os.environ.get("STSVIEW_AUDIT")
    return Path(configured).expanduser() if configured else platformdirs.user_state_path("stsview") / "audit.jsonl"


def acting_as(config: ClusterConfig) -> dict[str, Any]:
    """The fields of a line that name the impersonated user; both are empty without impersonation."""
    other = config.credentials.impersonation
    return {
        "actingAs": other.user if other is not None else "",
        "actingAsGroups": list(other.groups) if other is not None else [],
    }


class AuditLog(msgspec.Struct, frozen=True):
    """Appends to one file with mode 0600, and never rewrites it.

    Several processes may append at once: each line is one write to a file opened with O_APPEND.
    """

    path: Path

    def append(self, entry: Mapping[str, Any], now: datetime) -> None:
        """Append one line, and return once it is on the disk. Raises `AuditFailed`."""
        line = json.dumps({"version": VERSION, "time": _stamp(now), **entry}, ensure_ascii=True) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                data = line.encode()
                written = os.write(file, data)
                if written != len(data):
                    # A truncated line must not make the next one unreadable.
                    os.write(file, b"\n")
                    raise AuditFailed(f"{self.path}: only part of the line was written; is the disk full?")
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise AuditFailed(f"cannot write the audit log {self.path}: {error.strerror}; nothing is sent") from error

    def entries(self, since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Yield the entries, the oldest first; none where there is no file.

        Other lines are skipped.

        Raises `AuditFailed` where the file cannot be read.
        """
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    entry = _entry(line)
                    if entry is not None and (since is None or _time(entry) >= since):
                        yield entry
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditFailed(f"cannot read the audit log {self.path}: {error.strerror}") from error


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("time"), str) else None


def _time(entry: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(entry["time"])
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The log file: off by default, rotating, mode 0600, redacted.

Nothing is ever logged to the screen, which the dashboard draws on.
"""

from __future__ import annotations

import errno
import logging
import logging.handlers
import os
import platform
import stat
import sys
import time
from pathlib import Path

import platformdirs

from stsview import __version__
from stsview.cluster.auth.redaction import redact

MAX_BYTES = 4 * 1024 * 1024
BACKUPS = 2
"""Older files that are kept, as `stsview.log.1` and `stsview.log.2`."""


class BadLogFile(Exception):
    """The log file cannot be written; the message is one line that says what to do."""


def default_path() -> Path:
    """`stsview.log` in the platform's state folder, which holds the audit log as well."""
    return platformdirs.user_state_path("stsview") / "stsview.log"


def start_log(path: str | None = None) -> Path:
    """Write everything that is logged to `path`, by default to `default_path()`.

    Returns the path.

    Modules of stsview log from DEBUG up, libraries from INFO up: kubernetes-asyncio logs whole responses at DEBUG.
    Raises `BadLogFile`.
    """
    file = Path(path).expanduser() if path is not None else default_path()
    try:
        if path is None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = _LogFile(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) == errno.ELOOP:
            why = "it is a symbolic link"
        raise BadLogFile(f"cannot write the log to {file}: {why}; name another file with --log-file") from error
    stop_log()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("stsview").setLevel(logging.DEBUG)
    logging.captureWarnings(True)
    logging.getLogger(__name__).info(
        "stsview %s, Python %s, %s", __version__, sys.version.split()[0], platform.system()
    )
    return file


def stop_log() -> None:
    """Close the log file, if one is open; nothing is logged from then on."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _LogFile):
            root.removeHandler(handler)
            handler.close()
    root.setLevel(logging.WARNING)
    logging.getLogger("stsview").setLevel(logging.NOTSET)
    logging.captureWarnings(False)


class _LogFile(logging.handlers.RotatingFileHandler):
    """A rotating file with mode 0600.

    A failure to write is ignored: there is no place to report it on a screen.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", errors="backslashreplace")
        self.setFormatter(_Redacting("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))

    def _open(self):  # type: ignore[no-untyped-def]
        # Opened without waiting, as a named pipe would block; what is no regular file cannot be rotated.
        descriptor = os.open(
            self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600
        )
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ValueError("it is not a regular file")
        os.fchmod(descriptor, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)  # noqa: PTH123 - the handler's

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Python's own would print a traceback over the screen."""


class _Redacting(logging.Formatter):
    """Redacts the finished text, so that tracebacks and arguments are covered too.

    Times are in UTC.
    """

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))

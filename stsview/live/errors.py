"""Errors of connecting and of reading on demand; each message is one line."""

from __future__ import annotations


class CannotStart(Exception):
    """The configuration cannot be used or the cluster cannot be reached.

    The message says what to do.
    """


class CannotRead(Exception):
    """A requested object cannot be read; the message says why."""

    def __init__(self, message: str, *, absent: bool = False) -> None:
        super().__init__(message)
        self.absent = absent
        """Whether the object does not exist."""


class CannotRecord(Exception):
    """A recording cannot be written; the message says why."""

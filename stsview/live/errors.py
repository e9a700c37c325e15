"""What can keep the program from starting; each is one line for a person, and exit code 2."""

from __future__ import annotations


class CannotStart(Exception):
    """The kubeconfig cannot be used, or the cluster not be reached; the message says what and what to do."""


class CannotRead(Exception):
    """An object that somebody asked for cannot be shown; the message is one plain line."""

    def __init__(self, message: str, *, absent: bool = False) -> None:
        super().__init__(message)
        self.absent = absent
        """Whether the server says that there is none."""

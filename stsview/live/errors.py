"""What can keep the program from starting; each is one line for a person, and exit code 2."""

from __future__ import annotations


class CannotStart(Exception):
    """The kubeconfig cannot be used, or the cluster not be reached; the message says what and what to do."""

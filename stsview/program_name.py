"""What the user typed to start this program, for usage texts, messages and the commands that they suggest."""

from __future__ import annotations

import sys

PLUGIN = "kubectl-stsview"
"""The name by which kubectl finds a plugin in the PATH, and starts it for `kubectl stsview`
(https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/)."""


def program_name() -> str:
    """`kubectl stsview` where kubectl started it as its plugin, else `stsview`."""
    started = sys.argv[0] if sys.argv else ""
    name = started.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return "kubectl stsview" if name == PLUGIN else "stsview"


def as_started(text: str) -> str:
    """`text` with the commands of stsview in it, in back-ticks, as they are typed to start it in the same way."""
    return text.replace("`stsview ", f"`{program_name()} ")

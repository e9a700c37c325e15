"""Commands that plans show, quoted for a POSIX shell."""

from __future__ import annotations

import shlex


def kubectl(namespace: str, *words: str) -> str:
    """A kubectl command, quoted so that names cannot be interpreted by the shell."""
    return shlex.join(["kubectl", *(["-n", namespace] if namespace else []), *words])


def stsview(namespace: str, *words: str) -> str:
    """A stsview command, quoted in the same way."""
    return shlex.join(["stsview", *words, *(["-n", namespace] if namespace else [])])

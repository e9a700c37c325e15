"""Small pieces of text that plans share."""

from __future__ import annotations

import shlex


def kubectl(namespace: str, *words: str) -> str:
    """A kubectl command, quoted so that names cannot become anything else in a shell."""
    return shlex.join(["kubectl", *(["-n", namespace] if namespace else []), *words])


def stsview(namespace: str, *words: str) -> str:
    """A command of our own, quoted likewise."""
    return shlex.join(["stsview", *words, *(["-n", namespace] if namespace else [])])

"""Small pieces of text that plans share."""

from __future__ import annotations

import shlex


def kubectl(namespace: str, *words: str) -> str:
    """A kubectl command, quoted so that names cannot become anything else in a shell."""
    return shlex.join(["kubectl", *(["-n", namespace] if namespace else []), *words])

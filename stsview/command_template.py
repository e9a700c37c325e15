"""Command lines of the configuration, with variables for the ordinal that they run in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

VARIABLES = ("pod", "ordinal", "dns", "namespace", "set", "container")
"""Names that stand in braces: of the pod, its ordinal, its DNS name, its namespace, its StatefulSet, the container."""

_BRACES = re.compile(r"\{([a-z_]+)\}")
"""Other braces are kept as they are: JSON has many."""


def command_words(line: str, variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The program and arguments of a command line; no shell reads them.

    Quotes group words as in a shell, and variables are replaced after that: a value is never split. None: by nothing,
    to check the line. Raises ValueError, with what to correct.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"{str(error).lower()}: close the quotes") from error
    if not words:
        raise ValueError("the command is empty")
    for word in words:
        for name in _BRACES.findall(word):
            if name not in VARIABLES:
                known = ", ".join(f"{{{one}}}" for one in VARIABLES)
                raise ValueError(f"unknown variable {{{name}}}: use {known}")
    values = variables or {}
    return tuple(_BRACES.sub(lambda match: values.get(match[1], match[0]), word) for word in words)

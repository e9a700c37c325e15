"""Saving displayed lines to a new file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from pathlib import Path

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")

_LONGEST_NAME = 150


def save_new(folder: Path, words: Iterable[str], now: datetime, lines: Iterable[str]) -> Path:
    """Write `lines` to a new file named after `words` and `now`; return its path.

    Never overwrites a file; only the owner may read it. Names from a cluster cannot point outside `folder`. Raises
    OSError.
    """
    name = "-".join(_UNFIT.sub("_", word).strip(".") for word in words if word)[:_LONGEST_NAME] or "log"
    stem = f"{name}-{now:%Y%m%d-%H%M%S}"
    for number in count(1):
        path = folder / (f"{stem}.log" if number == 1 else f"{stem}-{number}.log")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path
    raise AssertionError("unreachable: there is always another number")

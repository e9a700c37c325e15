"""The partition that a set had before a canary or pause, saved in an annotation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stsview.model.base import Record

CANARY_PARTITION = "stsview.io/canary-partition"
"""Annotation of a set with a canary: the partition before it, as a decimal number."""

PAUSED_PARTITION = "stsview.io/paused-partition"
"""Annotation of a set whose rollout is paused: the partition before that, as a decimal number."""

_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_HIGHEST = 2**31 - 1
_QUOTED = 40


class FormerPartition(Record, frozen=True):
    """The value of an annotation, which anyone may have written."""

    partition: int | None
    """None where the value is no partition."""
    text: str
    """The value, cropped when long; untrusted, as everything from a cluster."""

    @property
    def words(self) -> str:
        """For a sentence: the number, or the invalid value in quotes and escaped."""
        return repr(self.text) if self.partition is None else str(self.partition)


def former_partition(annotations: Mapping[str, str], name: str) -> FormerPartition | None:
    """The partition saved in the annotation of that name.

    None where there is none. Never raises.
    """
    value = annotations.get(name)
    if value is None:
        return None
    number = int(value) if _NUMBER.fullmatch(value) else _HIGHEST + 1
    text = value if len(value) <= _QUOTED else f"{value[: _QUOTED - 1]}…"
    return FormerPartition(number if number <= _HIGHEST else None, text)

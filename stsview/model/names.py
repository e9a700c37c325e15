"""Names that the StatefulSet controller composes and takes apart, and lists of names for sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stsview.objects.meta import Key

_NUMBERED = re.compile(r"(.*)-([0-9]+)", re.DOTALL)
_HIGHEST = 2**31 - 1


def parent_and_ordinal(name: str) -> tuple[str, int] | None:
    """What stands before the last `-<number>`, and the number; None for a name that the controller would never give.

    The controller takes `(.*)-([0-9]+)$`, and a number of no more than 32 bits
    (pkg/controller/statefulset/stateful_set_utils.go, getParentNameAndOrdinal).
    """
    match = _NUMBERED.fullmatch(name)
    if match is None or len(match[2]) > 10:
        return None
    ordinal = int(match[2])
    if ordinal > _HIGHEST or str(ordinal) != match[2]:
        return None
    return match[1], ordinal


def parent_key(key: Key) -> Key | None:
    """Key of the set that an object would belong to by its name."""
    parsed = parent_and_ordinal(key.name)
    return Key(key.namespace, parsed[0]) if parsed else None


def pod_name(set_name: str, ordinal: int) -> str:
    return f"{set_name}-{ordinal}"


def claim_name(template: str, set_name: str, ordinal: int) -> str:
    """Joined by dashes only, so that two sets can mean the same claim (`data-a` of `b` and `data` of `a-b`)."""
    return f"{template}-{set_name}-{ordinal}"


def short_revision(revision: str, set_name: str) -> str:
    """The hash of a revision named `<set>-<hash>`."""
    return revision.removeprefix(f"{set_name}-")


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of more than three, the first and the last: `a … z`."""
    if len(names) > 3:
        return f"{names[0]} … {names[-1]}"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)


def one_line(text: str) -> str:
    """Text of the cluster without line breaks; everything else in it stays as it is."""
    return " ".join(text.split())

"""Names as the StatefulSet controller composes them, and lists of names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from stsview.objects.meta import Key

_HIGHEST = 2**31 - 1


def parent_and_ordinal(name: str) -> tuple[str, int] | None:
    """The set's name and the ordinal in `<set>-<ordinal>`.

    None for a name that the controller never gives.

    The controller matches `(.*)-([0-9]+)$`, with a number of at most 32 bits
    (pkg/controller/statefulset/stateful_set_utils.go, getParentNameAndOrdinal).
    """
    parent, dash, digits = name.rpartition("-")
    if not dash or not digits.isdecimal() or not digits.isascii() or len(digits) > 10:
        return None
    ordinal = int(digits)
    if ordinal > _HIGHEST or (digits[0] == "0" and len(digits) > 1):
        return None
    return parent, ordinal


def parent_key(key: Key) -> Key | None:
    """Key of the set that an object belongs to by its name."""
    parsed = parent_and_ordinal(key.name)
    return Key(key.namespace, parsed[0]) if parsed else None


def pod_name(set_name: str, ordinal: int) -> str:
    """Name of the pod with that ordinal."""
    return f"{set_name}-{ordinal}"


def claim_name(template: str, set_name: str, ordinal: int) -> str:
    """Name of a claim.

    Two sets can share one: template `data-a` of set `b`, and `data` of `a-b`.
    """
    return f"{template}-{set_name}-{ordinal}"


def short_revision(revision: str, set_name: str) -> str:
    """The hash of a revision named `<set>-<hash>`."""
    return revision.removeprefix(f"{set_name}-")


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of more than three, the first and the last: `a to z`."""
    if len(names) > 3:
        return f"{names[0]} to {names[-1]}"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)


def in_order(names: Sequence[str]) -> str:
    """Names whose order counts: `a to z` only for a run of successive ordinals, else all of them."""
    ordinals = [int(name.rpartition("-")[2]) for name in names]
    apart = {after - before for before, after in pairwise(ordinals)}
    return listed(names) if len(apart) < 2 and apart <= {1, -1} else ", ".join(names)


def counted(number: int, noun: str) -> str:
    """`1 replica`, `2 replicas`."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def one_line(text: str) -> str:
    """Text of the cluster without line breaks; otherwise unchanged."""
    return " ".join(text.split())

"""Names as the StatefulSet controller composes them, and lists of names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stsview.objects.meta import Key

_HIGHEST = 2**31 - 1

_LOW = {str(ordinal): ordinal for ordinal in range(1_000)}
"""Nearly all ordinals, as they are written."""


def parent_and_ordinal(name: str) -> tuple[str, int] | None:
    """The set's name and the ordinal in `<set>-<ordinal>`.

    None for a name that the controller never gives.

    The controller matches `(.*)-([0-9]+)$`, with a number of at most 32 bits
    (pkg/controller/statefulset/stateful_set_utils.go, getParentNameAndOrdinal).
    """
    parent, dash, digits = name.rpartition("-")
    low = _LOW.get(digits)
    if low is not None and dash:
        return parent, low
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


_MAX_PARTS = 5
"""Names, or runs of ordinals, of a list before the rest is counted."""

_RUN = 4
"""Successive ordinals that are named by the first and the last of them."""

_SHORTENED = 3
"""Names from which on only the first is written out."""


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of more than five, the first four and how many others.

    Names that differ in their ordinals alone: `a-2, -1 and -0`, and `a-9 to a-2` for a run of successive ordinals.
    """
    if len(names) == 1:
        return names[0]
    parts = _parts(names)
    if len(parts) > _MAX_PARTS:
        shown = parts[: _MAX_PARTS - 1]
        others = len(names) - sum(size for _, size in shown)
        return _joined([*(part for part, _ in shown), f"{others} others"])
    return _joined([part for part, _ in parts])


def in_order(names: Sequence[str]) -> str:
    """As `listed`, however many there are, in their order: for names of what a change reaches."""
    return _joined([part for part, _ in _parts(names)])


def _parts(names: Sequence[str]) -> list[tuple[str, int]]:
    """Names, or runs of them, and how many names each stands for."""
    parsed = [parent_and_ordinal(name) for name in names]
    found = [one for one in parsed if one is not None]
    if len(found) < len(names) or len({parent for parent, _ in found}) != 1:
        return [(name, 1) for name in names]
    parent, ordinals = found[0][0], [ordinal for _, ordinal in found]
    parts: list[tuple[str, int]] = []
    for run in _runs(ordinals):
        if len(run) >= _RUN:
            parts.append((f"{parent}-{run[0]} to {parent}-{run[-1]}", len(run)))
            continue
        for ordinal in run:
            named = not parts or len(names) < _SHORTENED
            parts.append((f"{parent if named else ''}-{ordinal}", 1))
    return parts


def _runs(ordinals: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ordinals, cut into runs of successive ones, up or down."""
    start = 0
    for end in range(1, len(ordinals) + 1):
        if end < len(ordinals):
            step = ordinals[end] - ordinals[end - 1]
            if step in (1, -1) and (end - start < 2 or step == ordinals[start + 1] - ordinals[start]):
                continue
        yield ordinals[start:end]
        start = end


def _joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def counted(number: int, noun: str) -> str:
    """`1 replica`, `2 replicas`."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def one_line(text: str) -> str:
    """Text of the cluster without line breaks; otherwise unchanged."""
    return " ".join(text.split())

"""Short names of clusters that are shown together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SHORT = 14
"""Cells up to which a name is short enough as it is."""

_SEPARATORS = "/_:@.-"


def cluster_labels(names: Sequence[str]) -> Mapping[str, str]:
    """A label for each of these contexts, no two of them alike.

    Contexts of cloud providers are long and begin alike (`arn:aws:eks:eu-west-1:123456789012:cluster/prod`), so that
    cropping them would leave the part that tells nothing.
    """
    if all(len(name) <= _SHORT for name in names):
        return {name: name for name in names}
    begin = _common_start(names)
    for short in ({name: _last_part(name) for name in names}, {name: name[begin:] for name in names}):
        if len(set(short.values())) == len(short) and all(short.values()):
            return short
    return {name: name for name in names}


def _last_part(name: str) -> str:
    return name.rpartition("/")[2] if "/" in name else ""


def _common_start(names: Sequence[str]) -> int:
    """The length of what all names begin with, up to a separator."""
    least, greatest = min(names), max(names)
    same = next((place for place, (a, b) in enumerate(zip(least, greatest, strict=False)) if a != b), len(least))
    common = least[:same]
    return max(common.rfind(separator) for separator in _SEPARATORS) + 1

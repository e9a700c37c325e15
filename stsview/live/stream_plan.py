"""Which streams there are to be, for what is looked at and what may be read of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stsview.config import MOST_NAMESPACES
from stsview.objects.kinds import STATEFULSETS, Kind

StreamKey = tuple[Kind, str]
"""A kind, and the namespace in which it is read; empty: in all of them, or the kind has none."""

FEW_NAMESPACES = 8
"""Up to so many that somebody named are read one by one in every kind. Of more, only the sets are: of the other kinds
all namespaces are read at once, if that is allowed."""

MOST_STREAMS = 200
"""That are kept in single namespaces. Each takes a connection, as HTTP/1.1 has no other way, and so a file descriptor,
of which some systems grant a process only 256; the kinds that come last in their order are left out."""


def plan_streams(
    kinds: Sequence[Kind],
    asked: Sequence[str],
    readable: Sequence[str],
    inhabited: Collection[str],
    refused: Collection[str],
) -> list[StreamKey]:
    """The streams to keep, in the order of `kinds`, which is that in which the first screen needs them.

    `asked` are the namespaces that somebody named, none for all; `readable` those in which sets may be listed, where
    they may not be in all; `inhabited` those in which there are sets; `refused` the names of the kinds that may not be
    read in all namespaces at once. Such a kind keeps its stream in all namespaces, which tries again now and then.

    Where there are several namespaces, everything but the sets is only read in those that have sets.
    """
    streams: list[StreamKey] = []
    in_one = 0
    for kind in kinds:
        at_once = not asked or (kind is not STATEFULSETS and len(asked) > FEW_NAMESPACES)
        if at_once or not kind.namespaced:
            streams.append((kind, ""))
            if kind.name not in refused or not kind.namespaced:
                continue
        namespaces = _one_by_one(kind, asked, readable, inhabited)
        if len(namespaces) <= MOST_NAMESPACES and in_one + len(namespaces) <= MOST_STREAMS:
            in_one += len(namespaces)
            streams += [(kind, namespace) for namespace in namespaces]
    return streams


def _one_by_one(kind: Kind, asked: Sequence[str], readable: Sequence[str], inhabited: Collection[str]) -> Sequence[str]:
    if kind is STATEFULSETS:
        return asked or readable
    if len(asked) == 1:
        return asked
    return sorted(namespace for namespace in inhabited if not asked or namespace in asked)

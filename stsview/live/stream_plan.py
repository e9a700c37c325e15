"""Which streams to keep, for the requested scope and the permissions known so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stsview.config import MOST_NAMESPACES
from stsview.objects.kinds import STATEFULSETS, Kind

StreamKey = tuple[Kind, str]
"""A kind and its namespace; empty: all namespaces, or a cluster-scoped kind."""

FEW_NAMESPACES = 8
"""Up to this many requested namespaces are read one by one for every kind. With more, only StatefulSets are: the other
kinds are read in all namespaces at once, if allowed."""

MOST_STREAMS = 200
"""Limit of streams in single namespaces. With HTTP/1.1 each needs a connection, and so a file descriptor, of which some
systems allow a process only 256; the kinds that come last are left out."""


def plan_streams(
    kinds: Sequence[Kind],
    requested: Sequence[str],
    readable: Sequence[str],
    with_sets: Collection[str],
    forbidden: Collection[str],
) -> list[StreamKey]:
    """The streams to keep, in the order of `kinds`.

    That is the order in which the first screen needs them.

    `requested` are the requested namespaces (none for all); `readable` those in which StatefulSets may be listed when
    they must not be in all; `with_sets` those that have StatefulSets; `forbidden` the names of kinds that must not be
    read in all namespaces at once. Such a kind keeps its cluster-wide stream, which retries now and then.

    With several namespaces, kinds other than StatefulSets are only read in those with StatefulSets.
    """
    streams: list[StreamKey] = []
    count = 0
    for kind in kinds:
        at_once = not requested or (kind is not STATEFULSETS and len(requested) > FEW_NAMESPACES)
        if at_once or not kind.namespaced:
            streams.append((kind, ""))
            if kind.name not in forbidden or not kind.namespaced:
                continue
        namespaces = _one_by_one(kind, requested, readable, with_sets)
        if len(namespaces) <= MOST_NAMESPACES and count + len(namespaces) <= MOST_STREAMS:
            count += len(namespaces)
            streams += [(kind, namespace) for namespace in namespaces]
    return streams


def _one_by_one(
    kind: Kind, requested: Sequence[str], readable: Sequence[str], with_sets: Collection[str]
) -> Sequence[str]:
    if kind is STATEFULSETS:
        return requested or readable
    if len(requested) == 1:
        return requested
    return sorted(namespace for namespace in with_sets if not requested or namespace in requested)

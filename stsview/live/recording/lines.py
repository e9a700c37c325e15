"""The format of a recording: JSON lines, compressed by gzip.

The first line is the `Header`. All others are `Line`s, in the order in which things happened. A reader skips fields
that it does not know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from stsview.live.snapshot import Link
from stsview.model.cache.coverage import KindCoverage
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.objects.kinds import LEASES, NAMED_PODS, WATCHED, Kind
from stsview.objects.meta import Instant

VERSION = "stsview/v1"

KIND_NAMES = {**{kind: kind.resource for kind in (*WATCHED, LEASES)}, NAMED_PODS: "namedpods"}
"""What each kind is called in a recording: by its resource, except for pods that are read by name."""

KINDS: dict[str, Kind] = {name: kind for kind, name in KIND_NAMES.items()}

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cluster, and the part of it that is read: the picture of another one was dropped."""

    context: str = ""
    server: str = ""
    namespaces: tuple[str, ...] = ()
    """Empty: all."""


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    recording: str
    """`VERSION`."""
    start: Instant
    """The server's time that `t` counts from."""
    written_by: str = ""


class ObjectEvent(msgspec.Struct, frozen=True):
    """An event of a watch."""

    type: EventType
    object: msgspec.Raw
    """What stsview reads of the object, or all of it."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened at one time; exactly one of the optional fields is set, apart from `kind`, `namespace` and `by`."""

    t: float
    """Seconds since the start, by the server's time as it was estimated: it may go back a little."""
    kind: str = ""
    """Of `event` and `cover`: a name of `KINDS`."""
    namespace: str = ""
    """Of `cover`; empty: all."""
    event: ObjectEvent | None = None
    cover: KindCoverage | None = None
    """How much of the kind is known from now on."""
    uncover: bool = False
    """The kind is no longer read in the namespace."""
    usage: MeasuredUsage | None = None
    """What a set used, as it was measured."""
    flush: bool = False
    """The views were derived."""
    part: Part | None = None
    link: Link | None = None
    """The state of the connection from now on."""
    problem: str = ""
    """With `link`: what is wrong with it."""
    do: str = ""
    """A command that was executed on the cluster: kubectl's, or the one that equals an action."""
    by: str = ""
    """Who executed it."""
    mark: str = ""
    """A bookmark's text."""


encode = msgspec.json.Encoder().encode


def seconds_between(start: datetime, now: datetime) -> float:
    """`t` of an instant: exact to the microsecond."""
    return (now - start).total_seconds()

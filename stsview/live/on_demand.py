"""Reading on demand: one object, what belongs to it, and logs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from stsview.objects.event import Event
from stsview.objects.kinds import READABLE_KINDS, Kind
from stsview.objects.log_messages import LogBatch, LogRequest
from stsview.objects.meta import Key

if TYPE_CHECKING:
    from stsview.model.usage.set_usage import SetUsage

Document: TypeAlias = dict[str, Any]
"""An object as the server sent it, complete and unchecked."""


def kind_of(api_version: str, name: str) -> Kind:
    """The kind that an owner reference names: one of `READABLE_KINDS`, or one that discovery has to resolve."""
    group, _, version = api_version.rpartition("/")
    known = next((kind for kind in READABLE_KINDS if (kind.group, kind.name) == (group, name)), None)
    return known or Kind(name, "", group, None, version)


def readable(kind: Kind) -> Kind:
    """`kind` itself. Raises ValueError for one that is neither in `READABLE_KINDS` nor to be resolved by discovery."""
    if kind not in READABLE_KINDS and kind.resource:
        raise ValueError(f"{kind.name} objects must not be read")
    return kind


class Description(msgspec.Struct, frozen=True):
    """One object and what belongs to it, read at one time."""

    kind: Kind
    object: Document
    events: tuple[Event, ...] = ()
    """Its events, the oldest first; the server deletes them after an hour."""
    slices: tuple[Document, ...] = ()
    """The EndpointSlices of a Service."""
    lease: Document | None = None
    """The lease of a node, which its kubelet renews every ten seconds."""
    unknown: tuple[str, ...] = ()
    """What belongs to it but could not be read, one sentence each."""
    events_problem: str = ""
    """Why its events could not be read; empty if they were."""


class ObjectReader(Protocol):
    """Reads for a screen that opens.

    Every method may be called while the picture is not live.
    """

    async def get_object(self, kind: Kind, key: Key) -> Document:
        """The current object; of a Secret, the names of its keys without their values.

        Raises `CannotRead`; ValueError for a kind that is neither in `READABLE_KINDS` nor from `kind_of`.
        """

    async def describe(self, kind: Kind, key: Key) -> Description:
        """The object with what belongs to it.

        Raises as `get_object` does; lists what else cannot be read.
        """

    async def usage(self, key: Key) -> SetUsage:
        """What the pods of a set use now: read once.

        Raises `CannotRead`; tells what else is absent, forbidden or stale.
        """

    def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        """Lines and health of a log.

        Ends by itself only for the log of a previous run; the consumer closes it.

        Failures are reported in the health; raises `CannotRead` only while there is no session.
        """

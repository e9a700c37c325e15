"""What is read only when somebody asks: one object as it is now, what belongs to it, and logs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from stsview.objects.event import Event
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, VOLUMES, Kind
from stsview.objects.log_messages import LogBatch, LogRequest
from stsview.objects.meta import Key

Document: TypeAlias = dict[str, Any]
"""An object as the server sent it: nothing is left out, nothing is checked."""

READABLE_KINDS = (STATEFULSETS, PODS, CLAIMS, VOLUMES, SERVICES, NODES)
"""The kinds of which whole objects are shown. Secrets are none of them, and never will be."""


@dataclass(frozen=True, slots=True)
class Description:
    """One object and what belongs to it, as of one moment."""

    kind: Kind
    object: Document
    events: tuple[Event, ...] = ()
    """Those that tell of it, the oldest first; the server forgets them after an hour."""
    slices: tuple[Document, ...] = ()
    """The EndpointSlices of a Service."""
    lease: Document | None = None
    """The lease of a node, by which its kubelet says every ten seconds that it lives."""
    unknown: tuple[str, ...] = ()
    """What belongs to it and could not be read, one sentence each."""
    events_problem: str = ""
    """Why its events are unknown; empty when they are known."""


class ObjectReader(Protocol):
    """What screens ask for on opening. Every method may be called while the picture is not live."""

    async def get_object(self, kind: Kind, key: Key) -> Document:
        """The object as the server has it now. Raises `CannotRead`; ValueError for a kind not in `READABLE_KINDS`."""

    async def describe(self, kind: Kind, key: Key) -> Description:
        """The object with what belongs to it. Raises as `get_object` does; what else cannot be read is told inside."""

    def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        """The log, and how its stream is. It does not end by itself unless the log of a previous run was asked for; to
        be closed by the one who iterates. What fails is told by its healths; only without any connection it raises
        `CannotRead`."""

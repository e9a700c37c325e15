"""The forwards of several clusters as one list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from stsview.objects.meta import Key, cluster_of

if TYPE_CHECKING:
    from stsview.actions.port_forward.forward import Forward
    from stsview.actions.port_forward.lazy_service import ForwardService


class ClusterForwards:
    """Lists and ends the forwards of all clusters; opens one in the cluster of a set alone."""

    def __init__(self, services: Mapping[str, ForwardService]) -> None:
        """`services` are those of the clusters, by context."""
        self._services = services

    def of(self, key: Key) -> ForwardService:
        """The service of the cluster of a set. Raises LookupError for a set in no cluster that is shown."""
        return self._services[cluster_of(key)]

    def said_to(self, said: Callable[[Forward, str, bool], None]) -> None:
        for service in self._services.values():
            service.said = said

    @property
    def forwards(self) -> Sequence[Forward]:
        return [forward for service in self._services.values() for forward in service.forwards]

    async def end(self, forward: Forward) -> None:
        for service in self._services.values():
            await service.end(forward)

    async def close(self) -> None:
        await asyncio.gather(*(service.close() for service in self._services.values()))

"""The connections of a session, opened again when certificates change or a suspend broke them."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stsview.cluster.auth.exec_credential import IssuedCredentials
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import Unreachable
from stsview.cluster.tls import FileStamps, file_stamps

if TYPE_CHECKING:
    from stsview.cluster.http.transport import Transport

_log = logging.getLogger(__name__)


async def load_transport() -> None:
    """Load the HTTP library in a thread, which takes half a second.

    Sessions do so on their own if needed.
    """
    name = "stsview.cluster.http.transport"
    if name in sys.modules:
        return
    await asyncio.to_thread(_import_quickly, name)
    # The library creates tens of thousands of objects that live for ever. Frozen, they cost nothing; otherwise each
    # full pass of the garbage collector over them blocks the screen for 50 to 100 ms.
    gc.freeze()


def _import_quickly(name: str) -> None:
    """Import without garbage collection.

    It takes a sixth of the time and finds nothing.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


class ConnectionPool:
    """The transport for new requests, and former ones until the responses that are read over them have ended."""

    def __init__(self, config: ClusterConfig, connect_seconds: float, connections: int) -> None:
        """`connections`: at most so many at a time; each may take `connect_seconds` to open."""
        self._config = config
        self._connect_seconds = connect_seconds
        self._connections = connections
        self._opening = asyncio.Lock()
        self._current: Transport | None = None
        self._built_from: tuple[IssuedCredentials, FileStamps] | None = None
        self._retired: list[Transport] = []
        self._closed = False

    @property
    def transports(self) -> tuple[Transport, ...]:
        """Those that are open, the former ones first."""
        return (*self._retired, *((self._current,) if self._current is not None else ()))

    async def transport(self, issued: IssuedCredentials) -> Transport:
        """The connections for a request with these credentials.

        Raises `Unreachable` after `refuse`, or if the certificates cannot be used.
        """
        async with self._opening:
            if self._closed:
                raise Unreachable(f"the session with {self._config.address} is closed")
            for transport in [transport for transport in self._retired if not transport.busy]:
                self._retired.remove(transport)
                await transport.close()
            built_from = IssuedCredentials("", issued.certificate, issued.key), file_stamps(self._config.tls)
            if self._current is None or built_from != self._built_from:
                self._current = await self._connect(issued, self._current)
                self._built_from = built_from
            return self._current

    async def _connect(self, issued: IssuedCredentials, former: Transport | None) -> Transport:
        """A new pool, or `former` when new certificates cannot be used.

        Certificates may be half-written, for instance.
        """
        await load_transport()
        from stsview.cluster.http.transport import Transport

        tls = self._config.tls
        if issued.certificate and not tls.certificate:
            tls = replace(tls, certificate=issued.certificate, key=issued.key)
        try:
            made = await Transport.connect(
                self._config,
                tls,
                connect_seconds=self._connect_seconds,
                connections=self._connections,
            )
        except Unreachable:
            if former is None:
                raise
            return former
        if former is not None:
            # Responses being read continue: a server checks certificates only when a connection opens.
            self._retired.append(former)
        _log.debug("new connections to %s", self._config.address)
        return made

    def refuse(self) -> None:
        """Open no connection from now on."""
        self._closed = True

    async def drop(self) -> None:
        """Close every connection, also those that are in use."""
        async with self._opening:
            dropped = self.transports
            self._retired, self._current = [], None
        for transport in dropped:
            await transport.close()

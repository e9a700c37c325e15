"""The HTTP endpoints of the exporter: metrics, liveness and readiness."""

from __future__ import annotations

import os
import socket

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from stsview.cli.support.errors import CommandError
from stsview.cli.unattended.observer import FindingObserver
from stsview.clock import Clock
from stsview.live.live import Live

STALL_SECONDS = 120.0
"""How long the picture may go without being looked at: with an answer of the server or without one, that happens about
every half minute at the latest."""

_INDEX = """Metrics of StatefulSets
/metrics  metrics for Prometheus
/livez    whether it works
/readyz   whether the first picture of the cluster is complete
"""


def application(metrics: CollectorRegistry, live: Live, observer: FindingObserver, clock: Clock) -> web.Application:
    """The endpoints. They answer in the event loop of the picture: where that hangs, none of them answers."""

    async def index(request: web.Request) -> web.Response:
        return web.Response(text=_INDEX)

    async def livez(request: web.Request) -> web.Response:
        stalled = clock.monotonic() - live.flushed_at
        if stalled > STALL_SECONDS:
            return web.Response(status=503, text=f"the picture was not looked at for {stalled:.0f}s\n")
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        if not observer.seen:
            # Not the reason: it may quote the server, and is on the standard error.
            return web.Response(status=503, text="the first picture of the cluster is not complete\n")
        return web.Response(text="ok\n")

    made = web.Application()
    made.add_routes(
        [
            web.get("/", index),
            web.get("/metrics", make_aiohttp_handler(metrics)),
            web.get("/livez", livez),
            web.get("/readyz", readyz),
        ]
    )
    return made


class Server:
    """Serves an application until closed."""

    def __init__(self, made: web.Application) -> None:
        # A scrape that hangs must not delay the end.
        self._runner = web.AppRunner(made, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def listen(self, host: str, port: int) -> list[tuple[str, int]]:
        """Listen; returns the addresses. Raises `CommandError` if that is not possible."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except socket.gaierror as error:
            raise CommandError(f"cannot listen on {host}: there is no such address") from error
        except OSError as error:
            raise CommandError(f"cannot listen on {host}, port {port}: {_why(error)}") from error
        return [(str(address[0]), int(address[1])) for address in self._runner.addresses]

    async def close(self) -> None:
        await self._runner.cleanup()


def _why(error: OSError) -> str:
    """What the system says, without what asyncio adds to it."""
    return os.strerror(error.errno) if error.errno else str(error)

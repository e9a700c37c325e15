"""The simulated API server: HTTP on loopback for a `Storage`."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from stsview.clock import Clock
from stsview.simulator.apiserver.auth.impersonation import impersonated
from stsview.simulator.apiserver.auth.rbac import METRICS_READER, PUBLIC_URLS, User, authorize
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecProvider
from stsview.simulator.apiserver.faults import debug
from stsview.simulator.apiserver.faults.faults import Faults, unauthorized
from stsview.simulator.apiserver.handlers import access_reviews, usage
from stsview.simulator.apiserver.http import discovery
from stsview.simulator.apiserver.http.encodings import Encodings
from stsview.simulator.apiserver.http.resource_request import ResourceRequest
from stsview.simulator.apiserver.http.responses import HEADERS, error_answer, json_answer, object_answer
from stsview.simulator.apiserver.http.watches import Watches
from stsview.simulator.apiserver.kubectl import kubeconfig, openapi
from stsview.simulator.apiserver.kubectl.loopback_certificate import server_context
from stsview.simulator.apiserver.log_buffer import LogProvider
from stsview.simulator.apiserver.port_connection import PortProvider
from stsview.simulator.apiserver.request_info import parse
from stsview.simulator.apiserver.resource_routes import ResourceRoutes, not_served
from stsview.simulator.apiserver.stats_provider import StatsProvider
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, encode

DebugHandler: TypeAlias = Callable[[Object], Awaitable[Object | None]]
"""Receives the JSON body of POST `/debug/NAME`, returns JSON or nothing; an `ApiError` becomes the response."""

_LOG = logging.getLogger(__name__)
_HEALTH = ("/healthz", "/livez", "/readyz")
_WEB_PAGE = "<!DOCTYPE html><html><title>Gateway</title><body><h1>Please log in to the network</h1></body></html>"
_LARGEST_BODY = 3 * 1024 * 1024
"""Bytes (the real server's --max-request-body-bytes)."""


class ApiServer:
    """Serves a storage on loopback, to users with a token.

    `users` are the users by name, with random tokens unless given; `faults` the injected faults. `tls`: over TLS, which
    `kubectl exec` needs.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        *,
        token: str | None = None,
        git_version: str = "v1.36.2",
        seed: int = 0,
        tls: bool = False,
    ) -> None:
        self.storage = storage
        self.clock = clock
        self.faults = Faults(clock)
        self.users: dict[str, User] = {}
        for name, role in (("admin", "cluster-admin"), ("editor", "edit"), ("viewer", "view"), ("nobody", "")):
            given = token if name == "admin" else None
            self.users[name] = User(name, given or secrets.token_urlsafe(32), role)
        self._git_version = git_version
        self._tls = server_context() if tls else None
        self._encodings = Encodings(storage)
        self._watches = Watches(storage, self._encodings, clock)
        self._routes = ResourceRoutes(storage, self._encodings, self._watches, self.faults, seed)
        self._debug: dict[str, DebugHandler] = debug.handlers(self)
        self._transports: set[asyncio.Transport] = set()
        self._restarts: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._address = ("", 0)
        self._bookmarks: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started."""
        host, port = self._address
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def write_kubeconfig(self, path: Path, user: str = "admin") -> None:
        """Write a kubeconfig (0600) for one of the users. Raises `OSError`."""
        kubeconfig.write(path, url=self.url, token=self.users[user].token)

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self.users["admin"].token

    @property
    def open_watches(self) -> int:
        return self._watches.count

    def set_log_provider(self, provider: LogProvider) -> None:
        """Set the source of container logs; without one containers have no logs."""
        self._routes.log_provider = provider

    def set_exec_provider(self, provider: ExecProvider) -> None:
        """Set what runs commands in containers; without one none can be run."""
        self._routes.exec_provider = provider

    def set_port_provider(self, provider: PortProvider) -> None:
        """Set what listens on the ports of pods; without one none can be forwarded."""
        self._routes.port_provider = provider

    def set_stats_provider(self, provider: StatsProvider) -> None:
        """Set what measures nodes and pods; without one there is no metrics-server, and no kubelet answers."""
        self._routes.stats_provider = provider
        for user in self.users.values():
            user.aggregated = (METRICS_READER,)

    def add_debug_endpoint(self, name: str, handler: DebugHandler) -> None:
        """Serve POST `/debug/NAME` by `handler`, for the administrator only."""
        self._debug[name] = handler

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on loopback; port 0 chooses a free port.

        Raises `OSError` when the port is in use, `ValueError` for a host other than loopback.
        """
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"the simulator listens on loopback only, not on {host}")
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_response_prepare.append(self._add_headers)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        await self._listen(host, port)
        self._bookmarks = asyncio.create_task(self._watches.send_bookmarks(), name="bookmarks")

    async def stop(self) -> None:
        """End all watches and connections, and stop listening."""
        self._watches.stop()
        self._encodings.close()
        self.faults.clear()
        tasks = [*self._restarts, *([self._bookmarks] if self._bookmarks else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cut_connections()
        if self._runner is not None:
            await self._runner.cleanup()

    def cut_connections(self) -> int:
        """Abort every open connection, like a broken network; returns how many.

        Connections that use `/debug` are spared, so that the client receives the response.
        """
        transports = [transport for transport in self._transports if not transport.is_closing()]
        for transport in transports:
            transport.abort()
        self._transports.clear()
        return len(transports)

    def strand_connections(self) -> int:
        """Keep every open connection, but never send anything on it again.

        As when a firewall has dropped its state. New connections are served. Returns how many.
        """
        transports = [transport for transport in self._transports if not transport.is_closing()]
        self.faults.strand(transports)
        return len(transports)

    async def restart(self, down_seconds: float = 0.0) -> None:
        """Stop as in a crash, and start on the same port without watch history.

        For `down_seconds` of the clock, connections are refused. The server starts again even when the caller is
        cancelled.
        """
        restarting = asyncio.create_task(self._restart(down_seconds), name="restart")
        self._restarts.add(restarting)
        restarting.add_done_callback(self._restarts.discard)
        await asyncio.shield(restarting)

    async def _restart(self, down_seconds: float) -> None:
        await self.stop_listening()
        if down_seconds > 0:
            await self.clock.sleep(down_seconds)
        await self.listen_again()

    async def stop_listening(self) -> None:
        """Refuse new connections, and abort the open ones."""
        if self._site is not None:
            await _accept_no_more(self._site)
            await self._site.stop()
            self._site = None
        self.cut_connections()

    async def listen_again(self) -> None:
        """Listen again after `stop_listening`; clients must list again."""
        self.storage.compact()
        self._watches.restarted()
        if self._site is None:
            await self._listen(*self._address)

    def expire_watches(self) -> int:
        """Drop the history and end every watch with 410 Expired; returns how many."""
        self.storage.compact()
        watches = self._watches.each()
        rv = self.storage.resource_version
        for watch in watches:
            watch.fail(ApiError.gone(f"too old resource version: {watch.starts_after} ({rv})").status)
        return len(watches)

    async def _listen(self, host: str, port: int) -> None:
        assert self._runner is not None  # noqa: S101
        self._site = web.TCPSite(self._runner, host, port, reuse_address=True, ssl_context=self._tls)
        await self._site.start()
        address = self._runner.addresses[-1]
        self._address = (address[0], address[1])

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        token, path = _token(request), request.path
        debugs = path.startswith("/debug/")
        self._note_connection(request, spare=debugs)
        try:
            if debugs:
                # works during every other fault
                return await self._answer_debug(request, self._authenticate(token), path)
            await self.faults.wait_while_stalled(request.transport)
            if self.faults.proxy_page_status is not None:
                return web.Response(text=_WEB_PAGE, status=self.faults.proxy_page_status, content_type="text/html")
            return await self._answer(request, token, path)
        except ApiError as error:
            return error_answer(error)
        except web.HTTPRequestEntityTooLarge:
            message = f"Request entity too large: limit is {_LARGEST_BODY}"
            return error_answer(ApiError(413, "RequestEntityTooLarge", message))
        except ConnectionError:
            # The client disconnected. Raising this error would log it as a failure of the server.
            return web.Response(status=499)
        except Exception as error:
            _LOG.exception("%s %s", request.method, path)
            return error_answer(ApiError.internal(repr(error)))

    def _note_connection(self, request: web.Request, *, spare: bool) -> None:
        transport = request.transport
        self._transports = {one for one in self._transports if one is not transport and not one.is_closing()}
        if transport is not None and not spare:
            self._transports.add(transport)

    async def _answer(self, request: web.Request, token: str | None, path: str) -> web.StreamResponse:
        info = parse(request.method, path, request.query, self.storage.kinds)
        self.faults.refuse(info, None)
        if token is None and request.method in ("GET", "HEAD") and path in PUBLIC_URLS:
            return await self._answer_outside(request, path.rstrip("/"))
        user = impersonated(self._authenticate(token), request.headers, self.users)
        self.faults.refuse(info, user)
        if info is None:
            return await self._answer_outside(request, path.rstrip("/"))
        authorize(user, info)
        body = await request.read()
        if access_reviews.is_review(info):
            return await object_answer(
                request, access_reviews.review(info, request.headers.get("Content-Type", ""), body, user), 201
            )
        stats = self._routes.stats_provider
        if stats is not None and (measured := usage.metrics_kind(stats, info)) is not None:
            return await usage.metrics(self.storage, stats, ResourceRequest(request, info, measured, user, body))
        if info.resource is None and not self.storage.kinds.is_served(info.group, info.version):
            return web.Response(text="404 page not found\n", status=404, headers=HEADERS)
        if info.resource is None:
            raise not_served(info)
        dropped = self.faults.next_dropped_response(info, dry="dryRun" in request.query)
        if dropped is not None and not dropped.executed:
            return _without_answer(request)
        answer = await self._routes.answer(ResourceRequest(request, info, info.resource, user, body))
        return answer if dropped is None else _without_answer(request)

    async def _answer_outside(self, request: web.Request, path: str) -> web.StreamResponse:
        """The response for a path without a resource."""
        if path == "/version":
            return await object_answer(request, discovery.version_info(self._git_version))
        if path in _HEALTH:
            return web.Response(text="ok", headers=HEADERS)
        if path.startswith("/openapi"):
            return await self._answer_openapi(request, path)
        found = discovery.answer(path, request.headers.get("Accept", ""), self._discovered)
        if found is None:
            return web.Response(text="404 page not found\n", status=404, headers=HEADERS)
        document, content_type = found
        return web.Response(body=encode(document), headers={**HEADERS, "Content-Type": content_type})

    @property
    def _discovered(self) -> discovery.Kinds:
        return (*self.storage.kinds, *usage.metrics_kinds(self._routes.stats_provider))

    async def _answer_openapi(self, request: web.Request, path: str) -> web.StreamResponse:
        if path == "/openapi/v2" and openapi.V2_ACCEPTED in request.headers.get("Accept", ""):
            return web.Response(body=openapi.V2_DOCUMENT, headers={**HEADERS, "Content-Type": openapi.V2_MEDIA_TYPE})
        document = openapi.document(path, tuple(self.storage.kinds))
        if document is None:
            return web.Response(text="404 page not found\n", status=404, headers=HEADERS)
        return await json_answer(request, document)

    async def _answer_debug(self, request: web.Request, user: User, path: str) -> web.StreamResponse:
        name = path.removeprefix("/debug/").strip("/")
        if user.role != "cluster-admin":
            raise ApiError(403, "Forbidden", f'User "{user.name}" cannot use /debug/{name}', {})
        handler = self._debug.get(name)
        if handler is None:
            raise ApiError(
                404, "NotFound", f"no endpoint /debug/{name}; available: {', '.join(sorted(self._debug))}", {}
            )
        if request.method != "POST":
            raise ApiError(405, "MethodNotAllowed", "use POST with a JSON object", {})
        answer = await handler(debug.parameters(await request.read()))
        return await object_answer(request, answer or {})

    def _authenticate(self, token: str | None) -> User:
        for user in self.users.values():
            if token is not None and secrets.compare_digest(user.token.encode(), token.encode()):
                return user
        raise unauthorized()

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)


def _token(request: web.Request) -> str | None:
    """The bearer token, or the password of the user in the server's URL; None without either."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return credentials.strip() if scheme.lower() == "bearer" else ""
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return ""
    return password if user == kubeconfig.USER else ""


async def _accept_no_more(site: web.TCPSite) -> None:
    """Remove the listening sockets from the event loop before the site is stopped.

    An accepted connection without a transport would otherwise be neither served nor closed until it is
    garbage-collected, and its client would wait (asyncio.Server.close, python/cpython#109564).
    """
    server = site._server
    if isinstance(server, asyncio.Server):
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        # The task that creates the transport starts in the first iteration and ends in the second.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _without_answer(request: web.Request) -> web.StreamResponse:
    """Abort the connection; the returned response is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)

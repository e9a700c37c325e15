"""HTTP responses with the headers of kube-apiserver."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.wire import encode

HEADERS = {"Cache-Control": "no-cache, private"}
COMPRESS_FROM = 128 * 1024
"""Responses of at least so many bytes are compressed (responsewriters.defaultGzipThresholdBytes)."""
_GZIP_LEVEL = 1


async def json_answer(
    request: web.Request, body: bytes, code: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON response, compressed when it is large and the client accepts gzip."""
    all_headers = {**HEADERS, "Content-Type": "application/json", **(headers or {})}
    if len(body) >= COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = await asyncio.to_thread(gzip.compress, body, _GZIP_LEVEL, mtime=0)
        all_headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return web.Response(body=body, status=code, headers=all_headers)


async def object_answer(request: web.Request, obj: Any, code: int = 200) -> web.Response:
    """A response with one JSON object."""
    return await json_answer(request, encode(obj), code)


def error_answer(error: ApiError) -> web.Response:
    """The response for an API error."""
    headers = {**HEADERS, "Content-Type": "application/json"}
    if error.code == 403:
        headers["X-Content-Type-Options"] = "nosniff"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return web.Response(body=encode(error.status), status=error.code, headers=headers)

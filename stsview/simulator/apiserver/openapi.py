"""`/openapi/v2` and `/openapi/v3`: the schemas that `kubectl apply` and `explain` ask for."""

from __future__ import annotations

from aiohttp import web

from stsview.simulator.apiserver.answers import HEADERS


class Documents:
    async def answer(self, request: web.Request, path: str) -> web.Response:
        return web.Response(text="404 page not found\n", status=404, headers=HEADERS)

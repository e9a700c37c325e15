"""The Kubernetes API through the official client, JSON in and JSON out.

The client handles credentials, TLS and transport of a kubeconfig. Its models are not used, because they do not
distinguish an absent field from null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.watch.watch import iter_resp_lines

Object = dict[str, Any]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Refused(Exception):
    """The server returned a Status instead of the requested object."""

    def __init__(self, code: int, status: Object) -> None:
        super().__init__(f"{code} {status.get('reason', '')}: {status.get('message', '')}")
        self.code = code
        self.status = status

    @property
    def reason(self) -> str:
        return str(self.status.get("reason", ""))

    @property
    def message(self) -> str:
        return str(self.status.get("message", ""))

    @property
    def details(self) -> Object:
        return self.status.get("details") or {}

    @property
    def causes(self) -> list[Object]:
        return self.details.get("causes") or []


@dataclass
class Cluster:
    api: ApiClient
    simulated: bool
    """Whether this is the simulated cluster, which supports every check."""
    patience: float
    """Seconds to wait for a condition before the check fails."""

    def get(self, path: str, *, accept: str = "application/json", **query: object) -> Object:
        """The object at a path. Raises `Refused`, as all methods do."""
        return self._json("GET", path, query, accept=accept)

    def post(self, path: str, body: Object, **query: object) -> Object:
        return self._json("POST", path, query, body=body)

    def put(self, path: str, body: Object, **query: object) -> Object:
        return self._json("PUT", path, query, body=body)

    def patch(self, path: str, body: Object | list[Object], kind: str = MERGE_PATCH, **query: object) -> Object:
        return self._json("PATCH", path, query, body=body, content_type=kind)

    def delete(self, path: str, options: Object | None = None, **query: object) -> Object:
        """Delete an object; `options` are DeleteOptions without kind and version."""
        body = None if options is None else {"kind": "DeleteOptions", "apiVersion": "v1", **options}
        return self._json("DELETE", path, query, body=body)

    def now(self) -> datetime:
        """The server's time, in whole seconds."""
        response = self._send("GET", "/version", {})
        response.read()
        return parsedate_to_datetime(response.headers["Date"])

    @contextmanager
    def watch(
        self, path: str, *, seconds: float, accept: str = "application/json", **query: object
    ) -> Iterator[Iterator[Object]]:
        """The events of a watch, until the block ends or for so many seconds.

        Raises `Refused`.
        """
        seconds = max(1, int(seconds))
        query = {"watch": "true", "timeoutSeconds": seconds, **query}
        response = self._send("GET", path, query, accept=accept, timeout=(10, seconds + 30))
        try:
            if response.status >= 400:
                raise Refused(response.status, _decoded(response.read()))
            yield (json.loads(line) for line in iter_resp_lines(response.response))
        finally:
            response.response.close()

    def _json(self, method: str, path: str, query: Mapping[str, object], **how: Any) -> Object:
        response = self._send(method, path, query, **how)
        answer = _decoded(response.read())
        if response.status >= 400:
            raise Refused(response.status, answer)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        *,
        body: Object | list[Object] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: tuple[float, float] = (10, 60),
    ) -> Any:
        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content_type
        request = self.api.param_serialize(
            method=method,
            resource_path=path,
            query_params=list(query.items()),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        return self.api.call_api(*request, _request_timeout=timeout)


def _decoded(body: bytes) -> Object:
    try:
        answer: Object = json.loads(body)
    except ValueError:
        return {"message": body.decode(errors="replace")}
    return answer

"""A request for a resource, with its parsed parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from aiohttp import web

from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.http import content_negotiation, request_bodies
from stsview.simulator.apiserver.http.content_negotiation import MediaTypeOptions
from stsview.simulator.apiserver.request_info import RequestInfo, truth
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.selectors import Predicate
from stsview.simulator.apiserver.selectors import parse as parse_selectors
from stsview.simulator.apiserver.validation.schema import Decoded
from stsview.simulator.apiserver.wire import Object

_DRY_RUN = 'Invalid value: []string{{"{value}"}}: dryRun: Unsupported value: "{value}": supported values: "All"'


@dataclass
class ResourceRequest:
    """A request for a resource.

    The body is read before a handler starts, so handlers that only use the storage never wait.
    """

    http: web.Request
    info: RequestInfo
    resource: Resource
    user: User
    body: bytes
    warnings: list[str] = field(default_factory=list)
    """The texts of the response's Warning headers."""

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one, the first."""
        return {name: self.http.query[name] for name in self.http.query}

    @property
    def namespace(self) -> str:
        """The namespace in the path; empty for cluster-scoped kinds."""
        return self.info.namespace if self.resource.namespaced else ""

    @property
    def name(self) -> str:
        return self.info.name

    @cached_property
    def media(self) -> MediaTypeOptions:
        """The negotiated media type. Raises `ApiError` 406."""
        return content_negotiation.negotiate(
            self.http.headers.get("Accept", ""), self.http.query.get("includeObject", "")
        )

    @property
    def content_type(self) -> str:
        return self.http.headers.get("Content-Type", "application/json").partition(";")[0].strip()

    @property
    def manager(self) -> str:
        """The field manager: the parameter, or else the client's name from User-Agent."""
        named = self.http.query.get("fieldManager", "")
        return named or self.http.headers.get("User-Agent", "").partition("/")[0] or "unknown"

    @property
    def dry_run(self) -> bool:
        """Whether this is a dry run. Raises `ApiError` 400 for values other than `All`."""
        values = self.http.query.getall("dryRun", [])
        for value in values:
            if value != "All":
                raise ApiError.bad_request(_DRY_RUN.format(value=value))
        return bool(values)

    @property
    def bookmarks(self) -> bool:
        """Whether a watch wants bookmarks."""
        return truth(self.http.query.get("allowWatchBookmarks", ""))

    @property
    def strict(self) -> bool:
        """Whether unknown fields are refused. Raises `ApiError` 422 for an unknown value."""
        return self._field_validation == "Strict"

    def add_warnings(self, decoded: Decoded) -> None:
        """Add a Warning header for each unknown field, if validation warns."""
        if self._field_validation == "Warn":
            self.warnings += [f'unknown field "{path}"' for path in decoded.unknown]

    @property
    def _field_validation(self) -> str:
        given = self.http.query.get("fieldValidation", "") or "Warn"
        if given not in ("Ignore", "Warn", "Strict"):
            message = f'fieldValidation: Unsupported value: "{given}": supported values: "Ignore", "Strict", "Warn"'
            raise ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {message}', {})
        return given

    def selector(self) -> Predicate | None:
        """Label and field selectors, and the name if the path has one.

        Raises `ApiError` 400.
        """
        fields = self.http.query.get("fieldSelector", "")
        if self.name:
            fields = ",".join(filter(None, (fields, f"metadata.name={self.name}")))
        return parse_selectors(self.resource, self.http.query.get("labelSelector", ""), fields)

    def object(self) -> Object:
        """The body as an object. Raises `ApiError` 400 or 415."""
        return request_bodies.decode(self.content_type, self.body)

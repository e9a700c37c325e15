"""Verb, resource and name of a request, from its method and path.

Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stsview.simulator.apiserver.resources import NAMESPACES, Kinds, Resource

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class RequestInfo:
    """A resource, collection or subresource, and the verb for it."""

    verb: str
    """As in access reviews: get, list, watch, create, update, patch, delete, deletecollection."""
    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    resource: Resource | None = None
    """None when the kind is not served."""


def parse(method: str, path: str, query: Mapping[str, str], kinds: Kinds) -> RequestInfo | None:
    """The RequestInfo of an API path.

    None for paths without a resource (`/version`, `/apis`, `/api/v1`).
    """
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) >= 3 and rest[2] not in NAMESPACES.subresources:
        namespace, rest = rest[1], rest[2:]
    plural = rest[0]
    name = rest[1] if len(rest) > 1 else ""
    # The rest of the path of a proxy request is one of the server behind it.
    subresource = "proxy" if rest[2:3] == ["proxy"] else "/".join(rest[2:])
    return RequestInfo(
        verb=_verb(method, name, query),
        group=group,
        version=version,
        plural=plural,
        namespace=namespace or (name if plural == "namespaces" else ""),
        name=name,
        subresource=subresource,
        resource=kinds.by_path(group, version, plural),
    )


def _verb(method: str, name: str, query: Mapping[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if truth(query.get("watch", "")):
            return "watch"
        return "get" if name else "list"
    if method == "DELETE" and not name:
        return "deletecollection"
    return _VERBS.get(method, method.lower())


def truth(text: str) -> bool:
    """A boolean query parameter, as strconv.ParseBool reads it.

    Present but empty means true only for `?watch`.
    """
    return text in ("1", "t", "T", "true", "TRUE", "True")

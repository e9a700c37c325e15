"""Kinds that are known by name only, as in owner references: their resource is found by discovery."""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from stsview.cluster.errors import Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.live.errors import CannotRead
from stsview.objects.kinds import Kind
from stsview.objects.meta import Struct

_GROUP = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_VERSION = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_RESOURCE = re.compile(r"[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?")


class _Resource(Struct, frozen=True):
    name: str = ""
    kind: str = ""
    namespaced: bool = False


class _Resources(Struct, frozen=True):
    resources: tuple[_Resource, ...] = ()


class _Version(Struct, frozen=True):
    version: str = ""


class _Group(Struct, frozen=True):
    preferred_version: _Version = _Version()


_RESOURCES = msgspec.json.Decoder(_Resources)
_OF_GROUP = msgspec.json.Decoder(_Group)


async def resolved(session: Session, kind: Kind) -> Kind:
    """The kind with its resource, in its own version or else the preferred one of its group.

    Raises `CannotRead` where the server does not serve it, or tells nothing of it; `ClusterError` otherwise.
    """
    named = f"{kind.name} of {kind.api_version}"
    # They come from the cluster, and become part of a path.
    if not _VERSION.fullmatch(kind.version) or (kind.group and not _GROUP.fullmatch(kind.group)):
        raise CannotRead(f"{named} is not a kind of any API")
    try:
        found = await _find(session, kind)
        if found is None and kind.group:
            group = await session.get_json(f"/apis/{kind.group}", _OF_GROUP)
            if _VERSION.fullmatch(preferred := group.preferred_version.version):
                found = await _find(session, replace(kind, version=preferred))
    except NotFound:
        found = None
    except Forbidden as error:
        raise CannotRead(f"you may not ask which resource {named} is") from error
    if found is None:
        raise CannotRead(f"the server does not serve {named}", absent=True)
    return found


async def _find(session: Session, kind: Kind) -> Kind | None:
    prefix = f"/apis/{kind.group}" if kind.group else "/api"
    try:
        served = await session.get_json(f"{prefix}/{kind.version}", _RESOURCES)
    except NotFound:
        return None
    for one in served.resources:
        # The names of subresources have a slash.
        if one.kind == kind.name and _RESOURCE.fullmatch(one.name):
            return replace(kind, resource=one.name, namespaced=one.namespaced)
    return None

"""What EndpointSlices publish for each pod, read now."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stsview.cluster.http.session import Session
from stsview.objects.kinds import ENDPOINT_SLICES
from stsview.objects.network import EndpointConditions, ObjectReference


class _Endpoint(msgspec.Struct, frozen=True, rename="camel"):
    addresses: tuple[str, ...] = ()
    hostname: str | None = None
    conditions: EndpointConditions = EndpointConditions()
    target_ref: ObjectReference | None = None


class _Slice(msgspec.Struct, frozen=True):
    endpoints: tuple[_Endpoint, ...] | None = None


class _Slices(msgspec.Struct, frozen=True):
    items: tuple[_Slice, ...] | None = None


_SLICES = msgspec.json.Decoder(_Slices)


class Published(msgspec.Struct, frozen=True):
    """The endpoints of one pod, of all address families."""

    addresses: tuple[str, ...]
    ready: bool
    """As its endpoints say; with `publishNotReadyAddresses` always."""
    hostname: str = ""

    @property
    def resolvable(self) -> tuple[str, ...]:
        """The addresses that DNS has for the name of the pod.

        Only endpoints that are ready and have a hostname (kubernetes/dns, specification.md, 2.4.1).
        """
        return self.addresses if self.ready and self.hostname else ()


async def read_published(session: Session, namespace: str, service: str) -> Mapping[str, Published]:
    """The endpoints of a Service by the name of their pod. Raises `ClusterError`.

    A hostname names a pod first, as in DNS: the endpoint of a former pod answers until it is removed.
    """
    query = [("labelSelector", f"kubernetes.io/service-name={service}")]
    found = await session.get_json(ENDPOINT_SLICES.path(namespace), _SLICES, query=query)
    held: dict[str, list[_Endpoint]] = {}
    for one in found.items or ():
        for endpoint in one.endpoints or ():
            name = endpoint.hostname or (endpoint.target_ref.name if endpoint.target_ref is not None else "")
            held.setdefault(name, []).append(endpoint)
    return {name: _published(endpoints) for name, endpoints in held.items()}


def _published(endpoints: list[_Endpoint]) -> Published:
    # An absent field counts as ready (discovery/v1, EndpointConditions).
    ready = [one for one in endpoints if one.conditions.ready is not False]
    # While a pod is replaced, or a slice is split, an endpoint may be listed twice.
    counted = ready or endpoints
    addresses = sorted({address for one in counted for address in one.addresses})
    return Published(tuple(addresses), bool(ready), next((one.hostname for one in counted if one.hostname), ""))

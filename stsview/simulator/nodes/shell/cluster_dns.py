"""The cluster's DNS: names of Services and pods, answered from Services and EndpointSlices.

Source: kubernetes/dns/docs/specification.md and CoreDNS' plugin/kubernetes (handler.go, xfr.go): only endpoints that
are ready have records, or all with publishNotReadyAddresses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.fault_annotations import value
from stsview.simulator.nodes.shell.container import DOMAIN, Container

_NDOTS = 5
_API_SERVER = "10.96.0.1"


def resolve(container: Container, name: str) -> tuple[str, list[str]]:
    """The full name that answers `name` from inside the container, and its addresses; no addresses if none does."""
    for host, addresses in _hosts(container):
        if name in host:
            return host[0], addresses
    for candidate in candidates(container, name):
        if found := lookup(container.informers, candidate):
            return candidate, found
    return name, []


def candidates(container: Container, name: str) -> list[str]:
    """The names that a resolver asks for, in its order (resolv.conf: search and ndots)."""
    if name.endswith("."):
        return [name[:-1]]
    searched = [f"{name}.{domain}" for domain in container.search]
    return [name, *searched] if name.count(".") >= _NDOTS else [*searched, name]


def lookup(informers: Informers, name: str) -> list[str]:
    """The addresses of a full name; empty for NXDOMAIN."""
    labels = name.lower().rstrip(".").split(".")
    domain = DOMAIN.split(".")
    if labels[-len(domain) :] != domain:
        return []
    labels = labels[: -len(domain)]
    match labels:
        case [dashed, namespace, "pod"]:
            return _pod_address(informers, dashed, namespace)
        case ["kubernetes", "default", "svc"]:
            return [_API_SERVER]
        case [service, namespace, "svc"]:
            found = informers.services.get(namespace, service)
            return [] if found is None else _service_addresses(informers, found)
        case [host, service, namespace, "svc"]:
            found = informers.services.get(namespace, service)
            return [] if found is None else sorted(set(_host_addresses(informers, found, host)))
    return []


def reverse(informers: Informers, address: str) -> str:
    """The name of an address (PTR); empty without one."""
    for endpoint_slice in informers.slices.objects.values():
        for endpoint in endpoint_slice.get("endpoints") or ():
            if address in endpoint["addresses"] and endpoint.get("hostname"):
                metadata = endpoint_slice["metadata"]
                service = metadata["labels"].get("kubernetes.io/service-name", "")
                return f"{endpoint['hostname']}.{service}.{metadata['namespace']}.svc.{DOMAIN}"
    return ""


def _hosts(container: Container) -> Iterator[tuple[list[str], list[str]]]:
    """The lines of /etc/hosts: names, and their addresses."""
    yield ["localhost"], ["127.0.0.1"]
    names = [container.fqdn, container.hostname] if container.subdomain else [container.hostname]
    yield names, [container.address]


def _service_addresses(informers: Informers, service: Object) -> list[str]:
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return []
    if spec.get("clusterIP") not in ("None", None, ""):
        return [spec["clusterIP"]]
    return sorted({address for one in _ready(informers, service) for address in one["addresses"]})


def _host_addresses(informers: Informers, service: Object, host: str) -> Iterator[str]:
    for cached in value(service, "dns-cache").split():
        name, _, address = cached.partition("=")
        if name == host:
            yield from filter(None, (address,))
            return
    for endpoint in _ready(informers, service):
        for address in endpoint["addresses"]:
            if host == (endpoint.get("hostname") or address.replace(".", "-")):
                yield address


def _ready(informers: Informers, service: Object) -> Iterator[Object]:
    metadata = service["metadata"]
    for one in informers.slices.by_index("service", f"{metadata['namespace']}/{metadata['name']}"):
        for endpoint in one.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready", True):
                yield endpoint


def _pod_address(informers: Informers, dashed: str, namespace: str) -> list[str]:
    """`10-244-1-5.data.pod`: of any pod with this address (`pods verified`)."""
    try:
        address = str(ipaddress.IPv4Address(dashed.replace("-", ".")))
    except ValueError:
        return []
    pods = informers.pods.objects.values()
    known = any(
        pod["metadata"]["namespace"] == namespace and (pod.get("status") or {}).get("podIP") == address for pod in pods
    )
    return [address] if known else []

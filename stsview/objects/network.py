"""v1 Service and discovery.k8s.io/v1 EndpointSlice."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import ObjectMeta, Struct


class ServiceSpec(Struct, frozen=True):
    cluster_ip: str = msgspec.field(name="clusterIP", default="")
    """The string `None` marks a headless Service."""
    type: str = ""
    selector: dict[str, str] = {}
    publish_not_ready_addresses: bool = False


class Service(Struct, frozen=True):
    metadata: ObjectMeta
    spec: ServiceSpec = ServiceSpec()

    @property
    def headless(self) -> bool:
        return self.spec.cluster_ip == "None"


class EndpointConditions(Struct, frozen=True):
    ready: bool | None = None
    """None means ready (discovery/v1: "a nil value should be interpreted as true")."""


class ObjectReference(Struct, frozen=True):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class Endpoint(Struct, frozen=True):
    hostname: str = ""
    conditions: EndpointConditions = EndpointConditions()
    target_ref: ObjectReference | None = None


class EndpointSlice(Struct, frozen=True):
    metadata: ObjectMeta
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def service_name(self) -> str:
        return self.metadata.labels.get("kubernetes.io/service-name", "")

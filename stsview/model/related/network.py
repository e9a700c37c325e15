"""The governing Service of a set, and the DNS names of its pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stsview.model.cache.coverage import Coverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.pods.readiness import is_ready
from stsview.model.settings import ModelSettings
from stsview.model.states import DnsStatus, Health, ServiceStatus
from stsview.model.views import DnsView, ServiceView
from stsview.objects.kinds import ENDPOINT_SLICES, SERVICES
from stsview.objects.meta import LabelSelector
from stsview.objects.network import Endpoint, Service
from stsview.objects.pod import Pod

_HIDDEN = (Coverage.FORBIDDEN, Coverage.ABSENT)

Endpoints = Mapping[str, Sequence[Endpoint]]
"""Endpoints by uid of their pod, which has one per address family."""


def endpoints_of(objects: SetObjects) -> Endpoints:
    held: dict[str, list[Endpoint]] = {}
    for endpoint_slice in objects.slices:
        for endpoint in endpoint_slice.endpoints:
            if endpoint.target_ref is not None:
                held.setdefault(endpoint.target_ref.uid, []).append(endpoint)
    return held


def service_of(objects: SetObjects, endpoints: Endpoints) -> ServiceView:
    """The state of the Service that the set names.

    The API server checks neither that the Service exists nor that it is headless (documentation: "StatefulSets", Stable
    Network ID).
    """
    name = objects.set.spec.service_name
    if not name:
        return ServiceView("", ServiceStatus.NONE_NAMED, Health.NEUTRAL)
    service, known = _service(objects)
    if not known:
        return ServiceView(name, ServiceStatus.UNKNOWN, Health.UNKNOWN)
    if service is None:
        return ServiceView(name, ServiceStatus.MISSING, Health.DEGRADED)
    uid = objects.set.metadata.uid
    owners = [pod.metadata.controller for pod in objects.pods.values() if pod.metadata.uid in endpoints]
    held = len([owner for owner in owners if owner is not None and owner.uid == uid])
    early = service.spec.publish_not_ready_addresses
    if not service.headless:
        return ServiceView(name, ServiceStatus.NOT_HEADLESS, Health.DEGRADED, held, early)
    if not held and not _selects(service, objects):
        return ServiceView(name, ServiceStatus.SELECTS_NO_POD, Health.DEGRADED, held, early)
    return ServiceView(name, ServiceStatus.HEADLESS, Health.READY, held, early)


def dns_of(
    pod_name: str, pod: Pod | None, objects: SetObjects, endpoints: Endpoints, settings: ModelSettings
) -> DnsView:
    """The DNS name of a pod, with the first broken link of the chain that leads to it.

    Documentation: "DNS for Services and Pods"; which endpoints have a host name, and which are ready:
    pkg/controller/endpointslice (podToEndpoint) and staging/src/k8s.io/endpointslice/utils.go.
    """
    service_name = objects.set.spec.service_name
    if not service_name:
        return DnsView("", DnsStatus.NO_SERVICE, Health.NEUTRAL, "the set names no Service")
    namespace = objects.set.metadata.namespace
    name = f"{pod_name}.{service_name}.{namespace}.svc.{settings.cluster_domain}"
    service, known = _service(objects)
    if not known:
        return DnsView(name, DnsStatus.UNKNOWN, Health.UNKNOWN, objects.covered(SERVICES).reason)
    if service is None:
        return DnsView(name, DnsStatus.NO_SERVICE, Health.DEGRADED, f"Service {service_name} does not exist")
    if not service.headless:
        detail = f"Service {service_name} has a cluster IP: only its own name is sure to resolve"
        return DnsView(name, DnsStatus.NOT_HEADLESS, Health.DEGRADED, detail)
    if pod is None:
        return DnsView(name, DnsStatus.NO_POD, Health.NEUTRAL)
    held = endpoints.get(pod.metadata.uid)
    if not held:
        return _without_endpoint(name, pod, service, objects)
    named = [endpoint for endpoint in held if endpoint.hostname]
    if not named:
        return DnsView(name, DnsStatus.NO_HOSTNAME, Health.DEGRADED, _no_hostname(pod, service_name))
    # An absent field counts as ready (discovery/v1, EndpointConditions).
    if [endpoint for endpoint in named if endpoint.conditions.ready is not False]:
        return DnsView(name, DnsStatus.PUBLISHED, Health.READY)
    return DnsView(name, DnsStatus.NOT_READY, _health_of_unready(pod), _not_ready(pod))


def _service(objects: SetObjects) -> tuple[Service | None, bool]:
    """The Service, and whether it is known (also to be absent)."""
    service = objects.service
    return service, service is not None or objects.complete(SERVICES)


def _selects(service: Service, objects: SetObjects) -> bool:
    """Whether the Service selects the set's pods or those of its template.

    A Service without a selector has only endpoints that others write.
    """
    if not service.spec.selector:
        return not objects.complete(ENDPOINT_SLICES)
    selector = LabelSelector(match_labels=service.spec.selector)
    return selector.matches(objects.set.spec.template.metadata.labels) or any(
        selector.matches(pod.metadata.labels) for pod in objects.pods.values()
    )


def _without_endpoint(name: str, pod: Pod, service: Service, objects: SetObjects) -> DnsView:
    slices = objects.covered(ENDPOINT_SLICES)
    if slices.coverage in _HIDDEN:
        return DnsView(name, DnsStatus.UNKNOWN, Health.UNKNOWN, slices.reason)
    selector = service.spec.selector
    if selector and not LabelSelector(match_labels=selector).matches(pod.metadata.labels):
        wants = ", ".join(f"{label}={value}" for label, value in sorted(selector.items()))
        return DnsView(
            name, DnsStatus.NOT_SELECTED, Health.DEGRADED, f"Service {service.metadata.name} selects {wants}"
        )
    if not slices.complete:
        return DnsView(name, DnsStatus.UNKNOWN, Health.UNKNOWN, slices.reason)
    if not selector:
        detail = f"Service {service.metadata.name} has no selector, and no endpoint names the pod"
        return DnsView(name, DnsStatus.NOT_SELECTED, Health.DEGRADED, detail)
    if not pod.status.pod_ip:
        return DnsView(name, DnsStatus.NOT_READY, _health_of_unready(pod), "the pod has no IP yet")
    early = service.spec.publish_not_ready_addresses and pod.status.phase not in ("Failed", "Succeeded")
    if pod.metadata.deletion_timestamp is not None or not (is_ready(pod) or early):
        return DnsView(name, DnsStatus.NOT_READY, _health_of_unready(pod), _not_ready(pod))
    return DnsView(name, DnsStatus.NOT_PUBLISHED, Health.PROGRESSING, "no EndpointSlice lists the pod yet")


def _no_hostname(pod: Pod, service_name: str) -> str:
    if pod.spec.subdomain != service_name:
        subdomain = f"subdomain {pod.spec.subdomain}" if pod.spec.subdomain else "no subdomain"
        return f"the pod was created with {subdomain}, not {service_name}"
    return "its endpoint has no hostname"


def _not_ready(pod: Pod) -> str:
    if pod.metadata.deletion_timestamp is not None:
        return "removed because the pod is terminating"
    return "published when the pod is Ready"


def _health_of_unready(pod: Pod) -> Health:
    return Health.TERMINATING if pod.metadata.deletion_timestamp is not None else Health.PROGRESSING

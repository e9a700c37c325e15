from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.coverage import Coverage
from stsview.model.settings import ModelSettings
from stsview.model.states import DnsStatus, Health
from stsview.model.views import DnsView
from stsview.objects.kinds import ENDPOINT_SLICES, SERVICES, Kind
from stsview.objects.pod import Pod, PodSpec
from tests.support.model.build import (
    around,
    crashing,
    endpoint,
    endpoint_slice,
    look,
    pod,
    row,
    service,
    starting,
    stateful_set,
    terminating,
    view_of,
    without,
)

NAME = "web-0.web.default.svc.cluster.local"


def dns(held: Pod | None = None, **parts: Any) -> DnsView:
    held = held or pod(0)
    parts.setdefault("slices", (endpoint_slice(endpoint(held)),))
    return row(look(stateful_set(1), [held], **parts), 0).dns


def test_a_published_name() -> None:
    assert dns() == DnsView(NAME, DnsStatus.PUBLISHED, Health.READY)


def test_the_cluster_domain_is_a_setting() -> None:
    assert dns(settings=ModelSettings(cluster_domain="corp.example")).name == "web-0.web.default.svc.corp.example"


def test_a_set_without_a_service_has_no_dns_name() -> None:
    view = look(stateful_set(1, service=""), [pod(0)])
    assert (row(view, 0).dns.name, row(view, 0).dns.status, row(view, 0).dns.health) == (
        "",
        "no Service",
        Health.NEUTRAL,
    )
    assert view.service.status == "none named"


def test_each_broken_link_of_the_chain_has_a_status() -> None:
    held = pod(0)
    assert dns(service=None).status == "no Service"
    assert dns(service=service(cluster_ip="10.1.2.3")).status == "not headless"
    assert dns(service=service(selector={"app": "other"}), slices=()).status == "not selected"
    assert dns(service=service(selector={}), slices=()).status == "not selected"
    assert dns(slices=(endpoint_slice(endpoint(held, hostname=False)),)).status == "no hostname"
    assert dns(slices=(endpoint_slice(endpoint(held, ready=False)),)).status == "not ready"
    assert dns(slices=()).status == "not published"


def test_the_first_broken_link_is_reported() -> None:
    wrong = service(cluster_ip="10.1.2.3", selector={"app": "other"})
    assert dns(service=wrong, slices=()).status == "not headless"


def test_an_endpoint_without_the_condition_counts_as_ready() -> None:
    assert dns(slices=(endpoint_slice(endpoint(pod(0), ready=None)),)).status == "published"


def test_a_service_that_publishes_early_publishes_a_pod_that_is_not_ready() -> None:
    held = starting(0)
    early = service(publish_not_ready_addresses=True)
    assert dns(held, service=early, slices=(endpoint_slice(endpoint(held, ready=True)),)).status == "published"


def test_the_name_of_a_terminating_pod_is_removed() -> None:
    held = terminating(0, asked=50)
    state = dns(held, slices=(endpoint_slice(endpoint(held, ready=False)),))
    assert (state.status, state.health, state.detail) == (
        "not ready",
        Health.TERMINATING,
        "removed because the pod is terminating",
    )


def test_the_name_of_a_broken_pod_is_degraded() -> None:
    assert dns(starting(0), slices=()).health is Health.PROGRESSING
    assert dns(crashing(0), slices=()).health is Health.DEGRADED


def test_a_pod_without_an_address_is_not_ready() -> None:
    unplaced = pod(0, node="", phase="Pending", containers=())
    assert dns(unplaced, slices=()).detail == "the pod has no IP yet"


def test_a_missing_pod_has_an_expected_name() -> None:
    view = look(stateful_set(1), [])
    assert (row(view, 0).dns.name, row(view, 0).dns.status) == (NAME, "no pod")


def test_the_subdomain_of_a_pod_is_named() -> None:
    held = pod(0)
    odd = Pod(metadata=held.metadata, spec=PodSpec(node_name="node-1", subdomain="former"), status=held.status)
    state = dns(odd, slices=(endpoint_slice(endpoint(odd, hostname=False)),))
    assert state.detail == "the pod was created with subdomain former, not web"


def test_an_endpoint_of_the_former_pod_does_not_count() -> None:
    former, held = pod(0, uid="former"), pod(0, uid="now")
    assert dns(held, slices=(endpoint_slice(endpoint(former)),)).status == "not published"


@pytest.mark.parametrize("kind", [SERVICES, ENDPOINT_SLICES])
def test_unreadable_objects_are_unknown(kind: Kind) -> None:
    readable = None if kind is SERVICES else service()
    objects = around(stateful_set(1), [pod(0)], service=readable, slices=(), coverage=without(kind))
    assert row(view_of(objects), 0).dns.status == "unknown"
    assert "you may not list" in row(view_of(objects), 0).dns.detail


def test_a_known_service_is_judged_without_slices() -> None:
    objects = around(
        stateful_set(1), [pod(0)], service=service(cluster_ip="10.1.2.3"), slices=(), coverage=without(ENDPOINT_SLICES)
    )
    assert row(view_of(objects), 0).dns.status == "not headless"


def test_while_services_are_being_read_none_is_missing() -> None:
    loading = without(SERVICES, coverage=Coverage.LOADING)
    view = view_of(around(stateful_set(1), [pod(0)], service=None, coverage=loading))
    assert (view.service.status, row(view, 0).dns.status) == ("unknown", "unknown")


def test_the_governing_service() -> None:
    assert look(stateful_set(1), [pod(0)]).service.status == "headless"
    assert look(stateful_set(1), [pod(0)]).service.selected == 1
    assert look(stateful_set(1), [pod(0)], service=None).service.status == "missing"
    assert look(stateful_set(1), [pod(0)], service=service(cluster_ip="10.1.2.3")).service.status == "not headless"
    stranger = service(selector={"app": "other"})
    assert look(stateful_set(1), [pod(0)], service=stranger, slices=()).service.status == "selects no pod"
    assert look(stateful_set(1), [], service=stranger, slices=()).service.status == "selects no pod"


def test_a_service_without_selector_selects_its_endpoints() -> None:
    manual_only = service(selector={})
    assert look(stateful_set(1), [pod(0)], service=manual_only).service.status == "headless"
    assert look(stateful_set(1), [pod(0)], service=manual_only, slices=()).service.status == "selects no pod"


def test_two_address_families_are_one_pod() -> None:
    held = pod(0)
    slices = (endpoint_slice(endpoint(held), name="v4"), endpoint_slice(endpoint(held, ready=False), name="v6"))
    view = look(stateful_set(1), [held], slices=slices)
    assert (view.service.selected, row(view, 0).dns.status) == (1, "published")

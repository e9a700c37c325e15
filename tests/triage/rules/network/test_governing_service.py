"""Rules about the governing Service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Danger, Finding, Level
from stsview.model.store import Store
from stsview.model.views import Severity
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, WATCHED, Kind, KubernetesObject
from stsview.objects.network import Service
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.triage.rule import Rule
from stsview.triage.rules.network import governing_service
from stsview.triage.rules.network.governing_service import (
    service_missing,
    service_name_mismatch,
    service_name_unset,
    service_not_headless,
    service_selects_no_pod,
    service_selects_some_pods,
)
from tests.support.model.build import (
    LABELS,
    around,
    at,
    claim,
    endpoint,
    endpoint_slice,
    node,
    owned_by,
    pod,
    service,
    stateful_set,
    without,
)
from tests.support.triage.every_rule import examine
from tests.support.triage.judge import found, judged

MAKE = (
    "kubectl -n default create service clusterip web --clusterip=None --dry-run=client -o yaml"
    " | kubectl -n default set selector --local -f - app=web -o yaml | kubectl -n default create -f -"
)


def set_with(governing: Service | None, *, named: str = "web", **parts: Any) -> SetObjects:
    return around(stateful_set(1, service=named), [pod(0)], service=governing, slices=(), **parts)


def findings_of(objects: SetObjects, now: float = 90, **more: Any) -> list[Finding]:
    return [one for rule in governing_service.RULES for one in found(rule, objects, now, **more)]


@pytest.mark.parametrize(
    ("rule", "governing", "headline", "dangers", "command"),
    [
        (service_missing, None, "Service web is missing", [1], MAKE),
        (
            service_not_headless,
            service(cluster_ip="10.1.2.3"),
            "Service web is not headless",
            [0, 2],
            "kubectl -n default patch service web --type=merge -p"
            ' \'{"spec":{"clusterIP":"None","clusterIPs":["None"]}}\' --dry-run=client -o json'
            " | kubectl -n default replace --force -f -",
        ),
        (
            service_not_headless,
            service(cluster_ip="10.1.2.3", type="LoadBalancer"),
            "Service web is not headless",
            [0, 2],
            "",
        ),
        (
            service_selects_no_pod,
            service(selector={"app": "other"}),
            "Service web selects no pod",
            [1],
            "kubectl -n default set selector service web app=web",
        ),
        (
            service_selects_no_pod,
            service(selector={}),
            "Service web selects no pod",
            [1],
            "kubectl -n default set selector service web app=web",
        ),
    ],
)
def test_without_dns_names_a_set_is_at_risk(
    rule: Rule, governing: Service | None, headline: str, dangers: Sequence[int], command: str
) -> None:
    objects = set_with(governing)
    (finding,) = findings_of(objects)
    assert (finding.rule, finding.headline, finding.so) == (rule.id, headline, "no pod has a DNS name")
    assert [remedy.danger for remedy in finding.remedies] == dangers
    assert finding.remedies[-1].command == command
    view = judged(objects, 90)
    assert (view.severity, view.why.headline) == (Severity.AT_RISK, headline)


@pytest.mark.parametrize("governing", [None, service(cluster_ip="10.1.2.3"), service(selector={"app": "other"})])
def test_a_service_may_be_created_a_little_after_its_set(governing: Service | None) -> None:
    assert findings_of(set_with(governing), 20) == []
    assert judged(set_with(governing), 20).next_change == at(30)


def test_a_set_without_pods_needs_no_service() -> None:
    assert findings_of(around(stateful_set(0), service=None)) == []


@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.LOADING])
def test_a_service_that_cannot_be_read_is_not_missing(coverage: Coverage) -> None:
    assert findings_of(set_with(None, coverage=without(SERVICES, coverage=coverage))) == []


def test_a_service_of_another_name_is_distinguished_from_none() -> None:
    (finding,) = findings_of(set_with(None, selecting=(service("web-hl"),)))
    assert (finding.rule, finding.level) == (service_name_mismatch.id, Level.WARNING)
    assert finding.headline == "Service web is missing, and web-hl gives the pods no DNS names"
    assert [(one.object, one.field, one.value) for one in finding.evidence] == [
        ("StatefulSet web", "spec.serviceName", "web"),
        ("Service web", "metadata", "absent"),
        ("Service web-hl", "spec.selector", "app=web"),
    ]
    assert [remedy.danger for remedy in finding.remedies] == [Danger.REVERSIBLE, Danger.DISRUPTIVE]
    assert finding.remedies[0].command == MAKE


def test_a_service_of_another_name_with_a_cluster_ip_is_ignored() -> None:
    (finding,) = findings_of(set_with(None, selecting=(service("web-lb", cluster_ip="10.1.2.3"),)))
    assert finding.rule == service_missing.id


def test_the_name_of_the_wrong_one_of_two_services() -> None:
    (finding,) = findings_of(set_with(service(cluster_ip="10.1.2.3"), selecting=(service("web-hl"),)))
    assert finding.rule == service_not_headless.id
    assert "serviceName web-hl" in finding.remedies[-1].text


def test_a_second_headless_service_is_ignored_if_the_first_is_right() -> None:
    assert findings_of(around(stateful_set(1), [pod(0)], selecting=(service("web-hl"),))) == []


def test_a_headless_service_of_a_set_without_service_name_is_a_notice() -> None:
    (finding,) = findings_of(set_with(None, named="", selecting=(service("web-hl"),)))
    assert (finding.rule, finding.level) == (service_name_unset.id, Level.NOTICE)
    assert finding.headline == "serviceName is not set: no pod has a DNS name in web-hl"
    assert findings_of(set_with(None, named="")) == []


def test_the_start_is_unknown_unless_it_was_observed() -> None:
    store = Store(examine=examine)
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    parts: dict[Kind, KubernetesObject] = {
        STATEFULSETS: stateful_set(1),
        PODS: pod(0),
        CLAIMS: claim("data-web-0"),
        NODES: node(),
    }
    for kind, held in parts.items():
        store.apply(Batch(kind, (Applied(held),), replace=True), at(80))
    assert why(store, 90) == (Severity.AT_RISK, None)

    store.apply(Batch(SERVICES, (Applied(service()),)), at(95))
    assert why(store, 95) == (Severity.HEALTHY, None)
    store.apply(Batch(SERVICES, (Deleted(service()),)), at(99))
    assert why(store, 120) == (Severity.AT_RISK, at(99))

    # From now on another Service matters.
    store.apply(Batch(SERVICES, (Applied(service("web-hl")),)), at(121))
    store.refresh(at(121))
    (view,) = store.fleet.sets.values()
    assert [finding.rule for finding in view.findings] == [service_name_mismatch.id]


def why(store: Store, now: float) -> tuple[Severity, Any]:
    store.refresh(at(now))
    (view,) = store.fleet.sets.values()
    return view.severity, view.severity_since


def test_a_cluster_ip_exists_since_creation() -> None:
    (finding,) = found(service_not_headless, set_with(service(cluster_ip="10.1.2.3")), 90, first_seen=80)
    assert finding.since == at(0)


def test_a_service_without_a_selector_is_the_one_of_its_clients() -> None:
    """Operators write its endpoints: without its cluster IP, clients lose the master."""
    view = judged(set_with(service(cluster_ip="10.1.2.3", selector={})), 90)
    (finding,) = view.findings
    assert (finding.rule, finding.level, view.severity) == (service_not_headless.id, Level.NOTICE, Severity.HEALTHY)
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY]


def test_a_service_that_another_object_controls_is_changed_there() -> None:
    held = service(cluster_ip="10.1.2.3")
    held = replace(held, metadata=replace(held.metadata, owner_references=owned_by("op", "Postgres", "main")))
    (finding,) = findings_of(set_with(held))
    assert finding.remedies[-1].text == "change the Service where Postgres main defines it"
    assert finding.remedies[-1].command == ""


def test_a_selector_that_leaves_members_without_dns_names() -> None:
    master, replica = {**LABELS, "role": "master"}, {**LABELS, "role": "replica"}
    pods = [pod(0, labels=master), pod(1, labels=replica)]
    objects = around(
        stateful_set(2),
        pods,
        service=service(selector=master),
        slices=(endpoint_slice(endpoint(pods[0])),),
    )
    view = judged(objects, 90)
    (finding,) = view.findings
    assert (finding.rule, finding.ordinals) == (service_selects_some_pods.id, (1,))
    assert finding.headline == "web-1: no DNS name, as Service web selects only app=web, role=master"
    assert finding.remedies[-1].command == "kubectl -n default set selector service web app=web"
    assert view.severity is Severity.AT_RISK
    assert not found(service_selects_some_pods, objects, 20), "labels may change in a failover"
    both = around(stateful_set(2), pods, service=service())
    assert not found(service_selects_some_pods, both, 90)

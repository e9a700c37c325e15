"""Rules about pod DNS names and Services that select other pods."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stsview.model.cache.coverage import Coverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.objects.kinds import ENDPOINT_SLICES
from stsview.objects.network import Endpoint, EndpointConditions, ObjectReference
from stsview.objects.pod import Pod
from stsview.triage.rules.network.dns import dns_requires_readiness, pod_subdomain_mismatch, service_selects_other_pods
from tests.support.model.build import (
    around,
    crashing,
    endpoint,
    endpoint_slice,
    event,
    pod,
    service,
    starting,
    stateful_set,
    terminating,
    without,
)
from tests.support.triage.judge import found

LONG = 700


def waiting(*pods: Pod, replicas: int = 3, policy: str = "OrderedReady", **parts: Any) -> SetObjects:
    return around(stateful_set(replicas, policy=policy), pods, **parts)


def need_names(objects: SetObjects, now: float = LONG) -> tuple[Finding, ...]:
    return found(dns_requires_readiness, objects, now)


def test_unready_members_may_be_looking_for_each_other() -> None:
    (finding,) = need_names(waiting(*(starting(ordinal) for ordinal in range(3)), policy="Parallel"))
    assert (finding.level, finding.certainty) == (Level.WARNING, Certainty.LIKELY)
    assert finding.headline == "web-0, -1 and -2: not Ready, and have no DNS name until Ready"
    assert finding.ordinals == (), "it stands beside the findings about single pods"
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE]
    assert finding.remedies[1].command == (
        'kubectl -n default patch service web --type=merge -p \'{"spec":{"publishNotReadyAddresses":true}}\''
    )


def test_with_ordered_ready_publishing_early_is_not_enough() -> None:
    (finding,) = need_names(waiting(starting(0)))
    assert finding.headline == "web-0: not Ready, and has no DNS name until Ready"
    assert finding.remedies[-1].text == (
        "if web-0 needs web-1 and web-2 to become Ready: recreate the StatefulSet with podManagementPolicy Parallel"
    )


@pytest.mark.parametrize(
    "objects",
    [
        waiting(starting(0), replicas=1),
        waiting(pod(0), starting(1)),
        waiting(starting(0), service=service(publish_not_ready_addresses=True)),
        waiting(starting(0), service=service(cluster_ip="10.1.2.3")),
        waiting(crashing(0)),
        waiting(pod(0, phase="Pending", node="", containers=())),
        waiting(terminating(0, asked=0)),
    ],
)
def test_other_reasons_and_sets_that_need_no_names(objects: SetObjects) -> None:
    assert need_names(objects) == ()


def test_a_slow_start_is_tolerated() -> None:
    assert need_names(waiting(starting(0)), 500) == ()


def test_a_crashing_container_counts_if_it_reports_an_unresolved_name() -> None:
    failed_lookup = event(reason="Unhealthy", message="Readiness probe failed: lookup web-1.web: no such host")
    (finding,) = need_names(waiting(crashing(0), events=(failed_lookup,)))
    assert finding.evidence[-1].value.endswith("lookup web-1.web: no such host")


def pod_of_service(ordinal: int, subdomain: str) -> Pod:
    made = pod(ordinal)
    return msgspec.structs.replace(made, spec=msgspec.structs.replace(made.spec, subdomain=subdomain))


def test_pods_from_before_the_set_was_recreated_have_no_name() -> None:
    objects = around(stateful_set(3), [pod(0), pod_of_service(1, "former"), pod_of_service(2, "")])
    (finding,) = found(pod_subdomain_mismatch, objects)
    assert finding.headline == "web-1 and web-2: created for another Service, no DNS name in web"
    assert [one.value for one in finding.evidence] == ["web", "former", "absent"]
    (step,) = finding.remedies
    assert (step.text, step.danger, step.action) == (
        "delete web-2 when all other pods are Ready: the new pod gets its DNS name, then continue with the next pod",
        Danger.DISRUPTIVE,
        "delete-pod",
    )
    assert found(pod_subdomain_mismatch, around(stateful_set(2), [pod(0), pod(1)])) == ()


def endpoint_of(name: str, **more: Any) -> Endpoint:
    target = ObjectReference(kind="Pod", namespace="default", name=name, uid=f"{name}-uid")
    return Endpoint(conditions=EndpointConditions(ready=True), target_ref=target, **more)


@pytest.mark.parametrize(
    ("others", "level"),
    [
        (["db-0", "db-1"], Level.WARNING),
        (["web-exporter-7d4b9c6f5-x2x7p"], Level.NOTICE),
    ],
)
def test_a_service_that_selects_other_pods(others: list[str], level: Level) -> None:
    slices = (endpoint_slice(endpoint(pod(0)), *(endpoint_of(name) for name in others)),)
    (finding,) = found(service_selects_other_pods, around(stateful_set(1), [pod(0)], slices=slices))
    assert finding.level is level
    assert finding.headline == f"Service web also selects {' and '.join(others)}, outside this StatefulSet"
    assert finding.evidence[1].field == f"endpoints[targetRef.name={others[0]}].hostname"


def test_sets_may_share_a_service() -> None:
    slices = (endpoint_slice(endpoint(pod(0)), endpoint_of("db-0", hostname="db-0")),)
    assert found(service_selects_other_pods, around(stateful_set(1), [pod(0)], slices=slices)) == ()


def test_a_pod_that_was_just_scaled_away_is_not_another_pod() -> None:
    slices = (endpoint_slice(endpoint(pod(0)), endpoint_of("web-7")),)
    assert found(service_selects_other_pods, around(stateful_set(1), [pod(0)], slices=slices)) == ()


def test_unreadable_slices_report_no_other_pods() -> None:
    slices = (endpoint_slice(endpoint_of("db-0")),)
    unread = without(ENDPOINT_SLICES, coverage=Coverage.LOADING)
    objects = around(stateful_set(1), [pod(0)], slices=slices, coverage=unread)
    assert found(service_selects_other_pods, objects) == ()

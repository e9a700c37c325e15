"""Severities, and the sentences that explain them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stsview.model.coverage import Coverage, KindCoverage
from stsview.model.store import Store
from stsview.model.views import Severity, Tone, WaitReason
from stsview.objects.changes import Applied, Batch, Deleted
from stsview.objects.kinds import CLAIMS, ENDPOINT_SLICES, NODES, PODS, SERVICES, STATEFULSETS, WATCHED, Kind
from stsview.objects.network import Service
from tests.model.build import (
    around,
    at,
    claim,
    crashing,
    look,
    node,
    pod,
    running,
    service,
    starting,
    stateful_set,
    view_of,
    without,
)


@pytest.mark.parametrize(
    ("governing", "headline"),
    [
        (None, "Service web is missing"),
        (service(cluster_ip="10.1.2.3"), "Service web is not headless"),
        (service(selector={"app": "other"}), "Service web selects no pod"),
    ],
)
def test_without_dns_names_a_set_is_at_risk(governing: Service | None, headline: str) -> None:
    view = look(stateful_set(1), [pod(0)], 90, first_seen=80, service=governing, slices=())
    assert view.severity is Severity.AT_RISK
    assert (view.why.reason, view.why.headline) == (WaitReason.RISK, headline)
    assert view.why.detail == "no pod has a DNS name"
    assert view.wait.reason is WaitReason.NOTHING


def test_since_when_there_are_no_dns_names_is_unknown_unless_it_was_seen_to_begin() -> None:
    store = Store()
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    store.apply(Batch(STATEFULSETS, (Applied(stateful_set(1)),), replace=True), at(80))
    store.apply(Batch(PODS, (Applied(pod(0)),), replace=True), at(80))
    store.apply(Batch(CLAIMS, (Applied(claim("data-web-0")),), replace=True), at(80))
    store.apply(Batch(NODES, (Applied(node()),), replace=True), at(80))
    assert why(store, 90) == (Severity.AT_RISK, None)

    store.apply(Batch(SERVICES, (Applied(service()),)), at(95))
    assert why(store, 95) == (Severity.HEALTHY, None)
    store.apply(Batch(SERVICES, (Deleted(service()),)), at(99))
    assert why(store, 120) == (Severity.AT_RISK, at(99))


def why(store: Store, now: float) -> tuple[Severity, datetime | None]:
    store.refresh(at(now))
    (view,) = store.fleet.sets.values()
    return view.severity, view.severity_since


def test_a_cluster_ip_was_there_from_the_beginning() -> None:
    view = look(stateful_set(1), [pod(0)], 90, first_seen=80, service=service(cluster_ip="10.1.2.3"), slices=())
    assert view.severity_since == at(0)


def test_a_service_may_come_a_little_after_its_set() -> None:
    view = look(stateful_set(1), [pod(0)], 20, service=None)
    assert (view.severity, view.next_change) == (Severity.HEALTHY, at(30))


def test_a_set_scaled_to_nothing_needs_no_service() -> None:
    assert look(stateful_set(0), [], 90, service=None).severity is Severity.HEALTHY


def test_a_set_that_names_no_service_is_not_at_risk_for_it() -> None:
    assert look(stateful_set(1, service=""), [pod(0)], 90, service=None).severity is Severity.HEALTHY


@pytest.mark.parametrize(
    ("phase", "extra", "word"),
    [("Pending", {}, "Pending"), ("Lost", {}, "Lost"), ("Bound", {"deletion_timestamp": at(50)}, "Terminating")],
)
def test_a_claim_in_trouble_under_a_running_pod(phase: str, extra: dict[str, Any], word: str) -> None:
    view = look(stateful_set(1), [pod(0)], claims=[claim("data-web-0", phase=phase, **extra)])
    assert (view.severity, view.why.headline) == (Severity.AT_RISK, f"claim data-web-0 is {word}")


def test_a_claim_that_is_gone_under_a_running_pod() -> None:
    assert look(stateful_set(1), [pod(0)], claims=[]).why.headline == "claim data-web-0 is missing"


def test_a_claim_is_pending_while_its_pod_comes_up() -> None:
    pending = pod(0, phase="Pending", node="", containers=())
    view = look(stateful_set(1), [pending], claims=[claim("data-web-0", phase="Pending")])
    assert view.severity is Severity.ROLLING


def test_a_member_that_is_down_outside_any_rollout() -> None:
    fallen = pod(1, ready="False", ready_since=500, reason="ContainersNotReady", containers=[running(ready=False)])
    view = look(stateful_set(3), [pod(0), fallen, pod(2)], 520)
    assert (view.severity, view.severity_since) == (Severity.AT_RISK, at(500))
    assert view.why.headline == "waits for web-1"
    assert look(stateful_set(3), [pod(0), fallen, pod(2)], 1100).severity is Severity.STUCK


@pytest.mark.parametrize("kind", [PODS, CLAIMS, SERVICES])
@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.LOADING, Coverage.ABSENT])
def test_what_is_needed_and_cannot_be_read_makes_the_severity_unknown(kind: Kind, coverage: Coverage) -> None:
    objects = around(stateful_set(1), [pod(0)], coverage=without(kind, coverage=coverage))
    view = view_of(objects)
    assert view.severity is Severity.UNKNOWN
    assert view.why.detail == f"you may not list {kind.resource}"
    assert f"you may not list {kind.resource}" in view.unknown


def test_unread_endpoint_slices_are_told_but_do_not_outweigh() -> None:
    view = view_of(around(stateful_set(1), [pod(0)], slices=(), coverage=without(ENDPOINT_SLICES)))
    assert view.severity is Severity.HEALTHY
    assert view.unknown == ("you may not list endpointslices",)


def test_what_a_set_does_not_use_need_not_be_readable() -> None:
    plain = stateful_set(1, service="", templates=())
    objects = around(plain, [pod(0, claims=[])], coverage=without(CLAIMS, SERVICES, ENDPOINT_SLICES))
    view = view_of(objects)
    assert (view.severity, view.unknown) == (Severity.HEALTHY, ())


def test_known_trouble_outranks_what_is_unknown() -> None:
    view = view_of(around(stateful_set(1), [crashing(0)], coverage=without(CLAIMS)))
    assert view.severity is Severity.STUCK


def test_the_controllers_wait_speaks_first_among_equals() -> None:
    view = look(stateful_set(2), [crashing(0), crashing(1)])
    assert view.why == view.wait


def test_a_broken_expected_pod_always_makes_the_set_stuck() -> None:
    for pods in ([crashing(0), pod(1)], [pod(0), crashing(1)], [starting(0), crashing(1)]):
        view = look(stateful_set(2), pods)
        assert any(row.state.tone is Tone.BROKEN for row in view.ordinals)
        assert view.severity is Severity.STUCK

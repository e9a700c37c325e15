"""Severities, and the waits that explain them."""

from __future__ import annotations

import pytest

from stsview.model.cache.coverage import Coverage
from stsview.model.views import Severity
from stsview.objects.kinds import CLAIMS, ENDPOINT_SLICES, PODS, SERVICES, Kind
from tests.support.model.build import (
    around,
    at,
    crashing,
    look,
    pod,
    running,
    stateful_set,
    view_of,
    without,
)


def test_a_member_down_outside_a_rollout() -> None:
    fallen = pod(1, ready="False", ready_since=500, reason="ContainersNotReady", containers=[running(ready=False)])
    view = look(stateful_set(3), [pod(0), fallen, pod(2)], 520)
    assert (view.severity, view.severity_since) == (Severity.AT_RISK, at(500))
    assert view.why.headline == "waits for web-1"
    assert look(stateful_set(3), [pod(0), fallen, pod(2)], 1100).severity is Severity.STUCK


@pytest.mark.parametrize("kind", [PODS, CLAIMS, SERVICES])
@pytest.mark.parametrize("coverage", [Coverage.FORBIDDEN, Coverage.LOADING, Coverage.ABSENT])
def test_an_unreadable_required_kind_makes_the_severity_unknown(kind: Kind, coverage: Coverage) -> None:
    objects = around(stateful_set(1), [pod(0)], coverage=without(kind, coverage=coverage))
    view = view_of(objects)
    assert view.severity is Severity.UNKNOWN
    assert view.why.detail == f"you may not list {kind.resource}"
    assert f"you may not list {kind.resource}" in view.unknown


def test_unread_endpoint_slices_do_not_change_the_severity() -> None:
    view = view_of(around(stateful_set(1), [pod(0)], slices=(), coverage=without(ENDPOINT_SLICES)))
    assert view.severity is Severity.HEALTHY
    assert view.unknown == ("you may not list endpointslices",)


def test_kinds_that_a_set_does_not_use_need_not_be_readable() -> None:
    plain = stateful_set(1, service="", templates=())
    objects = around(plain, [pod(0, claims=[])], coverage=without(CLAIMS, SERVICES, ENDPOINT_SLICES))
    view = view_of(objects)
    assert (view.severity, view.unknown) == (Severity.HEALTHY, ())


def test_a_known_problem_outranks_an_unknown_one() -> None:
    view = view_of(around(stateful_set(1), [crashing(0)], coverage=without(CLAIMS)))
    assert view.severity is Severity.STUCK


def test_of_equal_severities_the_wait_of_the_controller_comes_first() -> None:
    view = look(stateful_set(2), [crashing(0), crashing(1)])
    assert view.why == view.wait

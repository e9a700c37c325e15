"""Pods that fail and are recreated without end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import derive
from stsview.model.finding import Certainty, Finding
from stsview.model.settings import ModelSettings
from tests.support.model.build import around, at, event, pod, stateful_set
from tests.support.triage.every_rule import examine


def failed(uid: str, **more: Any) -> SetObjects:
    member = pod(0, uid=uid, phase="Failed", status={"reason": "Evicted"}, containers=(), **more)
    return around(stateful_set(1), [member])


def watched(*seen: tuple[float, SetObjects]) -> list[Finding]:
    """The findings after the objects were seen so, one after the other."""
    known: Mapping[Any, datetime] = {}
    findings: tuple[Finding, ...] = ()
    before = at(seen[0][0])
    for second, objects in seen:
        view, known = derive(objects, known, before, at(second), ModelSettings(), examine)
        findings, before = view.findings, at(second)
    return [one for one in findings if one.rule == "pod-recreated-repeatedly"]


def test_three_failed_pods_in_ten_minutes_are_a_loop() -> None:
    assert watched((10, failed("a")), (20, failed("b"))) == []
    (finding,) = watched((10, failed("a")), (20, failed("b")), (30, failed("c")))
    assert finding.headline == "web-0: fails and is recreated without end: Evicted"
    assert (finding.since, finding.certainty, finding.ordinals) == (at(10), Certainty.CERTAIN, (0,))
    assert not any("reconcile" in one.text for one in finding.remedies)


def test_it_is_a_loop_also_between_two_failures() -> None:
    starting = around(stateful_set(1), [pod(0, uid="d", phase="Pending", ready="False")])
    seen = ((10, failed("a")), (20, failed("b")), (30, failed("c")))
    assert len(watched(*seen, (40, starting))) == 1
    assert watched(*seen, (40, around(stateful_set(1), [pod(0, uid="d")]))) == []


def test_failures_of_long_ago_are_forgotten() -> None:
    assert watched((10, failed("a")), (20, failed("b")), (700, failed("c"))) == []


def test_one_pod_that_stays_failed_is_no_loop() -> None:
    assert watched((10, failed("a")), (20, failed("a")), (30, failed("a")), (40, failed("a"))) == []


@pytest.mark.parametrize(
    ("first", "last", "times", "loop"),
    [(0, 300, 9, True), (290, 300, 10, False), (0, 300, 2, False)],
)
def test_older_servers_report_each_replacement(first: float, last: float, times: int, loop: bool) -> None:
    """Ten times at once for a single one."""
    message = "StatefulSet default/web is recreating failed Pod web-0"
    told = event(
        "web", "RecreatingFailedPod", message, kind="StatefulSet", first=first, last=last, times=times, name="told"
    )
    objects = around(stateful_set(1), [pod(0, phase="Failed", containers=())], events=(told,))
    found = watched((310, objects))
    assert bool(found) == loop
    assert all(one.certainty is Certainty.LIKELY for one in found)

"""Rules about pods that run but do not count."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Certainty, Level
from stsview.objects.pod import Pod, ReadinessGate
from stsview.triage.rules.pods.readiness import long_min_ready, readiness_gate_unset, readiness_probe_failing
from tests.support.model.build import NEW, OLD, around, at, condition, event, pod, running, starting, stateful_set
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import probed, with_condition, with_spec

LATE = 700
"""Later than the time a pod may take to become Ready."""


def test_a_readiness_probe_that_never_succeeds() -> None:
    unready = probed(starting(1), readiness_probe=True)
    objects = around(stateful_set(3), [pod(0), unready])
    (finding,) = found(readiness_probe_failing, objects, LATE)
    assert finding.headline == "web-1: readiness probe of container app fails"
    assert (finding.level, finding.certainty, finding.so) == (
        Level.ERROR,
        Certainty.CERTAIN,
        "web-2 is not created until web-1 is Ready",
    )
    assert finding.evidence[0].field == "status.containerStatuses[app].ready"
    assert finding.remedies[0].command == "kubectl -n default logs web-1 -c app"
    assert found(readiness_probe_failing, objects, 500) == ()


def test_a_startup_probe_comes_first() -> None:
    unready = probed(starting(0), readiness_probe=True, startup_probe=True)
    statuses = (replace(unready.status.container_statuses[0], started=False),)
    unready = replace(unready, status=replace(unready.status, container_statuses=statuses))
    (finding,) = found(readiness_probe_failing, around(stateful_set(1), [unready]), LATE)
    assert finding.headline == "web-0: startup probe of container app fails"


@pytest.mark.parametrize(
    ("reason", "message", "last", "headline", "certainty"),
    [
        ("Unhealthy", "Readiness probe failed: no", 690, "web-0: readiness probe of container app fails", "likely"),
        ("Unhealthy", "Readiness probe failed: no", -100, "web-0: container app is running but not ready", "certain"),
        ("Unhealthy", "Liveness probe failed: no", 690, "web-0: container app is running but not ready", "certain"),
        ("BackOff", "Readiness probe failed: no", 690, "web-0: container app is running but not ready", "certain"),
    ],
)
def test_without_a_known_probe_the_events_are_likely_evidence(
    reason: str, message: str, last: float, headline: str, certainty: str
) -> None:
    warning = event("web-0", reason, message, first=-200, last=last)
    (finding,) = found(readiness_probe_failing, around(stateful_set(1), [starting(0)], events=(warning,)), LATE)
    assert (finding.headline, finding.certainty.value) == (headline, certainty)
    assert any(one.field == "event Unhealthy" for one in finding.evidence) == (certainty == "likely")


def test_a_member_that_became_unready_is_a_warning_at_first() -> None:
    fallen = pod(1, ready="False", ready_since=500, reason="ContainersNotReady", containers=[running(ready=False)])
    objects = around(stateful_set(3), [pod(0), fallen, pod(2)])
    assert [one.level for one in found(readiness_probe_failing, objects, 520)] == [Level.WARNING]
    assert [one.level for one in found(readiness_probe_failing, objects, 1200)] == [Level.ERROR]


def test_a_rollback_is_proposed_only_for_a_template_in_rollout() -> None:
    unready = [probed(starting(0), readiness_probe=True)]
    (plain,) = found(readiness_probe_failing, around(stateful_set(1), unready), LATE)
    (rolled,) = found(readiness_probe_failing, around(stateful_set(1, current=OLD, update=NEW), unready), LATE)
    assert [remedy.action for remedy in plain.remedies] == [None, None, None]
    assert [remedy.action for remedy in rolled.remedies] == [None, None, None, "undo"]


def gated(ordinal: int, *conditions: Any, since: float = 0) -> Pod:
    made = pod(ordinal, conditions=conditions)
    made = with_condition(made, "Ready", "False", since=since, reason="ReadinessGatesNotReady")
    gates = (ReadinessGate(condition_type="example.com/lb"), ReadinessGate(condition_type="example.com/ok"))
    return with_spec(made, readiness_gates=gates)


OPEN = condition("example.com/ok", "True")


@pytest.mark.parametrize(
    ("conditions", "text", "value"),
    [
        ((OPEN,), "is not set", "absent"),
        ((OPEN, condition("example.com/lb", "False", 0, "Unhealthy", "no target")), "is not True", "False: Unhealthy"),
    ],
)
def test_a_readiness_gate_that_is_not_set(conditions: Any, text: str, value: str) -> None:
    objects = around(stateful_set(1), [gated(0, *conditions)])
    (finding,) = found(readiness_gate_unset, objects, LATE)
    assert finding.headline == f"web-0: readiness gate example.com/lb {text}"
    assert finding.evidence[0].field == "status.conditions[example.com/lb]"
    assert finding.evidence[0].value.startswith(value)
    assert found(readiness_probe_failing, objects, LATE) == ()
    assert found(readiness_gate_unset, objects, 500) == ()


def warming(seconds: int, now: float, **more: Any) -> Any:
    stateful = stateful_set(2, min_ready_seconds=seconds, **more)
    return around(stateful, [pod(0, revision=OLD), pod(1, ready_since=now - 60)])


def test_min_ready_seconds_is_a_notice_only_if_it_delays_a_rollout_for_very_long() -> None:
    objects = warming(86_400, 100_000, current=OLD, update=NEW)
    (finding,) = found(long_min_ready, objects, 100_000)
    assert finding.headline == "web-1: Ready, but available only after minReadySeconds (86400 s)"
    assert (finding.level, finding.until, finding.so) == (
        Level.NOTICE,
        at(100_000 - 60 + 86_400),
        "web-0 stays on old until web-1 is available",
    )
    assert judged(objects, 100_000).severity.name == "ROLLING"
    assert found(long_min_ready, warming(600, 100_000, current=OLD, update=NEW), 100_000) == ()


def test_min_ready_seconds_that_delay_nothing_have_no_finding() -> None:
    last = around(stateful_set(2, min_ready_seconds=86_400), [pod(0, ready_since=-90_000), pod(1)])
    assert found(long_min_ready, last) == ()

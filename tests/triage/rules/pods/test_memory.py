"""Containers near their memory limit, and those that were killed at it."""

from __future__ import annotations

import pytest

from stsview.model.finding import Certainty, Level
from stsview.model.settings import ModelSettings, UsageLimits
from stsview.triage.rules.pods.crashes import crash_loop
from stsview.triage.rules.pods.memory import memory_near_limit
from tests.support.model.build import around, at, death, pod, running, stateful_set, waiting
from tests.support.triage.judge import found
from tests.support.triage.measured import measured, measured_pod

MI = 1024**2


def test_memory_near_the_limit_before_it_is_killed() -> None:
    usage = measured([measured_pod(0, 30, memory=486 * MI, limit=512 * MI)])
    objects = around(stateful_set(1), [pod(0)])
    (finding,) = found(memory_near_limit, objects, measured=usage, first_seen=35)
    assert finding.headline == "web-0: memory is at 94% of its limit of 512Mi"
    assert (finding.level, finding.certainty, finding.since) == (Level.WARNING, Certainty.LIKELY, at(35))
    assert [one.value for one in finding.evidence] == ["486Mi of 512Mi", "2026-03-01T12:00:30Z"]
    assert finding.remedies[0].command == "kubectl -n default logs web-0 -c app"
    assert (
        found(memory_near_limit, objects, measured=usage, settings=ModelSettings(usage=UsageLimits(memory=0.95))) == ()
    )
    (old,) = found(memory_near_limit, objects, 700, measured=usage)
    assert old.level is Level.NOTICE
    assert old.headline == "web-0: memory was at 94% of its limit of 512Mi when last measured"


@pytest.mark.parametrize(
    "usage",
    [
        measured([measured_pod(0, 30, memory=486 * MI)]),
        measured([measured_pod(0, 30, memory=400 * MI, limit=512 * MI)]),
        # Of the run before.
        measured([measured_pod(0, -30, memory=511 * MI, limit=512 * MI)]),
    ],
)
def test_no_finding(usage: object) -> None:
    assert found(memory_near_limit, around(stateful_set(1), [pod(0)]), measured=usage) == ()  # type: ignore[arg-type]


def test_the_findings_about_memory_and_about_the_kill_name_each_other() -> None:
    killed = death(137, "OOMKilled")
    again = running("app", restarts=3, last=killed)
    usage = measured([measured_pod(0, 30, memory=508 * MI, limit=512 * MI)])
    (finding,) = found(memory_near_limit, around(stateful_set(1), [pod(0, containers=[again])]), measured=usage)
    assert finding.headline == "web-0: memory is at 99% of its limit of 512Mi, and it was OOM-killed before"
    evidence = {one.field: one.value for one in finding.evidence}
    assert evidence["status.containerStatuses[app].lastState.terminated.reason"] == "OOMKilled"

    status = waiting("CrashLoopBackOff", restarts=4, last=killed)
    looping = pod(0, ready="False", ready_since=30, reason="ContainersNotReady", containers=[status])
    (finding,) = found(crash_loop, around(stateful_set(1), [looping]), measured=usage)
    evidence = {one.field: one.value for one in finding.evidence}
    assert evidence["metrics memory[app] (highest)"] == "508Mi of 512Mi"
    (finding,) = found(crash_loop, around(stateful_set(1), [looping]))
    assert not any("memory" in one.field for one in finding.evidence)

"""Rules about containers that crash."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Danger, Level
from stsview.objects.event import Event
from stsview.objects.meta import Present
from stsview.objects.pod import Container, ContainerStateTerminated, Pod
from stsview.triage.rules.pods.crashes import container_restarted, crash_loop
from tests.support.model.build import (
    NEW,
    OLD,
    around,
    crashing,
    death,
    ended,
    event,
    pod,
    running,
    stateful_set,
    terminating,
    waiting,
)
from tests.support.triage.judge import found
from tests.support.triage.pods import with_condition


def looping(ordinal: int, last: ContainerStateTerminated, **more: Any) -> Pod:
    status = waiting("CrashLoopBackOff", "back-off 20s restarting", restarts=4, last=last)
    return pod(ordinal, ready="False", ready_since=30, reason="ContainersNotReady", containers=[status], **more)


@pytest.mark.parametrize(
    ("last", "death_text", "change"),
    [
        (death(1), "exit 1", "correct container app in the template"),
        (death(137, "OOMKilled"), "OOMKilled", "raise the memory limit of container app"),
        (ContainerStateTerminated(signal=9), "signal 9", "correct container app in the template"),
    ],
)
def test_a_crash_loop_reports_how_the_container_terminates(
    last: ContainerStateTerminated, death_text: str, change: str
) -> None:
    (finding,) = found(crash_loop, around(stateful_set(2), [pod(0), looping(1, last)]))
    assert finding.headline == f"web-1: crash-looping ({death_text}, 4 restarts)"
    assert finding.level is Level.ERROR
    evidence = {one.field: one.value for one in finding.evidence}
    path = "status.containerStatuses[app]"
    assert evidence[f"{path}.restartCount"] == "4"
    assert evidence[f"{path}.lastState.terminated.exitCode"] == str(last.exit_code)
    assert evidence[f"{path}.lastState.terminated.reason"] == (last.reason or "absent")
    first = finding.remedies[0]
    assert (first.danger, first.command) == (Danger.READ_ONLY, "kubectl -n default logs web-1 -c app --previous")
    assert next(remedy.text for remedy in finding.remedies if remedy.danger is Danger.DISRUPTIVE) == change


def test_a_probe_that_kills_the_container_is_evidence() -> None:
    message = "Liveness probe failed: HTTP probe failed with statuscode: 500"
    killed = event("web-0", "Unhealthy", message, uid="web-0-uid")
    killed = event_on(killed, "spec.containers{app}")
    objects = around(stateful_set(1), [looping(0, death(137))], events=(killed,))
    (finding,) = found(crash_loop, objects)
    assert ("event Unhealthy", message) in [(one.field, one.value) for one in finding.evidence]
    assert any("its liveness probe" in remedy.text for remedy in finding.remedies)
    of_another = event_on(killed, "spec.containers{other}")
    (finding,) = found(crash_loop, around(stateful_set(1), [looping(0, death(137))], events=(of_another,)))
    assert not any(one.field.startswith("event") for one in finding.evidence)


def event_on(original: Event, path: str) -> Event:
    return replace(original, involved_object=replace(original.involved_object, field_path=path))


def test_pods_that_crash_alike_share_a_finding() -> None:
    parallel = stateful_set(4, policy="Parallel", current=OLD, update=NEW)
    pods = [looping(0, death(1)), looping(1, death(1)), looping(2, death(2)), looping(3, death(1), revision=OLD)]
    findings = found(crash_loop, around(parallel, pods))
    assert [finding.ordinals for finding in findings] == [(0, 1), (2,), (3,)]
    assert findings[0].headline.startswith("web-0 and web-1: ")


def test_a_first_restart_is_only_a_warning() -> None:
    status = running(ready=False, since=2000, restarts=1, last=death(finished=1990))
    again = pod(1, ready="False", ready_since=1990, reason="ContainersNotReady", containers=[status])
    objects = around(stateful_set(2), [pod(0), again])
    assert found(crash_loop, objects, 2010) == ()
    (finding,) = found(container_restarted, objects, 2010)
    assert finding.headline == "web-1: container app terminated and is restarting (exit 1)"
    assert (finding.level, finding.remedies[0].text) == (Level.WARNING, "wait until web-1 is Ready")


def test_a_container_that_just_terminated_has_logs_without_previous() -> None:
    just = pod(0, ready="False", containers=[ended(death(3))])
    (finding,) = found(container_restarted, around(stateful_set(1), [just]))
    assert finding.headline == "web-0: container app terminated and is restarting (exit 3)"
    assert finding.remedies[1].command == "kubectl -n default logs web-0 -c app"
    assert finding.evidence[1].field == "status.containerStatuses[app].state.terminated.exitCode"


def test_an_init_container_is_labelled_as_such() -> None:
    init = waiting("CrashLoopBackOff", name="wait", restarts=2, last=death(7))
    broken = pod(
        0,
        phase="Pending",
        ready="False",
        containers=[waiting("PodInitializing")],
        init_containers=[init],
        init_specs=[Container(name="wait")],
    )
    broken = with_condition(broken, "Initialized", "False")
    (finding,) = found(crash_loop, around(stateful_set(1), [broken]))
    assert finding.headline == "web-0: init container wait is crash-looping (exit 7, 2 restarts)"
    assert finding.evidence[0].field == "status.initContainerStatuses[wait].state.waiting.reason"
    sidecars = (Container(name="wait", restart_policy="Always"),)
    sidecar = replace(broken, spec=replace(broken.spec, init_containers=sidecars))
    (finding,) = found(crash_loop, around(stateful_set(1), [sidecar]))
    assert finding.headline == "web-0: sidecar wait is crash-looping (exit 7, 2 restarts)"


@pytest.mark.parametrize(
    "pods",
    [
        [pod(0)],
        [pod(0, containers=[running(restarts=9, last=death())])],
        [terminating(0, asked=0, containers=crashing(0).status.container_statuses)],
    ],
)
def test_ready_and_terminating_pods_have_no_finding(pods: list[Pod]) -> None:
    objects = around(stateful_set(1), pods)
    assert (found(crash_loop, objects, 10), found(container_restarted, objects, 10)) == ((), ())


def test_a_liveness_kill_is_named_though_a_readiness_failure_is_newer() -> None:
    killed = event_on(event("web-0", "Unhealthy", "Liveness probe failed: timed out", last=10), "spec.containers{app}")
    unready = event("web-0", "Unhealthy", "Readiness probe failed: not running", last=55, name="later")
    events = (killed, event_on(unready, "spec.containers{app}"))
    (finding,) = found(crash_loop, around(stateful_set(1), [looping(0, death(137, finished=20))], events=events))
    assert finding.headline.endswith(": killed by its liveness probe")
    assert "Liveness probe failed: timed out" in [one.value for one in finding.evidence]
    later = around(stateful_set(1), [looping(0, death(1, finished=500))], events=events)
    (finding,) = found(crash_loop, later, 600)
    assert "probe" not in finding.headline, "it terminated long after that"


@pytest.mark.parametrize(
    ("last", "probes", "killer"),
    [
        (death(137), {"liveness_probe": Present()}, ": likely killed by its liveness probe"),
        (death(143), {"startup_probe": Present()}, ": likely killed by its startup probe"),
        (death(137), {"readiness_probe": Present()}, ""),
        (death(137, "OOMKilled"), {"liveness_probe": Present()}, ""),
        (death(1), {"liveness_probe": Present()}, ""),
    ],
)
def test_a_liveness_kill_is_likely_once_its_warnings_are_dropped(
    last: ContainerStateTerminated, probes: dict[str, Any], killer: str
) -> None:
    """client-go drops warnings about an object that has many of them."""
    broken = looping(0, last)
    containers = (Container(name="app", **probes),)
    broken = replace(broken, spec=replace(broken.spec, containers=containers))
    (finding,) = found(crash_loop, around(stateful_set(1), [broken]))
    assert finding.headline.partition(" restarts)")[2] == killer
    assert any("probe in the template" in one.text for one in finding.remedies) is bool(killer)

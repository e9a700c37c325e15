"""Pods that run but do not count: not Ready, or not Ready for minReadySeconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.pods.diagnosis import Cause
from stsview.model.timing.moment import later
from stsview.objects.event import Event
from stsview.objects.pod import Container, Pod
from stsview.triage.rule import Rule, Situation, kubectl, rule, set_ref
from stsview.triage.support.events import last_warning, message_of
from stsview.triage.support.pod_groups import (
    DownPod,
    condition_evidence,
    container_label,
    container_status,
    describe_command,
    down_pods,
    earliest_since,
    group_by,
    is_running,
    level_of,
    logs_command,
    optional_evidence,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import from_current_rollout, safest_first, template_fixes

_PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"

_BEFORE = 60
"""Seconds by which a probe may start to fail before its pod is not Ready: probes have a failure threshold."""


@rule(
    level=Level.ERROR,
    title="Container is running but not ready",
    meaning="The container runs, but its readiness or startup probe does not succeed, so the member counts as down. "
    "With OrderedReady the controller waits for it.",
    remedy="Read the log of the container and the output of the probe. If the application only starts slowly, give it "
    "a startup probe with more time.",
    danger=Danger.DISRUPTIVE,
    source=_PROBES,
    reaches=Reaches.ORDINALS,
    needs=Cause.SLOW,
)
def readiness_probe_failing(case: RuleInput) -> Iterator[Finding]:
    unready = ((one, _probe(case, one)) for one in down_pods(case, Cause.SLOW) if is_running(one))
    for group in group_by(unready, lambda one: (one[0].container.name, one[1][0])):
        (first, (probe, certain, _)), rows = group[0], [one.row for one, _ in group]
        container = container_label(first)
        what = f"{probe} probe of {container} fails" if probe else f"{container} is running but not ready"
        change = template_fixes(case, first.row, f"correct {container} or its probes in the template")
        yield readiness_probe_failing.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {what}",
            earliest_since(rows),
            (
                *(one for each, _ in sample(group) for one in (_ready(each), condition_evidence(each.pod, "Ready"))),
                *(one for _, (_, _, event) in sample(group) for one in optional_evidence(event)),
            ),
            safest_first(
                (
                    Remedy(
                        f"view logs of {container}",
                        Danger.READ_ONLY,
                        command=logs_command(case, first.row, first.container.name),
                    ),
                    Remedy(
                        "read the output of the probe, and run the probe by hand",
                        Danger.READ_ONLY,
                        command=describe_command(case, first.row),
                    ),
                    Remedy("fix what the container waits for: the pod then becomes Ready", Danger.REVERSIBLE),
                    *(change if first.row.outdated or from_current_rollout(case, first.row) else ()),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.CERTAIN if certain or not probe else Certainty.LIKELY,
            level=level_of(rows),
        )


def _probe(case: RuleInput, one: DownPod) -> tuple[str, bool, Event | None]:
    """The probe that keeps the container unready.

    Returned with whether that is certain, and the last event about the probe.

    A started container without a readiness probe is ready at once, one without a startup probe is started at once
    (pkg/kubelet/prober/prober_manager.go, UpdatePodStatus).
    """
    spec, event = _spec(one), _unhealthy(case, one)
    if spec is not None:
        started = container_status(one.pod, one.container.name)[1].started
        if started is False and spec.startup_probe is not None:
            return "startup", True, event
        if spec.readiness_probe is not None:
            return "readiness", True, event
    if event is None:
        return "", False, None
    return message_of(event).split()[0].lower(), False, event


def _spec(one: DownPod) -> Container | None:
    containers = (*one.pod.spec.containers, *one.pod.spec.init_containers)
    return next((container for container in containers if container.name == one.container.name), None)


def _unhealthy(case: RuleInput, one: DownPod) -> Event | None:
    event = last_warning(case, "Pod", one.row.name, "Unhealthy")
    if event is None or not message_of(event).startswith(("Readiness probe", "Startup probe")):
        return None
    began, seen, path = one.row.state.since, event.last_seen, event.involved_object.field_path
    if path and one.container.name not in path:
        return None
    current = seen is not None and (began is None or seen >= later(began, -_BEFORE))
    return event if current else None


def _ready_since(pod: Pod) -> datetime | None:
    ready = pod.condition("Ready")
    return ready.last_transition_time if ready is not None else None


def _ready(one: DownPod) -> Evidence:
    path, status = container_status(one.pod, one.container.name)
    return Evidence(f"Pod {one.row.name}", f"{path}.ready", str(status.ready).lower())


@rule(
    level=Level.ERROR,
    title="Readiness gate is not set",
    meaning="All containers are ready, but the pod requires a condition that another controller sets, and that "
    "controller has not set it to True.",
    remedy="Find out which controller sets the condition, and why it has not.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate",
    reaches=Reaches.ORDINALS,
    needs=Cause.GATE,
)
def readiness_gate_unset(case: RuleInput) -> Iterator[Finding]:
    gated = [one for one in down_pods(case, Cause.GATE) if one.pod.spec.node_name]
    for group in group_by(gated, _gates):
        rows, first = [one.row for one in group], group[0]
        gates = _gates(first)
        states = {_status(first, gate) for gate in gates}
        is_ = "is not set" if states == {"absent"} else "is not True"
        names = listed([one_line(gate) for gate in gates])
        yield readiness_gate_unset.finding(
            subject(case, rows),
            f"{pod_names(rows)}: readiness {'gate' if len(gates) == 1 else 'gates'} {names} "
            f"{is_ if len(gates) == 1 else is_.replace('is', 'are', 1)}",
            earliest_since(rows),
            (
                *(condition_evidence(each.pod, gate) for each in sample(group) for gate in gates),
                *(condition_evidence(each.pod, "ContainersReady") for each in sample(group)),
            ),
            (
                Remedy(
                    f"find which controller sets {names}, and read its log",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pod", first.row.name, "-o", "yaml"),
                ),
                Remedy("fix that controller: the pod becomes Ready once the condition is True", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            level=level_of(rows),
        )


def _gates(one: DownPod) -> tuple[str, ...]:
    """The gates whose condition is not True."""
    required = (gate.condition_type for gate in one.pod.spec.readiness_gates)
    return tuple(gate for gate in required if _status(one, gate) != "True")


def _status(one: DownPod, gate: str) -> str:
    condition = one.pod.condition(gate)
    return "absent" if condition is None else condition.status


@rule(
    level=Level.NOTICE,
    title="minReadySeconds delays a rollout",
    meaning="A pod counts as available only after it has been Ready for minReadySeconds, and the controller continues "
    "with the next pod only then.",
    remedy="Wait, or lower minReadySeconds: that change alone restarts nothing.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#minimum-ready-seconds; KEP-2599",
    needs=Situation.DOWN,
)
def long_min_ready(case: RuleInput) -> Iterator[Finding]:
    seconds, wait = case.facts.set.spec.min_ready_seconds, case.view.wait
    if seconds <= case.facts.settings.long_min_ready or not wait.so:
        return
    row = next((row for row in case.down if row.ordinal == wait.ordinal and row.ready), None)
    if row is None or row.slot.pod is None:
        return
    patch = '{"spec":{"minReadySeconds":60}}'
    yield long_min_ready.finding(
        set_ref(case),
        f"{row.name}: Ready, but available only after minReadySeconds ({seconds} s)",
        row.state.since,
        (
            Evidence(str(set_ref(case)), "spec.minReadySeconds", str(seconds)),
            Evidence(
                f"Pod {row.name}",
                "status.conditions[Ready].lastTransitionTime",
                quoted(_ready_since(row.slot.pod)),
            ),
        ),
        (
            Remedy(f"wait until {row.name} is available", Danger.READ_ONLY),
            Remedy(
                "lower minReadySeconds, for instance to 60: no pod restarts",
                Danger.REVERSIBLE,
                command=kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", patch),
            ),
        ),
        ordinals=[row.ordinal],
        so=wait.so,
        until=row.available_at,
    )


RULES: tuple[Rule, ...] = (readiness_probe_failing, readiness_gate_unset, long_min_ready)

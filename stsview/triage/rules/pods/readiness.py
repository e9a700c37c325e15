"""Pods that run and do not count: not Ready, or not for long enough."""

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
from stsview.triage.rule import Rule, kubectl, rule, set_ref
from stsview.triage.support.events import last_warning, message_of
from stsview.triage.support.pod_groups import (
    DownPod,
    condition_evidence,
    container_label,
    container_status,
    describe_command,
    down_pods,
    earliest_since,
    event_or_none,
    group_by,
    is_running,
    level_of,
    logs_command,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import from_current_rollout, safest_first, template_fixes

_PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"

_BEFORE = 60
"""Seconds by which a probe may have begun to fail before its pod is not Ready: probes have a threshold."""


@rule(
    level=Level.ERROR,
    title="A container runs and is not ready",
    meaning="The container runs, but its readiness or startup probe does not succeed: for Kubernetes the member is "
    "down. In order, the controller waits for it.",
    remedy="Read its log and what the probe was answered. If it only takes long, give it a startup probe with more "
    "time.",
    danger=Danger.DISRUPTIVE,
    source=_PROBES,
    reaches=Reaches.ORDINALS,
)
def readiness_probe_failing(case: RuleInput) -> Iterator[Finding]:
    unready = ((one, _probe(case, one)) for one in down_pods(case, Cause.SLOW) if is_running(one))
    for group in group_by(unready, lambda one: (one[0].container.name, one[1][0])):
        (first, (probe, certain, _)), rows = group[0], [one.row for one, _ in group]
        container = container_label(first.pod, first.container.name)
        what = f"{probe} probe of {container} fails" if probe else f"{container} runs and is not ready"
        change = template_fixes(case, first.row, f"correct {container} or its probes in the template")
        yield readiness_probe_failing.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {what}",
            earliest_since(rows),
            (
                *(one for each, _ in sample(group) for one in (_ready(each), condition_evidence(each.pod, "Ready"))),
                *(one for _, (_, _, event) in sample(group) for one in event_or_none(event)),
            ),
            safest_first(
                (
                    Remedy(
                        "read its log", Danger.READ_ONLY, command=logs_command(case, first.row, first.container.name)
                    ),
                    Remedy(
                        "read what the probe was answered, and try it by hand",
                        Danger.READ_ONLY,
                        command=describe_command(case, first.row),
                    ),
                    Remedy("mend what it waits for: it turns Ready by itself", Danger.REVERSIBLE),
                    *(change if first.row.outdated or from_current_rollout(case, first.row) else ()),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.CERTAIN if certain or not probe else Certainty.LIKELY,
            level=level_of(rows),
        )


def _probe(case: RuleInput, one: DownPod) -> tuple[str, bool, Event | None]:
    """The probe that keeps the container from being ready, whether that is certain, and what was last heard of it.

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
    title="A readiness gate is not set",
    meaning="All containers are ready, but the pod asks for a condition that some other controller is to set, and it "
    "has not set it to True.",
    remedy="Find out which controller sets that condition, and why it does not.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate",
    reaches=Reaches.ORDINALS,
)
def readiness_gate_unset(case: RuleInput) -> Iterator[Finding]:
    gated = [one for one in down_pods(case, Cause.GATE) if one.pod.spec.node_name]
    for group in group_by(gated, _gates):
        rows, first = [one.row for one in group], group[0]
        gates = _gates(first)
        states = {_says(first, gate) for gate in gates}
        is_ = "is not set" if states == {"absent"} else "is not True"
        yield readiness_gate_unset.finding(
            subject(case, rows),
            f"{pod_names(rows)}: readiness gate {listed([one_line(gate) for gate in gates])} {is_}",
            earliest_since(rows),
            (
                *(condition_evidence(each.pod, gate) for each in sample(group) for gate in gates),
                *(condition_evidence(each.pod, "ContainersReady") for each in sample(group)),
            ),
            (
                Remedy(
                    "find out which controller sets it, and read its log",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pod", first.row.name, "-o", "yaml"),
                ),
                Remedy("mend that controller: the pod turns Ready once the condition is True", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            level=level_of(rows),
        )


def _gates(one: DownPod) -> tuple[str, ...]:
    """The gates that are not open."""
    wanted = (gate.condition_type for gate in one.pod.spec.readiness_gates)
    return tuple(gate for gate in wanted if _says(one, gate) != "True")


def _says(one: DownPod, gate: str) -> str:
    held = one.pod.condition(gate)
    return "absent" if held is None else held.status


@rule(
    level=Level.NOTICE,
    title="minReadySeconds holds a rollout for long",
    meaning="Each pod counts as available only after it has been Ready for minReadySeconds, and the controller goes "
    "on to the next one only then.",
    remedy="Wait, or lower minReadySeconds: that alone restarts nothing.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#minimum-ready-seconds; KEP-2599",
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
        f"{row.name}: is Ready, and counts only after minReadySeconds {seconds}",
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
            Remedy("wait", Danger.READ_ONLY),
            Remedy(
                "lower minReadySeconds, to 60 for instance: no pod is restarted for it",
                Danger.REVERSIBLE,
                command=kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", patch),
            ),
        ),
        ordinals=[row.ordinal],
        so=wait.so,
        until=row.available_at,
    )


RULES: tuple[Rule, ...] = (readiness_probe_failing, readiness_gate_unset, long_min_ready)

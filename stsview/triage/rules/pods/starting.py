"""Pods that take too long to start."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.pods.containers import is_sidecar
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import PodKind
from stsview.model.timing.moment import later
from stsview.objects.event import Event
from stsview.triage.rule import Rule, rule
from stsview.triage.support.events import message_of
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

_BEFORE = 60
"""Seconds by which a warning may be older than the state that it explains."""


@rule(
    level=Level.ERROR,
    title="Init container does not finish, or sidecar does not start",
    meaning="The containers of the pod start only after every init container has succeeded, and every sidecar (an init "
    "container that is always restarted) has started. One of them has been running for too long: it usually waits for "
    "something, or the startup probe of the sidecar fails.",
    remedy="Read the log of the init container to see what it waits for, and the output of the startup probe.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/init-containers/",
    reaches=Reaches.ORDINALS,
    needs=Cause.SLOW,
)
def init_container_stuck(case: RuleInput) -> Iterator[Finding]:
    for group in group_by((one for one in _slow(case) if _initializing(one)), lambda one: one.container.name):
        rows, first = [one.row for one in group], group[0]
        sidecar, probe = is_sidecar(first.pod, first.container.name), _startup_probe(case, first)
        container = f"sidecar {one_line(first.container.name)}" if sidecar else container_label(first)
        problem, fix = "does not finish", "fix what the init container waits for: the pod then starts"
        if sidecar:
            problem = f"has not started{': its startup probe fails' if probe is not None else ''}"
            fix = "fix what keeps the sidecar from starting: the pod then starts"
        or_probe = " or its startup probe" if probe is not None else ""
        change = template_fixes(case, first.row, f"correct {container}{or_probe} in the template")
        yield init_container_stuck.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {container} {problem}",
            earliest_since(rows),
            (
                *(one for each in sample(group) for one in (condition_evidence(each.pod, "Initialized"), _state(each))),
                *optional_evidence(probe),
            ),
            safest_first(
                (
                    Remedy(
                        f"view logs of {container} to see what it waits for",
                        Danger.READ_ONLY,
                        command=logs_command(case, first.row, first.container.name),
                    ),
                    Remedy(fix, Danger.REVERSIBLE),
                    *(change if probe or first.row.outdated or from_current_rollout(case, first.row) else ()),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.ERROR,
    title="Pod is slow to start",
    meaning="The pod has a node but does not start, and its status gives no reason.",
    remedy="Read the events of the pod, then those of its node, and the log of the kubelet.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
    reaches=Reaches.ORDINALS,
    fallback=True,
    needs=Cause.SLOW,
)
def slow_start(case: RuleInput) -> Iterator[Finding]:
    """Any other pod that has a node and does not start.

    Includes pods that the node controller marked not Ready and whose kubelet has not reported since.
    """
    slow = [(one, _last_warning(case, one)) for one in _slow(case) if not (_initializing(one) or is_running(one))]
    for group in group_by(slow, lambda one: (one[0].row.diagnosis.because, one[1].reason if one[1] else "")):
        (first, event), rows = group[0], [one.row for one, _ in group]
        why = message_of(event) if event is not None else ""
        yield slow_start.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {first.row.diagnosis.because}{f': {why}' if why else '; no event gives a reason'}",
            earliest_since(rows),
            (
                *(one for each, _ in sample(group) for one in (condition_evidence(each.pod, "Ready"), _state(each))),
                *(one for _, warning in sample(group) for one in optional_evidence(warning)),
            ),
            (
                Remedy(
                    f"read the events of {first.row.name}",
                    Danger.READ_ONLY,
                    command=describe_command(case, first.row),
                ),
                Remedy(
                    f"read the kubelet log of node {first.pod.spec.node_name}: volumes, network, container runtime",
                    Danger.READ_ONLY,
                ),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.LIKELY if event is not None else Certainty.CERTAIN,
            level=level_of(rows),
        )


def _slow(case: RuleInput) -> list[DownPod]:
    return down_pods(case, Cause.SLOW)


def _initializing(one: DownPod) -> bool:
    return one.row.state.kind is PodKind.INITIALIZING and one.row.broken


def _startup_probe(case: RuleInput, one: DownPod) -> Event | None:
    """The newest warning that the startup probe of the container fails."""
    for event in reversed(case.facts.objects.events):
        about = event.involved_object
        if (about.kind, about.name, event.reason) != ("Pod", one.row.name, "Unhealthy"):
            continue
        if f"{{{one.container.name}}}" in about.field_path and message_of(event).startswith("Startup probe"):
            return event
    return None


def _last_warning(case: RuleInput, one: DownPod) -> Event | None:
    """The newest warning about the pod.

    None if it is older than the pod's present state.
    """
    began = one.row.state.since
    for event in reversed(case.facts.objects.events):
        about = event.involved_object
        if about.kind == "Pod" and about.name == one.row.name:
            seen = event.last_seen
            return event if seen is not None and (began is None or seen >= later(began, -_BEFORE)) else None
    return None


def _state(one: DownPod) -> Evidence:
    """The state of the container that the pod waits for."""
    path, status = container_status(one.pod, one.container.name)
    pod, state = f"Pod {one.row.name}", status.state
    if not one.container.name:
        return Evidence(pod, "status.containerStatuses", "absent")
    if state.running is not None:
        return Evidence(pod, f"{path}.state.running.startedAt", quoted(state.running.started_at))
    return Evidence(pod, f"{path}.state.waiting.reason", quoted(state.waiting.reason if state.waiting else None))


RULES: tuple[Rule, ...] = (init_container_stuck, slow_start)

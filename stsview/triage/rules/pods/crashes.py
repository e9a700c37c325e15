"""Containers that end by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.pods.containers import death_text
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health
from stsview.objects.event import Event
from stsview.triage.rule import Rule, rule
from stsview.triage.support.events import last_warning, message_of
from stsview.triage.support.pod_groups import (
    DownPod,
    container_label,
    container_status,
    down_pods,
    earliest_since,
    event_or_none,
    group_by,
    logs_command,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import safest_first, template_fixes

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restarts"


@rule(
    level=Level.ERROR,
    title="A container crashes again and again",
    meaning="The container ends soon after each start. The kubelet starts it again, after a pause that grows up to "
    "five minutes.",
    remedy="Read what it said before it ended. Where the template is at fault, put that right; in an ordered set the "
    "broken pod has to be deleted as well.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
)
def crash_loop(case: RuleInput) -> Iterator[Finding]:
    broken = [one for one in down_pods(case, Cause.CRASH) if one.row.state.health is Health.DEGRADED]
    for group in group_by(broken, lambda one: (one.container.name, _death(one), one.row.revision)):
        rows, first = [one.row for one in group], group[0]
        container, death = container_label(first.pod, first.container.name), _death(first)
        probe = _killing(case, first)
        yield crash_loop.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {container} crashes again and again{f': {death}' if death else ''}",
            earliest_since(rows),
            (*(one for each in sample(group) for one in _told(each)), *event_or_none(probe)),
            safest_first(
                (
                    _read(case, first),
                    Remedy(
                        "where it lacks something outside, mend that: it is started again by itself", Danger.REVERSIBLE
                    ),
                    *template_fixes(case, first.row, _change(first, death, probe)),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.WARNING,
    title="A container of a member has ended, and is started again",
    meaning="A member is down for as long as its container takes to come back.",
    remedy="Wait for it, and read what it said before it ended.",
    danger=Danger.READ_ONLY,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
)
def container_restarted(case: RuleInput) -> Iterator[Finding]:
    ended = [one for one in down_pods(case, Cause.CRASH, Cause.NONE) if one.row.state.health is Health.WARNING]
    for group in group_by(ended, lambda one: (one.container.name, _death(one))):
        rows, first = [one.row for one in group], group[0]
        container, death = container_label(first.pod, first.container.name), _death(first)
        yield container_restarted.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {container} has ended and is started again{f': {death}' if death else ''}",
            earliest_since(rows),
            [one for each in sample(group) for one in _told(each)],
            (Remedy("wait until it is Ready", Danger.READ_ONLY), _read(case, first)),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


def _death(one: DownPod) -> str:
    return death_text(one.container.last_death)


def _read(case: RuleInput, one: DownPod) -> Remedy:
    ended = (
        one.container.last_death is not None
        and container_status(one.pod, one.container.name)[1].state.terminated is None
    )
    command = logs_command(case, one.row, one.container.name, *(("--previous",) if ended else ()))
    return Remedy("read what it said before it ended", Danger.READ_ONLY, command=command)


def _killing(case: RuleInput, one: DownPod) -> Event | None:
    """A warning of a probe after which the kubelet kills the container."""
    event = last_warning(case, "Pod", one.row.name, "Unhealthy")
    if event is None or one.container.name not in event.involved_object.field_path:
        return None
    return event if message_of(event).startswith(("Liveness probe", "Startup probe")) else None


def _change(one: DownPod, death: str, probe: Event | None) -> str:
    container = container_label(one.pod, one.container.name)
    if death == "OOMKilled":
        return f"raise the memory limit of {container}"
    if probe is not None:
        kind = "liveness" if message_of(probe).startswith("Liveness") else "startup"
        return f"mend {container} or its {kind} probe in the template"
    return f"correct {container} in the template"


def _told(one: DownPod) -> Iterator[Evidence]:
    path, status = container_status(one.pod, one.container.name)
    pod = f"Pod {one.row.name}"
    if status.state.waiting is not None:
        yield Evidence(pod, f"{path}.state.waiting.reason", quoted(status.state.waiting.reason))
    yield Evidence(pod, f"{path}.restartCount", str(status.restart_count))
    death = status.state.terminated or status.last_state.terminated
    if death is None:
        return
    last = f"{path}.{'state' if status.state.terminated is not None else 'lastState'}.terminated"
    yield Evidence(pod, f"{last}.exitCode", str(death.exit_code))
    yield Evidence(pod, f"{last}.reason", quoted(death.reason))
    if death.message:
        yield Evidence(pod, f"{last}.message", quoted(death.message))


RULES: tuple[Rule, ...] = (crash_loop, container_restarted)

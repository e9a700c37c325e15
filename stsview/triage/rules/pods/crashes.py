"""Containers that crash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.pods.containers import death_text
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health
from stsview.model.timing.moment import later
from stsview.objects.event import Event
from stsview.text.usage_words import size
from stsview.triage.rule import Rule, Situation, rule
from stsview.triage.support.events import message_of
from stsview.triage.support.pod_groups import (
    DownPod,
    container_label,
    container_status,
    down_pods,
    earliest_since,
    group_by,
    logs_command,
    optional_evidence,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import safest_first, template_fixes
from stsview.triage.support.usage import measured_at, memory_peak

_OOM_KILLED = "OOMKilled"

_KILLING = ("Liveness probe", "Startup probe")

_PROBE_SLACK = 60
"""Seconds beyond the grace period between the last failure of a probe and the exit of the container."""

_SIGNALLED = (137, 143)
"""Exit codes of a container that the kubelet kills: by SIGKILL after the grace period, or by SIGTERM."""

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restarts"


@rule(
    level=Level.ERROR,
    title="Container is crash-looping",
    meaning="The container terminates soon after each start. The kubelet restarts it with a back-off that grows to "
    "five minutes.",
    remedy="Read the logs of the previous run. If the template is wrong, correct it; with OrderedReady also delete the "
    "broken pod.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
    needs=Cause.CRASH,
)
def crash_loop(case: RuleInput) -> Iterator[Finding]:
    broken = [one for one in down_pods(case, Cause.CRASH) if one.row.state.health is Health.DEGRADED]
    for group in group_by(broken, lambda one: (one.container.name, _death(one), one.row.revision)):
        rows, first = [one.row for one in group], group[0]
        container, death = _named_if_one_of_several(first), _death(first)
        probe = _killing_probe(case, first)
        yield crash_loop.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {container}crash-looping{_details(group)}{_killed_by(probe, _likely_probe(first))}",
            earliest_since(rows),
            (
                *(one for each in sample(group) for one in (*_evidence(each), *_memory(case, each))),
                *optional_evidence(probe),
            ),
            safest_first(
                (
                    _read_logs(case, first),
                    Remedy(
                        "if an external dependency is missing, fix it: the pod restarts on its own", Danger.REVERSIBLE
                    ),
                    *template_fixes(case, first.row, _change(first, death, _killer(probe, _likely_probe(first)))),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.WARNING,
    title="Container terminated and is restarting",
    meaning="The member is down until its container is Ready again.",
    remedy="Wait until the container is Ready, and read the logs of the previous run.",
    danger=Danger.READ_ONLY,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def container_restarted(case: RuleInput) -> Iterator[Finding]:
    ended = [one for one in down_pods(case, Cause.CRASH, Cause.NONE) if one.row.state.health is Health.WARNING]
    for group in group_by(ended, lambda one: (one.container.name, _death(one))):
        rows, first = [one.row for one in group], group[0]
        container, death = container_label(first), _death(first)
        are = "is" if len(rows) == 1 else "are"
        yield container_restarted.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {container} terminated and is restarting{f' ({death})' if death else ''}",
            earliest_since(rows),
            [one for each in sample(group) for one in (*_evidence(each), *_memory(case, each))],
            (Remedy(f"wait until {pod_names(rows)} {are} Ready", Danger.READ_ONLY), _read_logs(case, first)),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


def _named_if_one_of_several(one: DownPod) -> str:
    """`container proxy is `; empty for the only container of the pod, so that what matters stands first."""
    spec = one.pod.spec
    if not spec.init_containers and len(spec.containers) == 1:
        return ""
    return f"{container_label(one)} is "


def _death(one: DownPod) -> str:
    return death_text(one.container.last_death)


def _details(group: Sequence[DownPod]) -> str:
    """` (exit 1, 12 restarts)`.

    Without the restarts for several pods, as these differ.
    """
    parts = [death] if (death := _death(group[0])) else []
    restarts = container_status(group[0].pod, group[0].container.name)[1].restart_count
    if restarts and len(group) == 1:
        parts.append(f"{restarts} {'restart' if restarts == 1 else 'restarts'}")
    return f" ({', '.join(parts)})" if parts else ""


def _read_logs(case: RuleInput, one: DownPod) -> Remedy:
    """View the logs of the previous run, if there was one.

    A container that has just terminated has no newer run yet.
    """
    previous = (
        one.container.last_death is not None
        and container_status(one.pod, one.container.name)[1].state.terminated is None
    )
    command = logs_command(case, one.row, one.container.name, *(("--previous",) if previous else ()))
    text = "view logs of the previous run" if previous else f"view logs of {container_label(one)}"
    return Remedy(text, Danger.READ_ONLY, command=command)


def _killing_probe(case: RuleInput, one: DownPod) -> Event | None:
    """The newest warning of a failed probe that makes the kubelet kill the container.

    Readiness probes fail more often, and later, without killing anything. A warning from before the last run of the
    container is about another death: the kubelet kills within the grace period.
    """
    death = one.container.last_death
    ended = death.finished_at if death is not None else None
    slack = one.pod.spec.termination_grace_period_seconds + _PROBE_SLACK
    for event in reversed(case.facts.objects.events):
        about = event.involved_object
        if (about.kind, about.name, event.reason) != ("Pod", one.row.name, "Unhealthy"):
            continue
        if f"{{{one.container.name}}}" not in about.field_path or not message_of(event).startswith(_KILLING):
            continue
        seen = event.last_seen
        return event if ended is None or seen is None or seen >= later(ended, -slack) else None
    return None


def _likely_probe(one: DownPod) -> str:
    """The probe that most likely kills the container, where no warning says so.

    The event filter of client-go lets 25 events through about one object, then one in five minutes
    (tools/record/events_cache.go), so the warnings of a pod that restarts often stop. Empty where the exit has another
    reason, such as OOMKilled, or no probe can kill the container.
    """
    death = one.container.last_death
    specs = (*one.pod.spec.containers, *one.pod.spec.init_containers)
    spec = next((each for each in specs if each.name == one.container.name), None)
    if spec is None or death is None or death.reason not in ("Error", "") or death.exit_code not in _SIGNALLED:
        return ""
    probes = (("liveness", spec.liveness_probe), ("startup", spec.startup_probe))
    return " or ".join(name for name, probe in probes if probe is not None)


def _killed_by(probe: Event | None, likely: str) -> str:
    if probe is not None:
        return f": killed by its {_kind_of(probe)} probe"
    return f": likely killed by its {likely} probe" if likely else ""


def _killer(probe: Event | None, likely: str) -> str:
    return _kind_of(probe) if probe is not None else likely


def _kind_of(probe: Event) -> str:
    return "liveness" if message_of(probe).startswith("Liveness") else "startup"


def _change(one: DownPod, death: str, probe: str) -> str:
    container = container_label(one)
    if death == _OOM_KILLED:
        return f"raise the memory limit of {container}"
    if probe:
        return f"fix {container} or its {probe} probe in the template"
    return f"correct {container} in the template"


def _evidence(one: DownPod) -> Iterator[Evidence]:
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


def _memory(case: RuleInput, one: DownPod) -> Iterator[Evidence]:
    """The most memory that was measured of a container that was killed for it, before or since."""
    if _death(one) != _OOM_KILLED or (found := memory_peak(case, one.pod, one.container.name)) is None:
        return
    peak, limit = found
    of_limit = f" of {size(limit)}" if limit else ""
    path, pod = f"metrics memory[{one.container.name}]", f"Pod {one.row.name}"
    yield Evidence(pod, f"{path} (highest)", f"{size(peak.used)}{of_limit}")
    yield measured_at(pod, path, peak.measured)


RULES: tuple[Rule, ...] = (crash_loop, container_restarted)

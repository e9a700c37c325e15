"""Containers that soon exceed their memory limit."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Remedy
from stsview.objects.pod import ContainerStateTerminated
from stsview.text.usage_words import percent, size
from stsview.triage.rule import Rule, Situation, row_ref, rule
from stsview.triage.support.pod_groups import container_status, logs_command
from stsview.triage.support.usage import Age, MeasuredContainer, measured_at, measured_containers

_METRIC = "metrics memory"


@rule(
    level=Level.WARNING,
    title="Memory is near the limit",
    meaning="A container uses nearly all the memory that its limit allows: from `thresholds.memory` of the "
    "configuration on, 90 % unless set. The kernel kills it when it needs more, and it restarts with the reason "
    "OOMKilled. Some of that memory may be file cache, which the kernel takes back first.",
    remedy="Find out whether memory still grows. Raise the limit in the template, or lower what the application takes, "
    "such as the heap of a JVM.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"
    "#how-pods-with-resource-limits-are-run",
    needs=Situation.MEASURED,
)
def memory_near_limit(case: RuleInput) -> Iterator[Finding]:
    for one in measured_containers(case):
        used, limit = one.usage.memory.used, one.usage.memory.limit
        if used is None or not limit or used < limit * case.facts.settings.usage.memory:
            continue
        killed = _killed(one)
        current = one.age is Age.CURRENT
        label = "" if len(one.pod.spec.containers) == 1 else f"container {one.usage.name}: "
        verb = "is" if current else "was"
        again = ", and it was OOM-killed before" if killed is not None else ""
        yield memory_near_limit.finding(
            row_ref(case, one.row),
            f"{one.row.name}: {label}memory {verb} at {percent(used / limit)} of its limit of {size(limit)}{again}"
            f"{'' if current else ' when last measured'}",
            case.facts.sightings.since("usage", "memory", one.pod.metadata.uid, one.usage.name),
            _evidence(one, used, limit, killed),
            (
                Remedy(
                    f"read what {one.row.name} says about its memory",
                    Danger.READ_ONLY,
                    command=logs_command(case, one.row, one.usage.name),
                ),
                Remedy("raise the memory limit in the template, which restarts the pods", Danger.DISRUPTIVE),
            ),
            ordinals=(one.row.ordinal,),
            so="the kernel kills the container when it needs more than its limit",
            # The working set counts file cache that is in use.
            certainty=Certainty.LIKELY,
            level=Level.WARNING if current else Level.NOTICE,
        )


def _killed(one: MeasuredContainer) -> ContainerStateTerminated | None:
    """The end of the last run, if the kernel ended it for its memory."""
    last = one.status.last_state.terminated
    return last if last is not None and last.reason == "OOMKilled" else None


def _evidence(
    one: MeasuredContainer, used: int, limit: int, killed: ContainerStateTerminated | None
) -> Iterator[Evidence]:
    pod = f"Pod {one.row.name}"
    path, _ = container_status(one.pod, one.usage.name)
    yield Evidence(pod, f"{_METRIC}[{one.usage.name}]", f"{size(used)} of {size(limit)}")
    yield measured_at(pod, _METRIC, one.measured)
    if killed is not None:
        yield Evidence(pod, f"{path}.lastState.terminated.reason", killed.reason)
        yield Evidence(pod, f"{path}.restartCount", str(one.status.restart_count))


RULES: tuple[Rule, ...] = (memory_near_limit,)

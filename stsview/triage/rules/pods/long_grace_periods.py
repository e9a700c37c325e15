"""Terminating pods that use a long grace period."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health
from stsview.objects.event import Event
from stsview.triage.rule import Situation, kubectl, row_ref, rule
from stsview.triage.support.events import last_warning, timestamp
from stsview.triage.support.pod_groups import optional_evidence
from stsview.triage.support.terminating import consequence_until_gone, terminating_pods


@rule(
    level=Level.NOTICE,
    title="Pod is using a long grace period",
    meaning="The pod has a long grace period and is still terminating. Until the deadline this is what its spec asks "
    "for.",
    remedy="Wait. If you know how the application shuts down, delete the pod again with a shorter grace period of at "
    "least one second: the kubelet then stops it properly, only earlier.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
    needs=Situation.ENDING,
)
def long_grace(case: RuleInput) -> Iterator[Finding]:
    settings = case.facts.settings
    for row, pod in terminating_pods(case):
        deadline = row.state.until
        if deadline is None or row.state.health is Health.DEGRADED or row.diagnosis.cause is Cause.NODE:
            continue
        if not case.facts.overdue(row.state.since, settings.long_grace):
            continue
        failed = last_warning(case, "Pod", row.name, "FailedPreStopHook")
        hooks = [one.name for one in pod.spec.containers if one.lifecycle and one.lifecycle.pre_stop]
        shorter = kubectl(case, "delete", "pod", row.name, "--grace-period=30", "--wait=false")
        yield long_grace.finding(
            row_ref(case, row),
            f"{row.name}: still terminating, within its grace period{_hook(hooks, failed)}",
            row.state.since,
            (
                Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", timestamp(deadline)),
                Evidence(
                    f"Pod {row.name}",
                    "metadata.deletionGracePeriodSeconds",
                    str(pod.metadata.deletion_grace_period_seconds),
                ),
                *(
                    Evidence(f"Pod {row.name}", f"spec.containers[{name}].lifecycle.preStop", "present")
                    for name in hooks
                ),
                *optional_evidence(failed),
            ),
            (
                Remedy(f"wait: {row.name} is within its grace period", Danger.READ_ONLY),
                Remedy(
                    f"if its shutdown is understood, delete {row.name} again with a shorter grace period",
                    Danger.DISRUPTIVE,
                    command=shorter,
                ),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
            until=deadline,
        )


def _hook(hooks: list[str], failed: Event | None) -> str:
    if failed is not None:
        return " (its preStop hook failed)"
    return " (preStop hook)" if hooks else ""


RULES = (long_grace,)

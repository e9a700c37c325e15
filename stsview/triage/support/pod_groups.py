"""Helpers for rules about pods: groups by cause, and evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence, Level, Ref
from stsview.model.names import listed, one_line
from stsview.model.ordinals.rows import Row
from stsview.model.pods.containers import ContainerActivity, ContainerDiagnosis, diagnose_containers, is_sidecar
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health
from stsview.objects.event import Event
from stsview.objects.pod import ContainerStatus, Pod
from stsview.triage.rule import kubectl, row_ref, set_ref
from stsview.triage.support.events import event_evidence, timestamp

_SAMPLE = 3
"""Pods of one finding that are quoted as evidence: the others have the same."""


class DownPod(NamedTuple):
    """An expected pod in trouble, with its most telling container."""

    row: Row
    pod: Pod
    container: ContainerDiagnosis


T = TypeVar("T")


def down_pods(case: RuleInput, *causes: Cause) -> list[DownPod]:
    """The expected pods in trouble for one of these causes, by ascending ordinal."""
    if case.causes.isdisjoint(causes):
        return []
    return [one for one in case.once(_all_down) if one.row.diagnosis.cause in causes]


def _all_down(case: RuleInput) -> list[DownPod]:
    return [
        DownPod(row, row.slot.pod, diagnose_containers(row.slot.pod))
        for row in case.down
        if row.slot.pod is not None and row.state.health in (Health.DEGRADED, Health.WARNING) and not row.terminating
    ]


def is_running(one: DownPod) -> bool:
    """Whether the container that the pod waits for runs without being ready."""
    return one.pod.status.phase == "Running" and one.container.activity is ContainerActivity.RUNNING


def group_by(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Items with the same key together, in the order of the first of each group."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def pod_names(rows: Sequence[Row]) -> str:
    """`web-0, web-1 and web-2`."""
    return listed([row.name for row in rows])


def subject(case: RuleInput, rows: Sequence[Row]) -> Ref:
    """The object of a finding: the one pod, or the set if there are several."""
    return row_ref(case, rows[0]) if len(rows) == 1 else set_ref(case)


def level_of(rows: Sequence[Row]) -> Level:
    """ERROR if one of the pods counts as broken, else WARNING."""
    return Level.ERROR if any(row.state.health is Health.DEGRADED for row in rows) else Level.WARNING


def earliest_since(rows: Sequence[Row]) -> datetime | None:
    """When the first of the pods entered its present state; None if unknown."""
    return min((row.state.since for row in rows if row.state.since is not None), default=None)


def wait_consequence(case: RuleInput, rows: Sequence[Row]) -> str:
    """The consequence of the wait for one of these pods; else empty."""
    wait = case.view.wait
    return wait.so if wait.ordinal in {row.ordinal for row in rows} else ""


def sample(items: Sequence[T]) -> Sequence[T]:
    """The first few, for evidence."""
    return items[:_SAMPLE]


def container_status(pod: Pod, container: str) -> tuple[str, ContainerStatus]:
    """A container's status, and the field path of that status."""
    for path, statuses in (
        ("status.initContainerStatuses", pod.status.init_container_statuses),
        ("status.containerStatuses", pod.status.container_statuses),
    ):
        for status in statuses:
            if status.name == container:
                return f"{path}[{one_line(container)}]", status
    return f"status.containerStatuses[{one_line(container)}]", ContainerStatus()


def container_label(one: DownPod) -> str:
    """`container app`, `init container wait`, `sidecar mesh`."""
    name = one.container.name
    kind = "init container" if any(init.name == name for init in one.pod.spec.init_containers) else "container"
    if is_sidecar(one.pod, name):
        kind = "sidecar"
    return f"{kind} {one_line(name)}"


def quoted(value: object) -> str:
    """A value for evidence: on one line, an instant as the API writes it, `absent` if there is none."""
    if isinstance(value, datetime):
        return timestamp(value)
    return one_line(str(value)) or "absent" if value is not None else "absent"


def condition_evidence(pod: Pod, type_: str) -> Evidence:
    """A condition of the pod with its status, reason and message."""
    condition = pod.condition(type_)
    value = (
        ": ".join(part for part in (condition.status, condition.reason, condition.message) if part)
        if condition is not None
        else ""
    )
    return Evidence(f"Pod {pod.metadata.name}", f"status.conditions[{type_}]", quoted(value))


def optional_evidence(event: Event | None) -> tuple[Evidence, ...]:
    return () if event is None else (event_evidence(event),)


def describe_command(case: RuleInput, row: Row) -> str:
    return kubectl(case, "describe", "pod", row.name)


def logs_command(case: RuleInput, row: Row, container: str, *more: str) -> str:
    return kubectl(case, "logs", row.name, "-c", container, *more)

"""The phases of a pod's start or termination, from the times in its own status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.ordinals.rows import Row
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import later
from stsview.model.views import Phase, Stretch
from stsview.objects.pod import Pod


def phases_of(row: Row, min_ready_seconds: int, settings: ModelSettings) -> tuple[Phase, ...]:
    """Phases in order and without gaps; the last one has no end while it continues.

    Of a pod that became Ready again it is unknown when it first was, so its start is left out (documentation: "Pod
    Lifecycle", Pod conditions: each holds only its last transition).
    """
    if row.slot.pod is None:
        return ()
    if row.terminating:
        return (Phase(Stretch.ENDING, row.state.since),) if row.state.since is not None else ()
    return tuple(_start(row, row.slot.pod, min_ready_seconds, settings))


def last_death(pod: Pod) -> datetime | None:
    """When a container of the pod last terminated, successfully or not."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    deaths = (state.terminated for status in statuses for state in (status.state, status.last_state))
    ends = [death.finished_at for death in deaths if death is not None and death.finished_at is not None]
    return max(ends, default=None)


def _start(row: Row, pod: Pod, min_ready_seconds: int, settings: ModelSettings) -> Iterator[Phase]:
    created = pod.metadata.creation_timestamp
    if created is None:
        return
    started = _ready_to_start(pod)
    if started is None:
        yield Phase(Stretch.PLACING, created)
        return
    started = max(started, created)
    condition = pod.condition("Ready")
    ready = condition.last_transition_time if condition is not None and row.ready else None
    if row.ready and (ready is None or ready > later(started, settings.ready_grace)):
        return
    yield Phase(Stretch.PLACING, created, started)
    if ready is None:
        yield Phase(Stretch.STARTING, started)
        return
    ready = max(ready, started)
    yield Phase(Stretch.STARTING, started, ready)
    if min_ready_seconds > 0:
        yield Phase(Stretch.WARMING_UP, ready, row.available_at if row.available else None)


def _ready_to_start(pod: Pod) -> datetime | None:
    """When its containers could start: scheduled, volumes mounted, network ready.

    That is PodReadyToStartContainers (KEP-3085); on a server without it, the start of the first container.
    """
    condition = pod.condition("PodReadyToStartContainers")
    if condition is not None:
        return condition.last_transition_time if condition.status == "True" else None
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    states = (state for status in statuses for state in (status.state, status.last_state))
    starts = [
        instant
        for state in states
        for instant in (
            state.running.started_at if state.running is not None else None,
            state.terminated.started_at if state.terminated is not None else None,
        )
        if instant is not None
    ]
    return min(starts, default=None)

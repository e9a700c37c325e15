"""How a pod came to be: the stretches of its start, from the instants that it carries itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.ordinals.rows import Row
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import later
from stsview.model.views import Phase, Stretch
from stsview.objects.pod import Pod


def phases_of(row: Row, min_ready_seconds: int, settings: ModelSettings) -> tuple[Phase, ...]:
    """In order and without gaps; the last one has no end while it goes on.

    Of a pod that was Ready before and came back
    from something else nobody can tell when it first was: then its start is left out (documentation: "Pod Lifecycle",
    Pod conditions: each holds its last transition alone).
    """
    if row.slot.pod is None:
        return ()
    if row.terminating:
        return (Phase(Stretch.ENDING, row.state.since),) if row.state.since is not None else ()
    return tuple(_start(row, row.slot.pod, min_ready_seconds, settings))


def last_death(pod: Pod) -> datetime | None:
    """When a container of the pod last died; those that ran to a good end count as well."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    deaths = (state.terminated for status in statuses for state in (status.state, status.last_state))
    ends = [death.finished_at for death in deaths if death is not None and death.finished_at is not None]
    return max(ends, default=None)


def _start(row: Row, pod: Pod, min_ready_seconds: int, settings: ModelSettings) -> Iterator[Phase]:
    created = pod.metadata.creation_timestamp
    if created is None:
        return
    begun = _begun(pod)
    if begun is None:
        yield Phase(Stretch.PLACING, created)
        return
    begun = max(begun, created)
    condition = pod.condition("Ready")
    ready = condition.last_transition_time if condition is not None and row.ready else None
    if row.ready and (ready is None or ready > later(begun, settings.ready_grace)):
        return
    yield Phase(Stretch.PLACING, created, begun)
    if ready is None:
        yield Phase(Stretch.STARTING, begun)
        return
    ready = max(ready, begun)
    yield Phase(Stretch.STARTING, begun, ready)
    if min_ready_seconds > 0:
        yield Phase(Stretch.WARMING_UP, ready, row.available_at if row.available else None)


def _begun(pod: Pod) -> datetime | None:
    """When its containers could start: it was scheduled, its volumes were mounted, its network was there.

    PodReadyToStartContainers says so (KEP-3085); a server that does not know it has the first container's own word.
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

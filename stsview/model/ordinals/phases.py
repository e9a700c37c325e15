"""The phases of a pod's start or termination, from the times in its own status."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.ordinals.rows import Row, Rows
from stsview.model.pods.containers import restarts
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import later
from stsview.model.timing.sightings import Sightings
from stsview.model.views import ContainerRuns, Phase, Stretch
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet

_SETTLED = 60
"""For how many seconds a pod must have been Ready for its start to be over, if it is not Ready now."""

_LONGEST_CYCLE = 300 + _SETTLED
"""Seconds from one exit of a crash-looping container to the next, at most: the back-off of the kubelet, and a run
(documentation: "Pod Lifecycle", Container restarts: "capped at 300 seconds")."""


def phases_of(
    row: Row, rows: Rows, stateful: StatefulSet, settings: ModelSettings, sightings: Sightings
) -> tuple[Phase, ...]:
    """Phases in order and without gaps; the last one has no end while it continues.

    A condition holds only its last transition (documentation: "Pod Lifecycle", Pod conditions). Of a pod that became
    Ready again, or lost readiness, the first time is known only if it was observed; otherwise its start is left out.
    """
    pod = row.slot.pod
    if pod is None:
        return ()
    if row.terminating:
        return (Phase(Stretch.ENDING, row.state.since),) if row.state.since is not None else ()
    phases = tuple(_start(row, pod, stateful.spec.min_ready_seconds, sightings))
    for phase in phases:
        if phase.stretch is Stretch.STARTING and _became_ready_again(row, phase, rows, stateful, settings):
            return ()
    return phases


def last_death(pod: Pod) -> datetime | None:
    """When a container of the pod last terminated, successfully or not."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    deaths = (state.terminated for status in statuses for state in (status.state, status.last_state))
    ends = [death.finished_at for death in deaths if death is not None and death.finished_at is not None]
    return max(ends, default=None)


def container_runs(pod: Pod) -> ContainerRuns | None:
    """The runs of the container that restarted most often; None where none is known to have exited."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    worst = max(statuses, key=lambda status: status.restart_count, default=None)
    if worst is None:
        return None
    ended = worst.state.terminated or worst.last_state.terminated
    if ended is None or ended.finished_at is None:
        return None
    running = worst.state.running
    return ContainerRuns(
        exits=worst.restart_count + (running is None),
        started=ended.started_at,
        ended=ended.finished_at,
        running=running.started_at if running is not None else None,
    )


def _start(row: Row, pod: Pod, min_ready_seconds: int, sightings: Sightings) -> Iterator[Phase]:
    """The phases of a start, by when the pod was first observed to become Ready."""
    condition, times = pod.condition("Ready"), _times_ready(pod, sightings)
    changed = condition.last_transition_time if condition is not None else None
    ready_since, lost = (changed, None) if row.ready else (None, changed)
    ready = _first_ready(pod, ready_since, lost, times, sightings)
    created = pod.metadata.creation_timestamp
    if created is None:
        return
    runs = _container_starts(pod)
    started = _ready_to_start(pod, runs)
    if started is None:
        yield Phase(Stretch.PLACING, created)
        return
    started = max(started, created)
    first_run = min([start for start in runs if start >= created], default=None)
    if first_run is not None and first_run < started and later(first_run, _SETTLED) < started:
        # The sandbox was created again, as after a reboot: when the pod first started is not known.
        return
    if ready is None and (row.ready or _lost_readiness(pod, lost, started, times)):
        return
    yield Phase(Stretch.PLACING, created, started)
    if ready is None:
        yield Phase(Stretch.STARTING, started)
        return
    # Where it lost readiness since, the end of its warming up is not known.
    warms_up = min_ready_seconds > 0 and ready_since == ready
    ready = max(ready, started)
    yield Phase(Stretch.STARTING, started, ready)
    if warms_up:
        yield Phase(Stretch.WARMING_UP, ready, row.available_at if row.available else None)


def _lost_readiness(pod: Pod, lost: datetime | None, started: datetime, times: Sequence[datetime]) -> bool:
    """Whether it was Ready before, for longer than between two crashes, although that was not observed.

    A pod that was never Ready keeps the transition time of its creation. That of a crash-looping one without a
    readiness probe moves with each crash.
    """
    if lost is None or times:
        return False
    return lost > later(started, _SETTLED + restarts(pod) * _LONGEST_CYCLE)


def _first_ready(
    pod: Pod, ready: datetime | None, lost: datetime | None, times: Sequence[datetime], sightings: Sightings
) -> datetime | None:
    """When the pod first became Ready, as far as it was observed; None while it has not stayed Ready.

    `ready`, `lost`: since when it is, or is no longer. `times`: when it was observed to become Ready before.
    """
    first = min([*times, ready] if ready is not None else times, default=None)
    if first is None:
        return None
    sightings.since("ready", pod.metadata.uid, first)
    # A pod that is Ready for a moment between two crashes is still starting.
    return None if lost is not None and lost <= later(first, _SETTLED) else first


def _times_ready(pod: Pod, sightings: Sightings) -> Sequence[datetime]:
    """When the pod was observed to become Ready."""
    tokens = sightings.tokens_before("ready", pod.metadata.uid)
    return [token[2] for token in tokens if isinstance(token[2], datetime)]


def _became_ready_again(row: Row, start: Phase, rows: Rows, stateful: StatefulSet, settings: ModelSettings) -> bool:
    """Whether it must have been Ready before the end of `start`.

    With OrderedReady no pod is created before all pods below it are Ready (stateful_set_control.go, processReplica).
    """
    if start.end is None:
        return False
    if start.end > later(start.start, settings.ready_grace):
        return True
    if stateful.spec.pod_management_policy == "Parallel":
        return False
    after = bisect_left(rows.created, (start.start,))
    during = rows.created[after : bisect_left(rows.created, (start.end,), after)]
    return any(ordinal > row.ordinal for _, ordinal in during)


def _ready_to_start(pod: Pod, runs: Sequence[datetime]) -> datetime | None:
    """When its containers could start: scheduled, volumes mounted, network ready.

    That is PodReadyToStartContainers (KEP-3085); on a server without it, the start of the first container.
    """
    condition = pod.condition("PodReadyToStartContainers")
    if condition is not None:
        return condition.last_transition_time if condition.status == "True" else None
    return min(runs, default=None)


def _container_starts(pod: Pod) -> Sequence[datetime]:
    """The known starts of its containers: of the present run and of the one before."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return [
        run.started_at
        for status in statuses
        for state in (status.state, status.last_state)
        for run in (state.running, state.terminated)
        if run is not None and run.started_at is not None
    ]

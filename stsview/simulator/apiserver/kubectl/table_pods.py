"""The table row of a pod, with its STATUS column.

Source: kubernetes/pkg/printers/internalversion/printers.go, printPod.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from stsview.simulator.apiserver.kubectl.durations import age
from stsview.simulator.apiserver.kubectl.table_columns import NONE, Column, Printer
from stsview.simulator.apiserver.wire import Object, instant

_NODE_UNREACHABLE = "NodeLost"


def _cells(pod: Object, now: datetime) -> list[Any]:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    containers = spec.get("containers") or []
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or []}
    reason, ready, restarts, last_restart = _reason(pod)
    gates = spec.get("readinessGates") or []
    met = sum(conditions.get(gate["conditionType"]) == "True" for gate in gates)
    restarts_text = str(restarts)
    if restarts and last_restart:
        restarts_text = f"{restarts} ({age(last_restart, now)} ago)"
    total = len(containers) + sum(_is_sidecar(one) for one in spec.get("initContainers") or [])
    return [
        metadata["name"],
        f"{ready}/{total}",
        reason,
        restarts_text,
        age(metadata["creationTimestamp"], now),
        status.get("podIP") or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        f"{met}/{len(gates)}" if gates else NONE,
    ]


PRINTER = Printer(
    (
        Column("Name"),
        Column("Ready"),
        Column("Status"),
        Column("Restarts"),
        Column("Age"),
        Column("IP", priority=1),
        Column("Node", priority=1),
        Column("Nominated Node", priority=1),
        Column("Readiness Gates", priority=1),
    ),
    _cells,
)


def _reason(pod: Object) -> tuple[str, int, int, str | None]:
    """Status, number of ready containers, number of restarts, time of the last one."""
    status = pod.get("status", {})
    reason = status.get("reason") or status.get("phase") or ""
    reason = _scheduling_gated(pod, reason)
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or []}
    init = _of_init_containers(pod)
    reason, ready = init.word or reason, init.ready_sidecars
    restarts, last_restart = init.restarts, init.last_restart
    if not init.word or conditions.get("Initialized") == "True":
        running = False
        restarts, last_restart = init.sidecar_restarts, init.last_sidecar_restart
        for container in reversed(status.get("containerStatuses") or []):
            restarts += container.get("restartCount", 0)
            last_restart = _later(last_restart, _finished_before(container))
            state = container.get("state") or {}
            waiting, terminated = state.get("waiting") or {}, state.get("terminated")
            if waiting.get("reason"):
                reason = waiting["reason"]
            elif terminated is not None:
                reason = terminated.get("reason") or _ended(terminated)
            elif container.get("ready") and state.get("running") is not None:
                running = True
                ready += 1
        if reason == "Completed" and running:
            reason = "Running" if conditions.get("Ready") == "True" else "NotReady"
    if "deletionTimestamp" in pod["metadata"]:
        if status.get("reason") == _NODE_UNREACHABLE:
            reason = "Unknown"
        elif status.get("phase") not in ("Failed", "Succeeded"):
            reason = "Terminating"
    return reason, ready, restarts, last_restart


def _scheduling_gated(pod: Object, reason: str) -> str:
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            return "SchedulingGated"
    return reason


class _Init(NamedTuple):
    """What the init containers of a pod add to its row."""

    word: str = ""
    """The status while one of them holds up the pod."""
    restarts: int = 0
    last_restart: str | None = None
    sidecar_restarts: int = 0
    last_sidecar_restart: str | None = None
    ready_sidecars: int = 0


def _of_init_containers(pod: Object) -> _Init:
    specs = {one["name"]: one for one in pod["spec"].get("initContainers") or []}
    found = _Init()
    for index, container in enumerate(pod.get("status", {}).get("initContainerStatuses") or []):
        count, finished = container.get("restartCount", 0), _finished_before(container)
        found = found._replace(restarts=found.restarts + count, last_restart=_later(found.last_restart, finished))
        sidecar = _is_sidecar(specs.get(container.get("name", ""), {}))
        if sidecar:
            found = found._replace(
                sidecar_restarts=found.sidecar_restarts + count,
                last_sidecar_restart=_later(found.last_sidecar_restart, finished),
            )
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if sidecar and container.get("started"):
            found = found._replace(ready_sidecars=found.ready_sidecars + bool(container.get("ready")))
            continue
        if terminated is not None:
            return found._replace(word=f"Init:{terminated.get('reason') or _ended(terminated)}")
        if waiting.get("reason") and waiting["reason"] != "PodInitializing":
            return found._replace(word=f"Init:{waiting['reason']}")
        return found._replace(word=f"Init:{index}/{len(specs)}")
    return found


def _ended(terminated: dict[str, Any]) -> str:
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _finished_before(container: dict[str, Any]) -> str | None:
    finished: str | None = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
    return finished


def _later(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=instant)


def _is_sidecar(container: dict[str, Any]) -> bool:
    return container.get("restartPolicy") == "Always"

"""What became of a pod under a command: replaced, deleted, restarted."""

from __future__ import annotations

from stsview.actions.exec.target import ExecTarget, PodState, read_pod
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session

WATCH_SECONDS = 5.0
"""How often the pod is read while a command runs. The connection alone does not show that a node is gone: it ends at
the API server, which answers its pings."""

_LOOKS, _PAUSE_SECONDS = 4, 0.5
"""How often, and with which pause, the pod is read after a command was killed: its kubelet reports the restart a moment
later."""


async def watch_pod(session: Session, target: ExecTarget) -> str:
    """Return what happened to the pod or the container, once something did: `kafka-1 was replaced`.

    Never where pods must not be read. Other failures of reads say nothing about the pod.
    """
    while True:
        await session.sleep(WATCH_SECONDS)
        try:
            if words := await fate(session, target, leaving=False):
                return words
        except Forbidden:
            await session.sleep(float("inf"))
        except ClusterError:
            continue


async def fate_after(session: Session, target: ExecTarget) -> str:
    """What happened to the pod of a command that was killed or lost; empty where nothing is known."""
    if not target.uid:
        return ""
    for look in range(_LOOKS):
        if look:
            await session.sleep(_PAUSE_SECONDS)
        try:
            if words := await fate(session, target, leaving=True):
                return words
        except ClusterError:
            return ""
    return ""


async def fate(session: Session, target: ExecTarget, *, leaving: bool) -> str:
    """What happened to the pod since `target` was read; empty for nothing. Raises `ClusterError`.

    `leaving`: a pod that is terminating counts; its containers run until its grace period ends.
    """
    try:
        found = await read_pod(session, target.namespace, target.pod)
    except NotFound:
        return f"{target.pod} was deleted"
    if found.metadata.uid != target.uid:
        return f"{target.pod} was replaced"
    if words := _restarted(found, target):
        return words
    return f"{target.pod} is terminating" if leaving and found.metadata.deletion_timestamp is not None else ""


def _restarted(found: PodState, target: ExecTarget) -> str:
    status = found.status_of(target.container)
    if status is None:
        return ""
    container = f"container {target.container} of {target.pod}"
    if status.restart_count > target.restarts:
        return f"{container} restarted"
    if status.state.terminated is not None or status.state.waiting is not None:
        return f"{container} stopped"
    return ""

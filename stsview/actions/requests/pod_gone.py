"""Whether a pod that was to be deleted is gone.

A pod of the same name and another uid is another pod.
"""

from __future__ import annotations

from stsview.cluster.errors import NotFound
from stsview.cluster.http.session import Session
from stsview.model.finding import Ref
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod


def is_gone(pod: Pod | None, uid: str) -> bool:
    """Whether there is no object with `uid` any more.

    `pod` is what has its name now, None where nothing has.
    """
    return pod is None or pod.metadata.uid != uid


def is_gone_or_terminating(pod: Pod | None, uid: str) -> bool:
    """Whether it is gone, or its deletion was requested.

    Nothing more has to be sent to remove it.
    """
    return is_gone(pod, uid) or (pod is not None and pod.metadata.deletion_timestamp is not None)


async def read_pod(session: Session, pod: Ref) -> Pod | None:
    """Read what has the pod's name now; None where nothing has. Raises `ClusterError`."""
    try:
        found = await session.get(PODS, pod.namespace, pod.name)
    except NotFound:
        return None
    assert isinstance(found, Pod)  # noqa: S101 - the decoder knows no other
    return found

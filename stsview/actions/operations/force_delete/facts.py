"""The facts that a force-deletion is planned from."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete.clock_skew import Clocks, compare
from stsview.actions.operations.force_delete.node_liveness import READINGS_APART_SECONDS, Kubelet, read_node
from stsview.actions.operations.force_delete.reschedulability import place_check
from stsview.actions.plan import Check, Request
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.changed_meanwhile import no_longer_exists
from stsview.actions.requests.pod_gone import read_pod
from stsview.cluster.http.session import Session
from stsview.model.finding import Ref
from stsview.model.settings import ModelSettings
from stsview.model.timing.moment import later
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.pod import Pod
from stsview.objects.volume import VolumeAttachment


class ForceFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    pod: Pod
    """The pod that has the name now."""
    kubelet: Kubelet | None
    """None where it was not read: the pod is on no node, or is not stuck, so that there is nothing to force."""
    clocks: Clocks
    access_checks: tuple[Check, ...]
    """Permissions and dry run."""
    settings: ModelSettings
    place: Check | None = None
    """Whether the replacement can start elsewhere; None where its volumes do not restrict that."""
    is_preview: bool = False
    """Whether the node was read only once, so that nothing tells yet whether its lease is being renewed."""

    @property
    def at(self) -> datetime:
        """The server's time after the last read."""
        return self.clocks.at

    @property
    def node(self) -> str:
        return self.pod.spec.node_name

    @property
    def claims(self) -> tuple[str, ...]:
        """Names of the claims that the pod mounts."""
        sources = (volume.persistent_volume_claim for volume in self.pod.spec.volumes)
        return tuple(source.claim_name for source in sources if source is not None)

    def claim(self, name: str) -> PersistentVolumeClaim | None:
        """The claim of that name; None where there is none, or it cannot be read."""
        return self.fresh.objects.claims.get(name)

    def modes(self, name: str) -> tuple[str, ...]:
        """Access modes of a claim; none where it cannot be read."""
        claim = self.claim(name)
        return (claim.status.access_modes or claim.spec.access_modes) if claim is not None else ()

    @property
    def attached(self) -> tuple[tuple[str, VolumeAttachment], ...]:
        """Attachments of the pod's volumes to its node, with the names of the claims."""
        volumes = {claim.spec.volume_name: name for name in self.claims if (claim := self.claim(name)) is not None}
        return tuple(
            (volumes[one.spec.source.persistent_volume_name], one)
            for one in self.fresh.objects.attachments
            if one.spec.node_name == self.node and one.spec.source.persistent_volume_name in volumes
        )


async def gather(session: Session, intent: ForceDelete, request: Request, plan_context: PlanContext) -> ForceFacts:
    """Read everything, and the node twice, `READINGS_APART_SECONDS` apart; for a preview without a pause.

    The second reading of the node comes last, so that it is the newest fact. Raises `Refused` where the set or the pod
    is gone, and `ClusterError` where they cannot be read.
    """
    settings = plan_context.settings
    pod = await _pod(session, intent)
    stuck = is_stuck(pod, intent, session.server_now(), settings)
    node = pod.spec.node_name
    first = await read_node(session, node) if stuck else None
    if first is not None and not plan_context.preview:
        await session.sleep(READINGS_APART_SECONDS)
    fresh = await read_fresh_state(session, intent.set, settings, attachments=True)
    others = {name for name, node in fresh.objects.nodes.items() if node.ready and node.ready.status == "True"}
    clocks = await compare(session, others - {node})
    access_checks = await rights(session, intent.action, intent.set.namespace)
    tried = () if session.gate.closed else (await dry_run(session, request),)
    where = await place_check(session, fresh, pod)
    if first is None:
        return ForceFacts(fresh, await _pod(session, intent), None, clocks, (*access_checks, *tried), settings, where)
    pod, second = await asyncio.gather(_pod(session, intent), read_node(session, node))
    kubelet = Kubelet(node, first, second, session.server_now())
    checks = (*access_checks, *tried)
    return ForceFacts(fresh, pod, kubelet, clocks, checks, settings, where, is_preview=plan_context.preview)


def is_stuck(pod: Pod, intent: ForceDelete, now: datetime, settings: ModelSettings) -> bool:
    """Whether the intended pod is overdue, and only the kubelet can remove it."""
    deadline = pod.metadata.deletion_timestamp
    overdue = deadline is not None and now >= later(deadline, settings.termination_slack)
    meant = pod.metadata.uid == intent.pod_uid
    return meant and overdue and bool(pod.spec.node_name) and not pod.metadata.finalizers


async def _pod(session: Session, intent: ForceDelete) -> Pod:
    pod = await read_pod(session, Ref("Pod", intent.set.namespace, intent.pod, intent.pod_uid))
    if pod is None:
        raise Refused(no_longer_exists(f"pod {intent.pod}"))
    return pod

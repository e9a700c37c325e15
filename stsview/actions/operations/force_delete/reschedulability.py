"""Whether the replacement of a pod can start on another node.

Its volumes restrict it to some nodes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from stsview.actions.plan import Check, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.model.names import listed, one_line
from stsview.objects.kinds import CLAIMS, NODES, VOLUMES
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.volume import NodeSelectorRequirement, NodeSelectorTerm, PersistentVolume


class _Nodes(msgspec.Struct, frozen=True):
    items: tuple[Node, ...] = ()


_NODES = msgspec.json.Decoder(_Nodes)


async def place_check(session: Session, fresh: FreshState, pod: Pod) -> Check | None:
    """Whether another node accepts pods and can reach all volumes.

    None where no volume has a node affinity.

    The server finds the nodes: the terms of a volume's node affinity are label selectors, one of which has to match
    (documentation: "Persistent Volumes", Node Affinity). Raises nothing.
    """
    if why := fresh.unread(CLAIMS) or fresh.unread(VOLUMES):
        return Check("place", Result.UNKNOWN, f"cannot tell whether another node can reach its volumes: {why}")
    bound = [volume for volume in _volumes(fresh, pod) if volume.spec.node_affinity.required.node_selector_terms]
    if not bound:
        return None
    former = pod.spec.node_name
    try:
        reached = await asyncio.gather(*(_reached(session, volume) for volume in bound))
    except ClusterError as error:
        return Check("place", Result.UNKNOWN, f"cannot tell whether another node can reach its volumes: {error}")
    common = set.intersection(*(set(nodes) for nodes in reached))
    accepting = [reached[0][name] for name in common if name != former and _accepts_pods(reached[0][name])]
    if accepting:
        words = "another node accepts" if len(accepting) == 1 else f"{len(accepting)} other nodes accept"
        return Check("place", Result.PASS, f"{words} pods and can reach its volumes")
    where = listed(sorted({value for volume in bound for value in _values(volume)}))
    words = f"no other node in {where} accepts pods, and its volumes are only reachable from there"
    return Check("place", Result.WARN, f"{words}: the new pod stays Pending")


def _volumes(fresh: FreshState, pod: Pod) -> Iterable[PersistentVolume]:
    for source in (volume.persistent_volume_claim for volume in pod.spec.volumes):
        claim = fresh.objects.claims.get(source.claim_name) if source is not None else None
        volume = fresh.objects.volumes.get(claim.spec.volume_name) if claim is not None else None
        if volume is not None:
            yield volume


async def _reached(session: Session, volume: PersistentVolume) -> dict[str, Node]:
    terms = volume.spec.node_affinity.required.node_selector_terms
    matching = await asyncio.gather(*(_matching(session, term) for term in terms))
    return {node.metadata.name: node for nodes in matching for node in nodes}


async def _matching(session: Session, term: NodeSelectorTerm) -> Sequence[Node]:
    if not term.match_expressions:
        return ()  # A term without requirements matches no node (k8s.io/api/core/v1, NodeSelectorTerm).
    selector = ",".join(_selector(one) for one in term.match_expressions)
    return (await session.get_json(NODES.path(), _NODES, query=[("labelSelector", selector)])).items


def _selector(wanted: NodeSelectorRequirement) -> str:
    match wanted.operator:
        case "Exists":
            return wanted.key
        case "DoesNotExist":
            return f"!{wanted.key}"
        case "In" | "NotIn":
            return f"{wanted.key} {wanted.operator.lower()} ({','.join(wanted.values)})"
    return f"{wanted.key}{'>' if wanted.operator == 'Gt' else '<'}{','.join(wanted.values)}"


def _values(volume: PersistentVolume) -> Iterable[str]:
    for term in volume.spec.node_affinity.required.node_selector_terms:
        for one in term.match_expressions:
            yield from map(one_line, one.values) if one.operator == "In" else (one_line(_selector(one)),)


def _accepts_pods(node: Node) -> bool:
    return node.ready is not None and node.ready.status == "True" and not node.spec.unschedulable

"""Where the successor of a pod can start: a volume binds it to the nodes from which that can be reached."""

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


async def place(session: Session, found: FreshState, pod: Pod) -> Check | None:
    """Whether a node other than that of the pod takes pods and reaches all of its volumes; None where those bind it to
    no node.

    The server itself finds the nodes: the terms of a volume's node affinity are label selectors, of which one has to
    hold (documentation: "Persistent Volumes", Node Affinity). Raises nothing.
    """
    if why := found.unread(CLAIMS) or found.unread(VOLUMES):
        return Check("place", Result.UNKNOWN, f"whether another node reaches its volumes is unknown: {why}")
    bound = [volume for volume in _volumes(found, pod) if volume.spec.node_affinity.required.node_selector_terms]
    if not bound:
        return None
    lost = pod.spec.node_name
    try:
        reached = await asyncio.gather(*(_reached(session, volume) for volume in bound))
    except ClusterError as error:
        return Check("place", Result.UNKNOWN, f"whether another node reaches its volumes is unknown: {error}")
    common = set.intersection(*(set(nodes) for nodes in reached))
    takes = [reached[0][name] for name in common if name != lost and _takes_pods(reached[0][name])]
    if takes:
        words = "another node takes" if len(takes) == 1 else f"{len(takes)} other nodes take"
        return Check("place", Result.PASS, f"{words} pods where its volumes can be reached")
    where = listed(sorted({value for volume in bound for value in _values(volume)}))
    return Check(
        "place", Result.WARN, f"no other node takes pods in {where}, where its volumes are: the new pod has to wait"
    )


def _volumes(found: FreshState, pod: Pod) -> Iterable[PersistentVolume]:
    for source in (volume.persistent_volume_claim for volume in pod.spec.volumes):
        claim = found.objects.claims.get(source.claim_name) if source is not None else None
        volume = found.objects.volumes.get(claim.spec.volume_name) if claim is not None else None
        if volume is not None:
            yield volume


async def _reached(session: Session, volume: PersistentVolume) -> dict[str, Node]:
    terms = volume.spec.node_affinity.required.node_selector_terms
    found = await asyncio.gather(*(_matching(session, term) for term in terms))
    return {node.metadata.name: node for nodes in found for node in nodes}


async def _matching(session: Session, term: NodeSelectorTerm) -> Sequence[Node]:
    if not term.match_expressions:
        return ()  # A term without requirements matches nothing (k8s.io/api/core/v1, NodeSelectorTerm).
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


def _takes_pods(node: Node) -> bool:
    return node.ready is not None and node.ready.status == "True" and not node.spec.unschedulable

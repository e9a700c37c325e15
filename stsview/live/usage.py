"""Reading what the pods of a set use, on demand: metrics.k8s.io, and the kubelets behind the proxy of their nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.live.errors import CannotRead
from stsview.model.usage import SetUsage, set_usage
from stsview.objects.kinds import NODES, PODS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.objects.statefulset import StatefulSet
from stsview.objects.usage import PodMetrics, PodMetricsList, PodResources, PodResourcesList, Summary

_METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
_SUMMARY = "proxy/stats/summary"
_AT_A_TIME = 8
"""Kubelets that are read at the same time: each of their answers lists every pod of the node."""
_ANSWER_SECONDS = 10.0

_PODS = msgspec.json.Decoder(PodResourcesList)
_POD_METRICS = msgspec.json.Decoder(PodMetricsList)
_SUMMARIES = msgspec.json.Decoder(Summary)


async def read_usage(session: Session, key: Key) -> SetUsage:
    """What the pods of a set use now.

    What is absent, forbidden or stale is told by its `unknown`. Raises `CannotRead` where the set or its pods cannot be
    read.
    """
    owner, pods = await _pods(session, key)
    query = [("labelSelector", owner.spec.selector.text)]
    nodes = sorted({pod.spec.node_name for pod in pods if pod.spec.node_name})
    (metrics, no_metrics), (summaries, no_summaries) = await asyncio.gather(
        _pod_metrics(session, key.namespace, query), _summaries(session, nodes)
    )
    problems = list(no_summaries)
    if no_metrics:
        instead = "CPU and memory are from the kubelets" if summaries else "CPU and memory are unknown"
        problems.insert(0, f"{no_metrics}; {instead}")
    return set_usage(key, session.server_now(), pods, metrics, summaries, problems)


async def _pods(session: Session, key: Key) -> tuple[StatefulSet, list[PodResources]]:
    resource = STATEFULSETS.resource
    try:
        owner = await session.get(STATEFULSETS, key.namespace, key.name)
        assert isinstance(owner, StatefulSet)  # noqa: S101 - of that kind
        resource = PODS.resource
        query = [("labelSelector", owner.spec.selector.text)]
        found = await session.get_json(PODS.path(key.namespace), _PODS, query=query)
    except NotFound as error:
        raise CannotRead(f"no StatefulSet {key}", absent=True) from error
    except Forbidden as error:
        verb = "get" if resource == STATEFULSETS.resource else "list"
        raise CannotRead(f"you may not {verb} {resource} in {key.namespace}") from error
    except ClusterError as error:
        raise CannotRead(str(error)) from error
    uid = owner.metadata.uid
    own = [pod for pod in found.items if (by := pod.metadata.controller) is not None and by.uid == uid]
    return owner, own


async def _pod_metrics(
    session: Session, namespace: str, query: Sequence[tuple[str, str]]
) -> tuple[dict[str, PodMetrics], str]:
    """The metrics by the name of the pod, and why there are none."""
    try:
        found = await session.get_json(
            _METRICS.format(namespace=namespace), _POD_METRICS, query=query, read_seconds=_ANSWER_SECONDS
        )
    except NotFound:
        return {}, "absent: this cluster has no metrics-server (metrics.k8s.io)"
    except Forbidden:
        return {}, f"forbidden: you may not list pods.metrics.k8s.io in {namespace}"
    except ClusterError as error:
        return {}, f"metrics.k8s.io cannot be read: {error}"
    return {one.metadata.name: one for one in found.items or ()}, ""


async def _summaries(session: Session, nodes: Sequence[str]) -> tuple[dict[str, Summary], list[str]]:
    """The summaries by node, and why there are not more, one sentence each."""
    found: dict[str, Summary] = {}
    problems: list[str] = []
    turns = asyncio.Semaphore(_AT_A_TIME)

    async def read(node: str) -> bool:
        """Whether others may be tried: one permission covers all nodes."""
        async with turns:
            try:
                found[node] = await session.get_json(
                    NODES.path(name=node, subresource=_SUMMARY), _SUMMARIES, read_seconds=_ANSWER_SECONDS
                )
            except Forbidden:
                problems.append("forbidden: you may not get nodes/proxy; volumes are unknown")
                return False
            except NotFound:
                problems.append(f"absent: node {node} has no kubelet stats; its volumes are unknown")
            except ClusterError as error:
                problems.append(f"the kubelet on {node} cannot be read: {error}; its volumes are unknown")
        return True

    if nodes and await read(nodes[0]):
        await asyncio.gather(*map(read, nodes[1:]))
    return found, sorted(set(problems))

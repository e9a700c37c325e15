"""Readings of what the pods of a set use: metrics.k8s.io, and the kubelets behind the proxy of their nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import msgspec

from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.live.errors import CannotRead
from stsview.model.names import parent_and_ordinal
from stsview.model.settings import UsageLimits
from stsview.model.usage.set_usage import SetUsage, set_usage
from stsview.objects.kinds import NODES, POD_METRICS, PODS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.objects.statefulset import StatefulSet
from stsview.objects.usage import PodMetrics, PodMetricsList, PodResources, PodResourcesList, Summary

_SUMMARY = "proxy/stats/summary"
_AT_A_TIME = 8
"""Kubelets that are read at the same time: each of their answers lists every pod of the node."""
_ANSWER_SECONDS = 10.0
_MOST_TURNS = 20
"""In so many turns the kubelets of all nodes of a set are read: in five minutes, at four a minute."""
_REFUSED_SECONDS = 300.0
"""How long what is forbidden or absent is not asked for again."""
_PODS_SECONDS = 300.0
"""How long what a pod requests is kept: it rarely changes while the pod exists."""
_SUMMARY_SECONDS = 300.0
"""How long the answer of a kubelet is kept for sets whose nodes are not all read at once."""

_PODS = msgspec.json.Decoder(PodResourcesList)
_POD_METRICS = msgspec.json.Decoder(PodMetricsList)
_SUMMARIES = msgspec.json.Decoder(Summary)


class _Members(NamedTuple):
    """The pods of a set."""

    read_at: float
    selector: str
    pods: Sequence[PodResources]


class _Refusal(NamedTuple):
    until: float
    words: str


class UsageReadings:
    """Reads over one session, and asks nothing twice that sets share: the kubelet of a node, and what is forbidden.

    `monotonic` is a clock in seconds.
    """

    def __init__(self, session: Session, monotonic: Callable[[], float], limits: UsageLimits) -> None:
        self._session = session
        self._monotonic = monotonic
        self._limits = limits
        self._members: dict[Key, _Members] = {}
        self._summaries: dict[str, tuple[float, Summary]] = {}
        """By node: when it was read, and what it said of pods that may belong to sets."""
        self._asked_at: dict[str, float] = {}
        """By node: when it was last asked, whatever it answered."""
        self._no_metrics: dict[str, _Refusal] = {}
        """By namespace."""
        self._no_proxy: _Refusal | None = None

    @property
    def kubelets_refused(self) -> bool:
        """Whether no kubelet may be read, as of the last try."""
        return self._no_proxy is not None and self._no_proxy.until > self._monotonic()

    def retry(self) -> None:
        """Ask again with the next reading for what was forbidden or absent."""
        self._no_metrics.clear()
        self._no_proxy = None

    async def read(
        self,
        key: Key,
        *,
        uids: Collection[str] | None = None,
        max_age: float = 0.0,
        most_nodes: int | None = None,
        metrics: bool = True,
    ) -> SetUsage:
        """What the pods of a set use now. What is absent, forbidden or stale is told by its `unknown`.

        The pods are listed again if their uids are not `uids` (None: in any case). A kubelet that was read less than
        `max_age` seconds ago is not read again, and at most `most_nodes` are, those first that were read longest ago.
        `metrics`: whether to ask metrics.k8s.io, which knows CPU and memory only, as kubelets do too.

        Raises `CannotRead` where the set or its pods cannot be read.
        """
        members = await self._members_of(key, uids)
        nodes = sorted({pod.spec.node_name for pod in members.pods if pod.spec.node_name})
        (found, no_metrics), no_summaries = await asyncio.gather(
            self._pod_metrics(key.namespace, members.selector) if metrics else _nothing(),
            self._read_kubelets(nodes, max_age, most_nodes),
        )
        summaries = {node: self._summaries[node][1] for node in nodes if node in self._summaries}
        instead = "CPU and memory are from the kubelets" if summaries else "CPU and memory are unknown"
        problems = [f"{no_metrics}; {instead}"] if no_metrics else []
        now = self._session.server_now()
        return set_usage(key, now, members.pods, found, summaries, problems, self._limits, no_summaries)

    async def _members_of(self, key: Key, uids: Collection[str] | None) -> _Members:
        held, now = self._members.get(key), self._monotonic()
        # Those that are not scheduled yet have no node, which they get without another uid.
        known = {pod.metadata.uid for pod in held.pods if pod.spec.node_name} if held is not None else set()
        if held is not None and uids is not None and known == set(uids) and now - held.read_at < _PODS_SECONDS:
            return held
        owner, pods = await _pods(self._session, key)
        self._members = {
            one: members for one, members in self._members.items() if now - members.read_at < _PODS_SECONDS
        }
        self._members[key] = _Members(now, owner.spec.selector.text, pods)
        return self._members[key]

    async def _pod_metrics(self, namespace: str, selector: str) -> tuple[dict[str, PodMetrics], str]:
        """The metrics by the name of the pod, and why there are none."""
        refused = self._no_metrics.get(namespace)
        if refused is not None and refused.until > self._monotonic():
            return {}, refused.words
        try:
            found = await self._session.get_json(
                POD_METRICS.path(namespace),
                _POD_METRICS,
                query=[("labelSelector", selector)],
                read_seconds=_ANSWER_SECONDS,
            )
        except NotFound:
            return {}, self._refuse_metrics(namespace, "absent: this cluster has no metrics-server (metrics.k8s.io)")
        except Forbidden:
            words = f"forbidden: you may not list pods.metrics.k8s.io in {namespace}"
            return {}, self._refuse_metrics(namespace, words)
        except ClusterError as error:
            return {}, f"metrics.k8s.io cannot be read: {error}"
        return {one.metadata.name: one for one in found.items or ()}, ""

    def _refuse_metrics(self, namespace: str, words: str) -> str:
        self._no_metrics[namespace] = _Refusal(self._monotonic() + _REFUSED_SECONDS, words)
        return words

    async def _read_kubelets(self, nodes: Sequence[str], max_age: float, most: int | None) -> list[str]:
        """Read those that are due; returns why there are not more, one sentence each."""
        now = self._monotonic()
        self._summaries = {node: one for node, one in self._summaries.items() if now - one[0] < _SUMMARY_SECONDS}
        if self._no_proxy is not None and self._no_proxy.until > now:
            return [self._no_proxy.words] if nodes else []
        due = [node for node in nodes if node not in self._summaries or now - self._summaries[node][0] > max_age]
        # Those that were asked longest ago first: of many nodes, all have their turn.
        due.sort(key=lambda node: self._asked_at.get(node, -1.0))
        if most is not None:
            due = due[: max(most, -(-len(nodes) // _MOST_TURNS))]
        unread = sum(node not in self._summaries and node not in due for node in nodes)
        self._asked_at.update(dict.fromkeys(due, now))
        problems: list[str] = []
        turns = asyncio.Semaphore(_AT_A_TIME)

        async def read(node: str) -> bool:
            """Whether others may be tried: one permission covers all nodes."""
            async with turns:
                try:
                    found = await self._session.get_json(
                        NODES.path(name=node, subresource=_SUMMARY), _SUMMARIES, read_seconds=_ANSWER_SECONDS
                    )
                except Forbidden:
                    words = "forbidden: you may not get nodes/proxy; volumes are unknown"
                    self._no_proxy = _Refusal(self._monotonic() + _REFUSED_SECONDS, words)
                    problems.append(words)
                    return False
                except NotFound:
                    problems.append(f"absent: node {node} has no kubelet stats; its volumes are unknown")
                except ClusterError as error:
                    problems.append(f"the kubelet on {node} cannot be read: {error}; its volumes are unknown")
                else:
                    self._summaries[node] = (self._monotonic(), _of_sets(found))
            return True

        if due and await read(due[0]):
            await asyncio.gather(*map(read, due[1:]))
        if unread > 0 and self._no_proxy is None:
            problems.append(f"{unread} of {len(nodes)} kubelets are not read yet; volumes of their pods are unknown")
        return sorted(set(problems))


async def read_usage(session: Session, monotonic: Callable[[], float], key: Key, limits: UsageLimits) -> SetUsage:
    """What the pods of a set use now, of all nodes: read once. Raises as `UsageReadings.read` does."""
    return await UsageReadings(session, monotonic, limits).read(key)


async def _nothing() -> tuple[dict[str, PodMetrics], str]:
    return {}, ""


def _of_sets(found: Summary) -> Summary:
    """Without the pods that cannot belong to a set, which are most of them."""
    return Summary(tuple(pod for pod in found.pods or () if parent_and_ordinal(pod.pod_ref.name) is not None))


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

"""The compute resources that pods use on each node, updated pod by pod."""

from __future__ import annotations

from collections import defaultdict

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.compute_resources import ComputeResources, requested
from stsview.simulator.controllers.informers import Informers


class Usage:
    """The requests of the pods on each node."""

    def __init__(self, informers: Informers) -> None:
        self._by_node: defaultdict[str, ComputeResources] = defaultdict(ComputeResources)
        informers.pods.add_event_handler(self._on_pod)

    def of(self, node: str) -> ComputeResources:
        return self._by_node[node]

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        was, now = _holder(before), _holder(after)
        if was == now:
            return
        if before is not None and was:
            self._by_node[was].add(requested(before), -1)
        if after is not None and now:
            self._by_node[now].add(requested(after))


def _holder(pod: Object | None) -> str:
    """The node whose resources the pod uses; empty once all its containers terminated."""
    if pod is None or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return ""
    return pod["spec"].get("nodeName") or ""

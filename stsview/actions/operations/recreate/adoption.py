"""Whether a set that was created again owns what the former one had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from stsview.actions.operations.recreate.journal import Journal
from stsview.model.names import listed
from stsview.model.pods.containers import restarts
from stsview.objects.kinds import KubernetesObject
from stsview.objects.pod import Pod
from stsview.objects.statefulset import RecordedRevision


class Adoption(msgspec.Struct, frozen=True):
    waiting: str
    """What is not adopted yet; empty where everything that exists is."""
    hopeless: str = ""
    """Why it will never be."""
    differences: tuple[str, ...] = ()
    """What is not as it was, one sentence each: it may be so because of others."""


def judge_adoption(
    made: Journal,
    stateful: Mapping[str, Any],
    pods: Iterable[Pod],
    revisions: Iterable[RecordedRevision],
    claims: Iterable[KubernetesObject],
) -> Adoption:
    """Compare what the set has now with what was saved before its deletion. Pure."""
    metadata, status = stateful.get("metadata") or {}, stateful.get("status") or {}
    uid = metadata.get("uid", "")
    by_name = {pod.metadata.name: pod for pod in pods}
    same = [by_name[mark.name] for mark in made.pods if _uid(by_name.get(mark.name)) == mark.uid]
    # A pod that terminates is adopted by none; the set creates it again.
    staying = [pod for pod in same if pod.metadata.deletion_timestamp is None]
    strays = [pod.metadata.name for pod in staying if _owner(pod) != uid]
    taken = [pod.metadata.name for pod in staying if pod.metadata.controller is not None and _owner(pod) != uid]
    known = {one.metadata.name: one for one in revisions}
    waiting = []
    if strays:
        waiting.append(f"{listed(strays)} not adopted")
    if loose := [name for name in made.revisions if name in known and _owner(known[name]) != uid]:
        waiting.append(f"{'revision' if len(loose) == 1 else 'revisions'} {listed(loose)} not adopted")
    if status.get("observedGeneration", 0) < metadata.get("generation", 0):
        waiting.append("the controller has not observed it")
    hopeless = ""
    update = status.get("updateRevision", "")
    if update and made.revision and update != made.revision:
        hopeless = f"its update revision is {update}, not {made.revision}: the controller restarts the pods"
        waiting.append("another revision")
    elif taken:
        hopeless = f"{listed(taken)} {'was' if len(taken) == 1 else 'were'} adopted by another owner"
    claim_uids = {one.metadata.uid for one in claims}
    return Adoption("; ".join(waiting), hopeless, tuple(_differences(made, by_name, claim_uids)))


def _differences(made: Journal, pods: Mapping[str, Pod], claim_uids: set[str]) -> Iterator[str]:
    for mark in made.pods:
        pod = pods.get(mark.name)
        if pod is None:
            yield f"{mark.name} is gone"
        elif pod.metadata.uid != mark.uid:
            yield f"{mark.name} was replaced meanwhile (uid changed)"
        elif restarts(pod) > mark.restarts:
            yield f"a container of {mark.name} restarted meanwhile"
    if lost := [mark.name for mark in made.claims if mark.uid not in claim_uids]:
        yield f"PVC {listed(lost)} {'is' if len(lost) == 1 else 'are'} gone"


def _uid(pod: Pod | None) -> str:
    return pod.metadata.uid if pod is not None else ""


def _owner(one: Pod | RecordedRevision) -> str:
    return one.metadata.controller.uid if one.metadata.controller is not None else ""

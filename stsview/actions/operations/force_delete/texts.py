"""What a person is told of a force-deletion: what happens, what it risks, and what else there is to do."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete.checks import SHARED
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import Kubelet, NodeState
from stsview.actions.plan import Alternative, Attestation
from stsview.actions.preflight.pod_checks import row_of
from stsview.actions.preflight.risks import other_revision
from stsview.actions.requests.command_line import kubectl
from stsview.model.names import listed, one_line
from stsview.model.timing.durations import short
from stsview.triage.support import node_remedies


def comes_back(facts: ForceFacts, intent: ForceDelete) -> bool:
    row = row_of(facts.fresh, intent.pod)
    return row is None or not row.surplus


def steps(facts: ForceFacts, intent: ForceDelete) -> Iterator[str]:
    name, claims = intent.pod, list(facts.claims)
    yield f"the API server forgets {name} at once{', without a word from its node' if facts.node else ''}"
    if not comes_back(facts, intent):
        yield f"{name} does not come back: the set is scaled below it"
        return
    same = f" and the same {'claim' if len(claims) == 1 else 'claims'} {listed(claims)}" if claims else ""
    yield f"the controller creates a new {name} with the same name{same}"
    attached = list(dict.fromkeys(claim for claim, _ in facts.attached))
    if attached:
        when = _detached_when(facts.kubelet)
        yield f"elsewhere it starts once {listed(attached)} {_is(attached)} detached from {facts.node}{when}"


def _detached_when(kubelet: Kubelet | None) -> str:
    """pkg/controller/volume/attachdetach: maxWaitForUnmountDuration, of a node that is not healthy."""
    if kubelet is None or kubelet.lives:
        return ""
    return ": at once" if kubelet.out_of_service else ": six minutes, as a rule"


def risks(facts: ForceFacts, intent: ForceDelete) -> Iterator[str]:
    if not facts.node:
        return
    name, claims, kubelet = intent.pod, list(facts.claims), facts.kubelet
    if kubelet is not None and kubelet.lives:
        yield f"The kubelet of {facts.node} may live: then the old process most likely runs on beside the new {name}."
    twice = f"may write to {listed(claims)}" if claims else "are there under one name"
    yield f"If the old process still runs, two {name} {twice}. The API cannot tell."
    if shared := [claim for claim in claims if SHARED.intersection(facts.modes(claim))]:
        yield f"Nothing keeps the two apart on {listed(shared)}: it can be written from any node."
    row = row_of(facts.fresh, name)
    if row is None:
        return
    if row.role:
        yield f"It says to be the {row.role}: the old one may go on as such beside another."
    yield from other_revision(row, facts.fresh.view.name)


def attestations(facts: ForceFacts, intent: ForceDelete) -> tuple[Attestation, ...]:
    """Nobody can attest that a machine is off whose kubelet speaks: of that one it is the pod that has to be gone."""
    if not facts.node:
        return ()
    if facts.kubelet is not None and facts.kubelet.lives:
        words = f"I have made sure that nothing of {intent.pod} runs on {facts.node} any more"
        return (Attestation("pod-has-ended", words),)
    return (Attestation("node-is-off", f"I have made sure that the machine {facts.node} is powered off or fenced"),)


def safer(facts: ForceFacts, intent: ForceDelete) -> Iterator[Alternative]:
    namespace, name, meta = intent.set.namespace, intent.pod, facts.pod.metadata
    if meta.deletion_timestamp is None:
        yield Alternative(
            "delete it gracefully: its kubelet confirms the end", kubectl(namespace, "delete", "pod", name)
        )
        return
    if meta.finalizers:
        look = kubectl(namespace, "get", "pod", name, "-o", "jsonpath={.metadata.finalizers}")
        whose = listed([one_line(one) for one in meta.finalizers])
        yield Alternative(f"find out who sets {whose}, and why that does not take it off", look)
        return
    left = (meta.deletion_timestamp - facts.at).total_seconds()
    if left > 0:
        yield Alternative(f"wait: it has {short(left + 1)} left")
        yield from _shorter(facts, intent)
        return
    kubelet = facts.kubelet
    if kubelet is None:
        yield Alternative("wait a little longer")
    elif kubelet.out_of_service:
        yield Alternative(f"wait: pod GC removes it, as {kubelet.name} is marked out of service")
        yield _collector()
    elif kubelet.lives or kubelet.node is NodeState.UNKNOWN:
        yield from _with_kubelet(facts, intent, kubelet)
    elif kubelet.node is NodeState.GONE:
        yield Alternative("wait: pod GC removes it within two minutes after its Node is gone")
        yield _collector()
    else:
        yield from _without_kubelet(kubelet)


def _with_kubelet(facts: ForceFacts, intent: ForceDelete, kubelet: Kubelet) -> Iterator[Alternative]:
    node = kubelet.name
    yield Alternative(
        "read its events: they tell what holds it", kubectl(intent.set.namespace, "describe", "pod", intent.pod)
    )
    yield Alternative(f"see what {node} says of itself", node_remedies.describe_node(node).command)
    yield from _shorter(facts, intent)
    yield Alternative(f"restart the kubelet of {node}: its containers run on meanwhile")
    yield Alternative(f"restart the machine {node}: then nothing of the old pod runs")


def _without_kubelet(kubelet: Kubelet) -> Iterator[Alternative]:
    node = kubelet.name
    yield Alternative(f"bring {node} back: its kubelet finishes the job", node_remedies.describe_node(node).command)
    yield Alternative("once it is surely off, mark it out of service", node_remedies.taint_out_of_service(node).command)
    yield Alternative(
        "if it is gone for good, delete its Node: pod GC does the rest", node_remedies.delete_node(node).command
    )


def _shorter(facts: ForceFacts, intent: ForceDelete) -> Iterator[Alternative]:
    if (facts.pod.metadata.deletion_grace_period_seconds or 0) > 1:
        again = ("delete", "pod", intent.pod, "--grace-period=1", "--wait=false")
        yield Alternative(
            "ask with a shorter grace: its kubelet ends it properly", kubectl(intent.set.namespace, *again)
        )


def _collector() -> Alternative:
    remedy = node_remedies.check_controller_manager("pod GC is part of it")
    return Alternative(remedy.text, remedy.command)


def manual_only(facts: ForceFacts, intent: ForceDelete) -> Iterator[Alternative]:
    if facts.pod.metadata.deletion_timestamp is None:
        return
    for index, finalizer in enumerate(facts.pod.metadata.finalizers):
        path = f"/metadata/finalizers/{index}"
        patch = [{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}]
        yield Alternative(
            f"take {one_line(finalizer)} off: what it guards is skipped",
            kubectl(intent.set.namespace, "patch", "pod", intent.pod, "--type=json", "-p", json.dumps(patch)),
        )
    if facts.kubelet is None:
        return
    for claim, attachment in facts.attached:
        yield Alternative(
            f"detach {claim} at once: if {facts.node} still writes, its file system is destroyed",
            kubectl("", "delete", "volumeattachment", attachment.metadata.name),
        )


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"

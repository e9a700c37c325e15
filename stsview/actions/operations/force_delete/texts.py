"""Texts of a force-deletion: steps, risks, attestations and alternatives."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.actions.intents import ForceDelete
from stsview.actions.operations.force_delete.checks import SHARED_MODES
from stsview.actions.operations.force_delete.facts import ForceFacts
from stsview.actions.operations.force_delete.node_liveness import Kubelet, NodeState
from stsview.actions.plan import NODE_IS_OFF, POD_HAS_ENDED, Alternative, Attestation
from stsview.actions.preflight.pod_checks import row_of
from stsview.actions.preflight.risks import other_revision
from stsview.actions.requests.command_line import kubectl
from stsview.model.names import listed, one_line
from stsview.model.timing.durations import short
from stsview.triage.support import node_remedies


def _is_recreated(facts: ForceFacts, intent: ForceDelete) -> bool:
    row = row_of(facts.fresh, intent.pod)
    return row is None or not row.surplus


def steps(facts: ForceFacts, intent: ForceDelete) -> Iterator[str]:
    name, claims = intent.pod, [claim for claim in facts.claims if _remains(facts, claim)]
    yield f"remove {name} from the API now{', without node confirmation' if facts.node else ''}"
    if not _is_recreated(facts, intent):
        yield f"{name} will not be recreated (beyond the replica count)"
        return
    same = f" with {'PVC' if len(claims) == 1 else 'PVCs'} {listed(claims)}" if claims else ""
    yield f"the controller recreates it{same}"
    attached = list(dict.fromkeys(claim for claim, _ in facts.attached))
    if attached:
        when = _detached_when(facts.kubelet)
        detach = f"{'the PVC detaches' if len(attached) == 1 else 'its PVCs detach'} from {facts.node}"
        yield f"it can start elsewhere once {detach}{when}"


def _remains(facts: ForceFacts, name: str) -> bool:
    """Whether the claim is not known to be lost, or about to be deleted."""
    claim = facts.claim(name)
    return claim is None or (claim.metadata.deletion_timestamp is None and claim.status.phase != "Lost")


def _detached_when(kubelet: Kubelet | None) -> str:
    """How long that takes (pkg/controller/volume/attachdetach: maxWaitForUnmountDuration, for an unhealthy node)."""
    if kubelet is None or kubelet.may_be_alive:
        return ""
    return " (immediately)" if kubelet.out_of_service else " (usually 6 min)"


def risks(facts: ForceFacts, intent: ForceDelete) -> Iterator[str]:
    if not facts.node:
        return
    name, claims, kubelet = intent.pod, list(facts.claims), facts.kubelet
    if kubelet is not None and kubelet.may_be_alive:
        alive = f"The kubelet of {facts.node} may be alive"
        yield f"{alive}: then the old process most likely keeps running next to the new {name}."
    both = f"may write to {listed(claims)} (split brain)" if claims else "have the same identity"
    yield f"If the old process still runs, two {name} {both}. The API cannot tell."
    if shared := [claim for claim in claims if SHARED_MODES.intersection(facts.modes(claim))]:
        yield f"Nothing prevents both from writing to {listed(shared)}: it is writable from any node."
    row = row_of(facts.fresh, name)
    if row is None:
        return
    if row.role:
        yield f"{name} is labelled {row.role}: the old one may keep acting as {row.role} next to a new one."
    yield from other_revision(row, facts.fresh.view.name)


def attestations(facts: ForceFacts, intent: ForceDelete) -> tuple[Attestation, ...]:
    """That the node is off; or, with a live kubelet, that the pod has terminated."""
    if not facts.node:
        return ()
    if facts.kubelet is not None and facts.kubelet.may_be_alive:
        words = f"I have verified that no container of {intent.pod} still runs on {facts.node}"
        return (Attestation(POD_HAS_ENDED, words),)
    return (Attestation(NODE_IS_OFF, f"I have verified that {facts.node} is powered off or fenced"),)


def safer(facts: ForceFacts, intent: ForceDelete) -> Iterator[Alternative]:
    namespace, name, meta = intent.set.namespace, intent.pod, facts.pod.metadata
    if meta.deletion_timestamp is None:
        yield Alternative(
            "use a normal delete: its kubelet confirms the termination", kubectl(namespace, "delete", "pod", name)
        )
        return
    if meta.finalizers:
        command = kubectl(namespace, "get", "pod", name, "-o", "jsonpath={.metadata.finalizers}")
        whose = listed([one_line(one) for one in meta.finalizers])
        yield Alternative(f"find which controller owns {whose} and why it has not removed it", command)
        return
    left = (meta.deletion_timestamp - facts.at).total_seconds()
    if left > 0:
        yield Alternative(f"wait: {short(left + 1)} of its grace period left")
        yield from _shorter(facts, intent)
        return
    kubelet = facts.kubelet
    if kubelet is None:
        yield Alternative("wait a little longer")
    elif kubelet.out_of_service:
        yield Alternative(f"wait: pod GC removes it, because {kubelet.name} is tainted out-of-service")
        yield _collector()
    elif kubelet.may_be_alive or kubelet.node is NodeState.UNKNOWN:
        yield from _with_kubelet(facts, intent, kubelet)
    elif kubelet.node is NodeState.GONE:
        yield Alternative("wait: pod GC removes it within 2 min after its Node is gone")
        yield _collector()
    else:
        yield from _without_kubelet(kubelet)


def _with_kubelet(facts: ForceFacts, intent: ForceDelete, kubelet: Kubelet) -> Iterator[Alternative]:
    node = kubelet.name
    yield Alternative(
        "check its events for what blocks it", kubectl(intent.set.namespace, "describe", "pod", intent.pod)
    )
    yield Alternative(f"check the conditions of {node}", node_remedies.describe_node(node).command)
    yield from _shorter(facts, intent)
    yield Alternative(f"restart the kubelet of {node}: its containers keep running")
    yield Alternative(f"reboot {node}: then no container of the old pod runs")


def _without_kubelet(kubelet: Kubelet) -> Iterator[Alternative]:
    node = kubelet.name
    yield Alternative(
        f"bring {node} back: its kubelet completes the termination", node_remedies.describe_node(node).command
    )
    yield Alternative(
        "if it is confirmed off, taint it out-of-service", node_remedies.taint_out_of_service(node).command
    )
    yield Alternative(
        "if it is gone for good, delete its Node: pod GC removes the pod", node_remedies.delete_node(node).command
    )


def _shorter(facts: ForceFacts, intent: ForceDelete) -> Iterator[Alternative]:
    if (facts.pod.metadata.deletion_grace_period_seconds or 0) > 1:
        again = ("delete", "pod", intent.pod, "--grace-period=1", "--wait=false")
        yield Alternative(
            "delete it with a shorter grace period: its kubelet still stops it properly",
            kubectl(intent.set.namespace, *again),
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
            f"remove finalizer {one_line(finalizer)} (skips the cleanup it protects)",
            kubectl(intent.set.namespace, "patch", "pod", intent.pod, "--type=json", "-p", json.dumps(patch)),
        )
    if facts.kubelet is None:
        return
    for claim, attachment in facts.attached:
        yield Alternative(
            f"detach {claim} now: if {facts.node} still writes to it, the file system is corrupted",
            kubectl("", "delete", "volumeattachment", attachment.metadata.name),
        )

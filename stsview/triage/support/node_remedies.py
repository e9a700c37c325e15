"""Remedies for pods bound to a broken node, in order of danger.

Kubernetes ensures that no two pods share an identity by the name of the Pod object alone: removing the object while its
containers may still run gives the identity to a second pod (documentation: "Force Delete StatefulSet Pods"). So steps
that let the kubelet or pod GC finish come first, and force-deletion comes last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Remedy
from stsview.model.names import one_line
from stsview.model.ordinals.rows import Row
from stsview.model.states import Health
from stsview.triage.rule import kubectl, kubectl_cluster

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"

TWO_WRITERS = "if the machine is still running, two pods with the same identity may write to the volume (split brain)"


def describe_node(node: str) -> Remedy:
    command = kubectl_cluster("describe", "node", node)
    return Remedy(f"describe node {node}", Danger.READ_ONLY, command=command)


def check_lease(node: str) -> Remedy:
    command = kubectl_cluster("-n", "kube-node-lease", "get", "lease", node, "-o", "yaml")
    return Remedy(f"check whether the Lease of node {node} is still renewed", Danger.READ_ONLY, command=command)


def verify_powered_off(node: str, *, exists: bool = True) -> Remedy:
    """`exists`: whether there is a Node object to describe."""
    text = f"check at the cloud console/BMC whether {node} is powered off: the API can't tell"
    return Remedy(text, Danger.READ_ONLY, command=kubectl_cluster("describe", "node", node) if exists else "")


def describe_pod(case: RuleInput, row: Row, hint: str) -> Remedy:
    return Remedy(
        f"read the events of {row.name}: {hint}",
        Danger.READ_ONLY,
        command=kubectl(case, "describe", "pod", row.name),
    )


def check_controller_manager(why: str) -> Remedy:
    command = kubectl_cluster("-n", "kube-system", "get", "lease", "kube-controller-manager", "-o", "yaml")
    return Remedy(f"check that kube-controller-manager is running: {why}", Danger.READ_ONLY, command=command)


def start_kubelet(node: str) -> Remedy:
    return Remedy(f"if {node} is up, restart its kubelet", Danger.REVERSIBLE)


def restart_kubelet(node: str) -> Remedy:
    return Remedy(f"restart the kubelet of {node}: the containers keep running", Danger.REVERSIBLE)


def reboot(node: str) -> Remedy:
    return Remedy(f"reboot {node}: all its pods are down meanwhile", Danger.DISRUPTIVE)


def taint_out_of_service(node: str) -> Remedy:
    return Remedy(
        f"only if {node} is confirmed off: taint it out-of-service; pod GC then removes all its pods and their volumes "
        "detach",
        Danger.LOSS,
        command=kubectl_cluster("taint", "nodes", node, f"{OUT_OF_SERVICE}=nodeshutdown:NoExecute"),
    )


def delete_node(node: str) -> Remedy:
    return Remedy(
        f"only if the machine of {node} is gone for good: delete its Node object; pod GC then removes all its pods",
        Danger.LOSS,
        command=kubectl_cluster("delete", "node", node),
    )


def force_delete(case: RuleInput, rows: list[Row], risk: str) -> Iterator[Remedy]:
    """Force-delete the first overdue pod of `rows`, if any.

    Nothing for a pod with finalizers, which a force-delete does not remove.
    """
    for row in rows:
        pod = row.slot.pod
        overdue = row.terminating and row.state.health is Health.DEGRADED
        if pod is not None and overdue and not pod.metadata.finalizers:
            yield Remedy(
                f"last resort: force-delete {row.name}: {risk}",
                Danger.LOSS,
                ActionId.FORCE_DELETE,
                kubectl(case, "delete", "pod", row.name, "--grace-period=0", "--force"),
                row.name,
            )
            return


def remove_finalizers(case: RuleInput, row: Row) -> Iterator[Remedy]:
    """One step for each finalizer of the pod.

    The patch fails if the index holds another finalizer by the time it is applied.
    """
    finalizers = row.slot.pod.metadata.finalizers if row.slot.pod is not None else ()
    for index, finalizer in enumerate(finalizers):
        path = f"/metadata/finalizers/{index}"
        patch = [{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}]
        yield Remedy(
            f"last resort: remove finalizer {one_line(finalizer)} from {row.name} (skips the cleanup it protects)",
            Danger.LOSS,
            command=kubectl(case, "patch", "pod", row.name, "--type=json", "-p", json.dumps(patch)),
        )

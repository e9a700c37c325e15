"""The steps by which a pod is freed from its node, in the order of their danger.

Kubernetes knows that no two pods have one identity by nothing but the object's name: whoever removes the object while
its containers may still run gives the identity away twice (documentation: "Force Delete StatefulSet Pods"). So what
lets the kubelet, or pod GC, finish comes first, and force last.
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


def describe_node(node: str) -> Remedy:
    look = kubectl_cluster("describe", "node", node)
    return Remedy(f"see what node {node} says of itself", Danger.READ_ONLY, command=look)


def check_lease(node: str) -> Remedy:
    look = kubectl_cluster("-n", "kube-node-lease", "get", "lease", node, "-o", "yaml")
    return Remedy(f"see whether the lease of node {node} is still renewed", Danger.READ_ONLY, command=look)


def verify_powered_off(node: str) -> Remedy:
    text = f"find out whether the machine of {node} is off, at its console or its cloud: the API cannot tell"
    return Remedy(text, Danger.READ_ONLY, command=kubectl_cluster("describe", "node", node))


def describe_pod(case: RuleInput, row: Row, for_what: str) -> Remedy:
    return Remedy(
        f"read the events of {row.name}: {for_what}",
        Danger.READ_ONLY,
        command=kubectl(case, "describe", "pod", row.name),
    )


def check_controller_manager(what: str) -> Remedy:
    look = kubectl_cluster("-n", "kube-system", "get", "lease", "kube-controller-manager", "-o", "yaml")
    return Remedy(f"see whether kube-controller-manager runs: {what}", Danger.READ_ONLY, command=look)


def start_kubelet(node: str) -> Remedy:
    return Remedy(f"if {node} runs, start its kubelet again: it keeps its pods, or ends them", Danger.REVERSIBLE)


def restart_kubelet(node: str) -> Remedy:
    return Remedy(f"restart the kubelet of {node}: its containers run on meanwhile", Danger.REVERSIBLE)


def reboot(node: str) -> Remedy:
    return Remedy(f"restart the machine of {node}: all its pods are down meanwhile", Danger.DISRUPTIVE)


def taint_out_of_service(node: str) -> Remedy:
    return Remedy(
        f"only if the machine of {node} is known to be off: mark it as out of service; pod GC removes all its pods, "
        "and their volumes are detached",
        Danger.LOSS,
        command=kubectl_cluster("taint", "nodes", node, f"{OUT_OF_SERVICE}=nodeshutdown:NoExecute"),
    )


def delete_node(node: str) -> Remedy:
    return Remedy(
        f"only if the machine of {node} is gone for good: delete its Node object; pod GC removes all its pods",
        Danger.LOSS,
        command=kubectl_cluster("delete", "node", node),
    )


def force_delete(case: RuleInput, rows: list[Row], risk: str) -> Iterator[Remedy]:
    """For the first of `rows` whose time is over; nothing where that would not help, or could be had without."""
    for row in rows:
        pod = row.slot.pod
        overdue = row.terminating and row.state.health is Health.DEGRADED
        if pod is not None and overdue and not pod.metadata.finalizers:
            yield Remedy(
                f"as the last resort force-delete {row.name}: {risk}",
                Danger.LOSS,
                ActionId.FORCE_DELETE,
                kubectl(case, "delete", "pod", row.name, "--grace-period=0", "--force"),
                row.name,
            )
            return


def remove_finalizers(case: RuleInput, row: Row) -> Iterator[Remedy]:
    """One step for each, by a patch that fails where another one stands in that place by now."""
    finalizers = row.slot.pod.metadata.finalizers if row.slot.pod is not None else ()
    for index, finalizer in enumerate(finalizers):
        path = f"/metadata/finalizers/{index}"
        patch = [{"op": "test", "path": path, "value": finalizer}, {"op": "remove", "path": path}]
        yield Remedy(
            f"as the last resort take finalizer {one_line(finalizer)} off {row.name}: what it guards is skipped",
            Danger.LOSS,
            command=kubectl(case, "patch", "pod", row.name, "--type=json", "-p", json.dumps(patch)),
        )

"""Taints and tolerations.

Source: k8s.io/component-helpers/scheduling/corev1, Toleration.ToleratesTaint.
"""

from __future__ import annotations

from collections.abc import Collection

from stsview.simulator.apiserver.wire import Object


def untolerated(pod: Object, node: Object, effects: Collection[str]) -> list[Object]:
    """The node's taints of these effects that the pod does not tolerate."""
    taints = [taint for taint in node["spec"].get("taints") or () if taint.get("effect") in effects]
    return [taint for taint in taints if tolerating(pod, taint) is None]


def tolerating(pod: Object, taint: Object) -> Object | None:
    """The first toleration of the pod that covers this taint."""
    for toleration in pod["spec"].get("tolerations") or ():
        if toleration.get("effect") not in (None, "", taint.get("effect")):
            continue
        if toleration.get("key") not in (None, "", taint["key"]):
            continue
        exists = toleration.get("operator") == "Exists"
        if exists or toleration.get("value", "") == taint.get("value", ""):
            return toleration  # type: ignore[no-any-return]
    return None

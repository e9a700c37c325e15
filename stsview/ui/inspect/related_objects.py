"""Objects related to a set and one of its pods: PVCs, volumes, Service, node, PodDisruptionBudgets, HPA."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.views import OrdinalView, Place, SetView
from stsview.objects.kinds import AUTOSCALERS, BUDGETS, CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, VOLUMES
from stsview.objects.meta import Key
from stsview.ui.inspect.inspect_target import ObjectRef


def related_objects(view: SetView, pod: str = "") -> tuple[ObjectRef, ...]:
    """The pod (if named), the set, PVCs and volumes, the Service, the node, budgets, and autoscalers."""
    ordinal = ordinal_named(view, pod)
    refs = [] if not pod else list(_of_pod(view, pod, ordinal))
    refs.append(ObjectRef(STATEFULSETS, view.key, "set", severity_text(view)))
    if ordinal is not None:
        refs += _storage(view, ordinal)
    if view.service.name:
        refs.append(ObjectRef(SERVICES, Key(view.namespace, view.service.name), "Service", view.service.status.label))
    if ordinal is not None and ordinal.node:
        refs.append(ObjectRef(NODES, Key("", ordinal.node), "node", ordinal.node_state.status.label))
    return (*refs, *_guards(view, ordinal))


def severity_text(view: SetView) -> str:
    """Severity for display: `at risk`."""
    return view.severity.name.replace("_", " ").lower()


def ordinal_named(view: SetView, pod: str) -> OrdinalView | None:
    """The ordinal whose pod has this name."""
    return next((ordinal for ordinal in view.ordinals if ordinal.name == pod), None)


def pod_of_interest(view: SetView) -> str:
    """Name of the pod that the worst finding names, or else of the first existing pod.

    Empty when there is none.
    """
    about = view.wait.ordinal if view.why.ordinal is None else view.why.ordinal
    existing = [ordinal for ordinal in view.ordinals if ordinal.uid is not None and ordinal.place is not Place.FOREIGN]
    chosen = next((ordinal for ordinal in existing if ordinal.ordinal == about), existing[0] if existing else None)
    return "" if chosen is None else chosen.name


def _guards(view: SetView, ordinal: OrdinalView | None) -> Iterator[ObjectRef]:
    budget = view.budget
    for name in ordinal.budgets if ordinal is not None and ordinal.budgets else filter(None, (budget.name,)):
        yield ObjectRef(BUDGETS, Key(view.namespace, name), "PDB", budget.label if name == budget.name else "")
    for writer in view.writers:
        if writer.kind == "HPA" and writer.name:
            yield ObjectRef(AUTOSCALERS, Key(view.namespace, writer.name), "HPA", writer.detail)


def _of_pod(view: SetView, pod: str, ordinal: OrdinalView | None) -> Iterator[ObjectRef]:
    yield ObjectRef(PODS, Key(view.namespace, pod), "pod", ordinal.state.label if ordinal is not None else "")


def _storage(view: SetView, ordinal: OrdinalView) -> Iterator[ObjectRef]:
    for claim in ordinal.all_claims:
        yield ObjectRef(CLAIMS, Key(view.namespace, claim.name), "PVC", claim.status.label)
        if claim.volume:
            yield ObjectRef(VOLUMES, Key("", claim.volume), "volume", claim.volume_state.status.label)

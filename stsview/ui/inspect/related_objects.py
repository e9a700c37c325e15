"""The objects around a set and one of its pods, each of which can be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.views import OrdinalView, Place, SetView
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, VOLUMES
from stsview.objects.meta import Key
from stsview.ui.inspect.subjects import ObjectRef


def around(view: SetView, pod: str = "") -> tuple[ObjectRef, ...]:
    """The chain of that pod, if one is named, and what governs it; each once."""
    ordinal = ordinal_named(view, pod)
    refs = [] if not pod else list(_of_pod(view, pod, ordinal))
    refs.append(ObjectRef(STATEFULSETS, view.key, "set", view.severity.name.replace("_", " ").lower()))
    if ordinal is not None:
        refs += _storage(view, ordinal)
    if view.service.name:
        refs.append(ObjectRef(SERVICES, Key(view.namespace, view.service.name), "service", view.service.word))
    if ordinal is not None and ordinal.node:
        refs.append(ObjectRef(NODES, Key("", ordinal.node), "node", ordinal.node_state.word))
    return tuple(refs)


def ordinal_named(view: SetView, pod: str) -> OrdinalView | None:
    return next((ordinal for ordinal in view.ordinals if ordinal.name == pod), None)


def pod_in_question(view: SetView) -> str:
    """The pod that it is all about, if there is one; else the first that there is; empty where there is none."""
    about = view.wait.ordinal if view.why.ordinal is None else view.why.ordinal
    there = [ordinal for ordinal in view.ordinals if ordinal.uid is not None and ordinal.place is not Place.FOREIGN]
    chosen = next((ordinal for ordinal in there if ordinal.ordinal == about), there[0] if there else None)
    return "" if chosen is None else chosen.name


def _of_pod(view: SetView, pod: str, ordinal: OrdinalView | None) -> Iterator[ObjectRef]:
    yield ObjectRef(PODS, Key(view.namespace, pod), "pod", ordinal.state.word if ordinal is not None else "")


def _storage(view: SetView, ordinal: OrdinalView) -> Iterator[ObjectRef]:
    for claim in ordinal.claims:
        yield ObjectRef(CLAIMS, Key(view.namespace, claim.name), "claim", claim.word)
        if claim.volume:
            yield ObjectRef(VOLUMES, Key("", claim.volume), "volume", claim.volume_state.word)

"""The rows of a set: its expected ordinals, and pods outside of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import parent_and_ordinal, pod_name
from stsview.model.settings import ModelSettings
from stsview.model.views import Place
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet


class OrdinalSlot(Record, frozen=True):
    """One ordinal of a set, or a pod outside its ordinals."""

    ordinal: int
    name: str
    place: Place
    pod: Pod | None = None
    holder: Pod | None = None
    """For an expected ordinal without a pod of the set: the pod that has its name."""


class Identity(Record, frozen=True):
    expected: tuple[OrdinalSlot, ...]
    """By ascending ordinal."""
    surplus: tuple[OrdinalSlot, ...]
    """By ascending ordinal; the controller removes the highest first."""
    strays: tuple[OrdinalSlot, ...]
    """Orphaned and foreign pods, by ascending ordinal."""
    hidden: int = 0
    """Number of expected ordinals without a pod that have no row, because there are too many."""


def identify(objects: SetObjects, settings: ModelSettings) -> Identity:
    """Sort the pods by who controls them, as the controller does before it acts.

    Documentation: "StatefulSet Basics", ordinal index and start ordinal (KEP-3335); adoption:
    pkg/controller/controller_ref_manager.go.
    """
    stateful = objects.set
    set_name, first, last = stateful.metadata.name, stateful.first_ordinal, stateful.last_ordinal
    pods = _pods_of(objects)
    shown_last = min(last, first + settings.max_rows - 1)
    expected: list[OrdinalSlot] = []
    surplus: list[OrdinalSlot] = []
    strays: list[OrdinalSlot] = []
    names = set()
    for ordinal in range(first, shown_last + 1):
        name = pod_name(set_name, ordinal)
        names.add(name)
        pod = pods.get(name)
        place = Place.EXPECTED if pod is None else _place(pod, True, objects)
        if place is Place.EXPECTED or place is None:
            expected.append(OrdinalSlot(ordinal, name, Place.EXPECTED, pod))
        else:
            expected.append(OrdinalSlot(ordinal, name, Place.EXPECTED, holder=pod))
            strays.append(OrdinalSlot(ordinal, name, place, pod))
    for ordinal, name in sorted(_ordinals_of(pods.keys() - names, set_name)):
        pod = pods[name]
        place = _place(pod, first <= ordinal <= last, objects)
        if place is not None:
            slots = {Place.EXPECTED: expected, Place.SURPLUS: surplus}.get(place, strays)
            slots.append(OrdinalSlot(ordinal, name, place, pod))
    return Identity(
        expected=tuple(expected),
        surplus=tuple(surplus),
        strays=tuple(sorted(strays, key=lambda slot: slot.ordinal)),
        hidden=max(0, stateful.spec.replicas - len(expected)),
    )


def _ordinals_of(names: Iterable[str], set_name: str) -> Iterator[tuple[int, str]]:
    """The ordinals of those names that the controller would give to pods of the set."""
    for name in names:
        parsed = parent_and_ordinal(name)
        if parsed is not None and parsed[0] == set_name:
            yield parsed[1], name


def of_former_set(pod: Pod, stateful: StatefulSet) -> bool:
    """Whether an earlier StatefulSet of that name, deleted since, owns the pod.

    Other API groups have kinds of that name, such as the Advanced StatefulSet of OpenKruise.
    """
    owner = pod.metadata.controller
    if owner is None or owner.uid == stateful.metadata.uid:
        return False
    group = owner.api_version.partition("/")[0]
    return (owner.kind, owner.name) == (STATEFULSETS.name, stateful.metadata.name) and group in ("apps", "")


def _pods_of(objects: SetObjects) -> Mapping[str, Pod]:
    """Pods by name.

    Those of the watch take precedence over those read by name some time ago.
    """
    if not objects.named_pods:
        return objects.pods
    named = {name: pod for name, pod in objects.named_pods.items() if pod.metadata.uid}
    return {**named, **objects.pods}


def _place(pod: Pod, expected: bool, objects: SetObjects) -> Place | None:
    owner, stateful = pod.metadata.controller, objects.set
    if owner is not None and owner.uid == stateful.metadata.uid:
        return Place.EXPECTED if expected else Place.SURPLUS
    if owner is None and stateful.spec.selector.matches(pod.metadata.labels):
        # Of a set that is gone, its orphans are all there is.
        return Place.EXPECTED if objects.gone else Place.ORPHANED
    return Place.FOREIGN if expected else None

"""The rows of a set: its expected ordinals, and pods outside of them."""

from __future__ import annotations

from collections.abc import Iterable

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
    first, last = stateful.first_ordinal, stateful.last_ordinal
    owned: dict[int, Pod] = {}
    others: dict[int, Pod] = {}
    strays: list[OrdinalSlot] = []
    for name, pod in _pods_of(objects):
        parsed = parent_and_ordinal(name)
        if parsed is None or parsed[0] != stateful.metadata.name:
            continue
        ordinal = parsed[1]
        place = _place(pod, first <= ordinal <= last, stateful)
        if place is Place.EXPECTED or place is Place.SURPLUS:
            owned[ordinal] = pod
        elif place is not None:
            others[ordinal] = pod
            strays.append(OrdinalSlot(ordinal, name, place, pod))
    shown_last = min(last, first + settings.max_rows - 1)
    ordinals = [*range(first, shown_last + 1), *sorted(o for o in owned if shown_last < o <= last)]
    set_name = stateful.metadata.name
    return Identity(
        expected=tuple(
            OrdinalSlot(o, pod_name(set_name, o), Place.EXPECTED, owned.get(o), None if o in owned else others.get(o))
            for o in ordinals
        ),
        surplus=tuple(
            OrdinalSlot(o, pod.metadata.name, Place.SURPLUS, pod)
            for o, pod in sorted(owned.items())
            if not first <= o <= last
        ),
        strays=tuple(sorted(strays, key=lambda slot: slot.ordinal)),
        hidden=max(0, stateful.spec.replicas - len(ordinals)),
    )


def of_former_set(pod: Pod, stateful: StatefulSet) -> bool:
    """Whether an earlier StatefulSet of that name, deleted since, owns the pod.

    Other API groups have kinds of that name, such as the Advanced StatefulSet of OpenKruise.
    """
    owner = pod.metadata.controller
    if owner is None or owner.uid == stateful.metadata.uid:
        return False
    group = owner.api_version.partition("/")[0]
    return (owner.kind, owner.name) == (STATEFULSETS.name, stateful.metadata.name) and group in ("apps", "")


def _pods_of(objects: SetObjects) -> Iterable[tuple[str, Pod]]:
    """Pods by name.

    Those of the watch take precedence over those read by name some time ago.
    """
    if not objects.named_pods:
        return objects.pods.items()
    named = {name: pod for name, pod in objects.named_pods.items() if pod.metadata.uid}
    return {**named, **objects.pods}.items()


def _place(pod: Pod, expected: bool, stateful: StatefulSet) -> Place | None:
    owner = pod.metadata.controller
    if owner is not None and owner.uid == stateful.metadata.uid:
        return Place.EXPECTED if expected else Place.SURPLUS
    if owner is None and stateful.spec.selector.matches(pod.metadata.labels):
        return Place.ORPHANED
    return Place.FOREIGN if expected else None

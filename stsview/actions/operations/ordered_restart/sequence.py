"""The pods of an ordered restart, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from stsview.actions.intents import Order, OrderedRestart
from stsview.actions.operations.ordered_restart.journal import Current
from stsview.actions.plan import PodStep
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.pod_checks import pod_of
from stsview.actions.requests.pod_gone import is_gone_or_terminating
from stsview.model.names import listed, pod_name
from stsview.model.views import OrdinalView, Place


class Sequence(msgspec.Struct, frozen=True):
    pod_steps: tuple[PodStep, ...]
    fault: str = ""
    """Why the intent names no valid sequence of pods; empty where it does."""


def sequence(fresh: FreshState, intent: OrderedRestart, current: Current | None) -> Sequence:
    """Order the pods.

    `current`: the pod in progress in the restart to resume; its replacement comes first.
    """
    rows = {row.ordinal: row for row in fresh.view.ordinals if row.place is Place.EXPECTED}
    if fault := _fault(fresh, intent, rows):
        return Sequence((), fault)
    pod_steps = [_pod_step(fresh, rows[ordinal], current) for ordinal in _ordered(intent, rows)]
    if absent := [pod_step.pod for pod_step in pod_steps if not pod_step.uid]:
        return Sequence((), f"there is no pod {listed(absent)} to restart")
    if not pod_steps:
        return Sequence((), "the StatefulSet has no pods")
    return Sequence(
        tuple(sorted(pod_steps, key=lambda pod_step: (not pod_step.gone, has_label(fresh, pod_step.pod, intent.last))))
    )


def has_label(fresh: FreshState, pod: str, wanted: str) -> bool:
    """Whether the pod has a label, given as `label` or `label=value`."""
    label, equals, value = wanted.partition("=")
    seen = pod_of(fresh, pod)
    if not label or seen is None:
        return False
    labels = seen.metadata.labels
    return labels.get(label) == value if equals else label in labels


def _ordered(intent: OrderedRestart, rows: Mapping[int, OrdinalView]) -> list[int]:
    chosen = list(intent.only or rows)
    if intent.order is Order.LISTED:
        return chosen
    return sorted(chosen, reverse=intent.order is Order.HIGHEST_FIRST)


def _fault(fresh: FreshState, intent: OrderedRestart, rows: Mapping[int, OrdinalView]) -> str:
    if intent.order is Order.LISTED and not intent.only:
        return "the order 'listed' needs a list of ordinals"
    twice = [pod_name(intent.set.name, ordinal) for ordinal, times in Counter(intent.only).items() if times > 1]
    if twice:
        return f"{listed(twice)} {'is' if len(twice) == 1 else 'are'} listed twice"
    unknown = [str(ordinal) for ordinal in intent.only if ordinal not in rows]
    if unknown:
        start, last = fresh.view.start, fresh.view.start + fresh.view.replicas - 1
        have = f"the ordinals are {start} to {last}" if last > start else f"the only one is {start}" if rows else "none"
        return f"there is no ordinal {listed(unknown)}: {have}"
    return ""


def _pod_step(fresh: FreshState, row: OrdinalView, current: Current | None) -> PodStep:
    uid = row.uid or ""
    begun = current is not None and (current.name, current.ordinal) == (row.name, row.ordinal)
    if (
        current is not None
        and begun
        and (uid != current.uid or is_gone_or_terminating(pod_of(fresh, row.name), current.uid))
    ):
        return PodStep(row.name, row.ordinal, current.uid, row.comes_back_on, gone=True)
    return PodStep(row.name, row.ordinal, uid, row.comes_back_on)

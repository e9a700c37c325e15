"""Which pods an ordered restart takes, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from stsview.actions.intents import Order, OrderedRestart
from stsview.actions.operations.ordered_restart.journal import Current
from stsview.actions.plan import PodStep
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.pod_checks import pod_of
from stsview.actions.requests.pod_gone import is_gone_or_terminating
from stsview.model.names import listed, pod_name
from stsview.model.views import OrdinalView, Place


@dataclass(frozen=True, slots=True)
class Sequence:
    pod_steps: tuple[PodStep, ...]
    wrong: str = ""
    """Why what was asked for is no sequence of pods; empty where it is one."""


def sequence(found: FreshState, intent: OrderedRestart, current: Current | None) -> Sequence:
    """`current`: what was under way in the restart that this one goes on with; its successor is waited for first."""
    rows = {row.ordinal: row for row in found.view.ordinals if row.place is Place.EXPECTED}
    if wrong := _wrong(found, intent, rows):
        return Sequence((), wrong)
    pod_steps = [_pod_step(found, rows[ordinal], current) for ordinal in _ordered(intent, rows)]
    if absent := [pod_step.pod for pod_step in pod_steps if not pod_step.uid]:
        return Sequence((), f"there is no pod {listed(absent)} to restart")
    if not pod_steps:
        return Sequence((), "it has no pods")
    return Sequence(
        tuple(sorted(pod_steps, key=lambda pod_step: (not pod_step.gone, goes_last(found, pod_step.pod, intent.last))))
    )


def goes_last(found: FreshState, pod: str, last: str) -> bool:
    """Whether it has the label `last`: `label` or `label=value`."""
    label, equals, value = last.partition("=")
    seen = pod_of(found, pod)
    if not label or seen is None:
        return False
    labels = seen.metadata.labels
    return labels.get(label) == value if equals else label in labels


def _ordered(intent: OrderedRestart, rows: Mapping[int, OrdinalView]) -> list[int]:
    chosen = list(intent.only or rows)
    if intent.order is Order.LISTED:
        return chosen
    return sorted(chosen, reverse=intent.order is Order.HIGHEST_FIRST)


def _wrong(found: FreshState, intent: OrderedRestart, rows: Mapping[int, OrdinalView]) -> str:
    if intent.order is Order.LISTED and not intent.only:
        return "an order that is listed takes a list of ordinals"
    twice = [pod_name(intent.set.name, ordinal) for ordinal, times in Counter(intent.only).items() if times > 1]
    if twice:
        return f"{listed(twice)} {'is' if len(twice) == 1 else 'are'} named twice"
    strange = [str(ordinal) for ordinal in intent.only if ordinal not in rows]
    if strange:
        start, last = found.view.start, found.view.start + found.view.replicas - 1
        have = (
            f"its ordinals go from {start} to {last}" if last > start else f"it has {start} alone" if rows else "none"
        )
        return f"it has no ordinal {listed(strange)}: {have}"
    return ""


def _pod_step(found: FreshState, row: OrdinalView, current: Current | None) -> PodStep:
    uid = row.uid or ""
    begun = current is not None and (current.name, current.ordinal) == (row.name, row.ordinal)
    if (
        current is not None
        and begun
        and (uid != current.uid or is_gone_or_terminating(pod_of(found, row.name), current.uid))
    ):
        return PodStep(row.name, row.ordinal, current.uid, row.comes_back_on, gone=True)
    return PodStep(row.name, row.ordinal, uid, row.comes_back_on)

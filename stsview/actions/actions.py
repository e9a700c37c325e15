"""All actions, a line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stsview.actions import delete_pod, nudge, scale
from stsview.actions.intent import DeletePod, Intent, Nudge, Scale
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.cluster.session import Session
from stsview.model.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Action:
    gather: Callable[[Session, Any, ModelSettings], Awaitable[Any]]
    """All reading; raises `Refused` and `ClusterError`."""
    plan: Callable[[Any, Any, Policy], Plan]
    """From what was gathered to the plan; pure."""
    done: Callable[[Session, Plan], Awaitable[bool]]
    """Whether what the plan asked for has been done, for when no answer came; raises `Refused` and `ClusterError`."""
    seconds: float = 900.0
    """How long the follow-up waits for the goal where nobody says otherwise."""


ACTIONS: Mapping[type[Intent], Action] = {
    Scale: Action(scale.gather, scale.plan, scale.done),
    DeletePod: Action(delete_pod.gather, delete_pod.plan, delete_pod.done),
    Nudge: Action(nudge.gather, nudge.plan, nudge.done, 120.0),
}

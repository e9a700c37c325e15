"""All actions, a line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stsview.actions import delete_pod, force_delete, nudge, scale
from stsview.actions.intent import DeletePod, ForceDelete, Intent, Nudge, Scale
from stsview.actions.kubelet import APART_SECONDS
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
    still: Callable[[Session, Plan], Awaitable[str]] | None = None
    """A last look, just before each sending: why it is not to be sent any more, empty where it may be. For what no
    precondition of a request can say; raises `ClusterError`."""
    gather_seconds: float = 0.0
    """How long `gather` takes at least, where it has to look at something twice."""


ACTIONS: Mapping[type[Intent], Action] = {
    Scale: Action(scale.gather, scale.plan, scale.done),
    DeletePod: Action(delete_pod.gather, delete_pod.plan, delete_pod.done),
    ForceDelete: Action(
        force_delete.gather,
        force_delete.plan,
        force_delete.done,
        force_delete.FOLLOW_SECONDS,
        force_delete.still,
        APART_SECONDS,
    ),
    Nudge: Action(nudge.gather, nudge.plan, nudge.done, 120.0),
}

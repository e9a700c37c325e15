"""Pods in trouble, for tests of rules about them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from stsview.objects.meta import Present
from stsview.objects.pod import Pod
from tests.support.model.build import condition, pod, waiting


def with_condition(made: Pod, type_: str, status: str, *, since: float = 0, reason: str = "", message: str = "") -> Pod:
    """The pod with one condition replaced."""
    kept = [one for one in made.status.conditions if one.type != type_]
    conditions = (*kept, condition(type_, status, since, reason, message))
    return replace(made, status=replace(made.status, conditions=conditions))


def with_spec(made: Pod, **fields: Any) -> Pod:
    return replace(made, spec=replace(made.spec, **fields))


def probed(made: Pod, **probes: bool) -> Pod:
    """The pod with probes on its container: `readiness_probe`, `startup_probe`."""
    (container,) = made.spec.containers
    return with_spec(made, containers=(replace(container, **{name: Present() for name, on in probes.items() if on}),))


def pulling(ordinal: int, reason: str = "ImagePullBackOff", message: str = "", **more: Any) -> Pod:
    return pod(ordinal, phase="Pending", ready="False", ready_since=40, containers=[waiting(reason, message)], **more)


def unscheduled(ordinal: int, message: str = "", *, reason: str = "Unschedulable", **more: Any) -> Pod:
    """A pod without a node; with an empty reason the scheduler has not reported on it."""
    conditions = [condition("PodScheduled", "False", 20, reason, message)] if reason else []
    return pod(ordinal, phase="Pending", node="", ready="False", containers=(), conditions=conditions, **more)

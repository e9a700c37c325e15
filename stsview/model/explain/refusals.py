"""What the API server refused the StatefulSet controller, as far as its events tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import one_line
from stsview.objects.event import Event
from stsview.objects.kinds import STATEFULSETS

_CREATION = re.compile(
    r"create (?:Pod (?P<pod>\S+)|Claim (?P<claim>\S+) for Pod (?P<of>\S+)) in StatefulSet \S+ "
    r"failed error: (?P<error>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""stateful_pod_control.go, recordPodEvent and recordClaimEvent; a combined event has words of its own before it."""

_FORBIDDEN = re.compile(r"\S+ \"[^\"]*\" is forbidden: ")
"""What the API server puts before the reason: the resource and the name, which are known anyway."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last word on the creation of one pod, or of a claim that it needs."""

    event: Event
    error: str
    """One line: what the API server answered, without the name of what it refused."""
    claim: str = ""
    """The claim that was refused; empty where it was the pod."""


def refusals_of(objects: SetObjects) -> Mapping[str, Refusal]:
    """By name of the pod that is not created for it, whether it has been created since or not.

    The controller reports each failed attempt, but for a name that is taken (stateful_pod_control.go,
    CreateStatefulPod), and tries again after a time that doubles, up to 17 minutes.
    """
    found = {}
    for event in objects.events:
        if event.reason != "FailedCreate" or event.involved_object.kind != STATEFULSETS.name:
            continue
        told = _CREATION.search(event.message)
        if told is not None:
            error = _FORBIDDEN.sub("", one_line(told["error"]), count=1)
            found[told["pod"] or told["of"]] = Refusal(event, error, told["claim"] or "")
    return found

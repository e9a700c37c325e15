"""Refusals of the API server to create pods and claims, from events."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import one_line
from stsview.objects.event import Event
from stsview.objects.kinds import STATEFULSETS

_CREATION = re.compile(
    r"create (?:Pod (?P<pod>\S+)|Claim (?P<claim>\S+) for Pod (?P<of>\S+)) in StatefulSet \S+ "
    r"failed error: (?P<error>.+)",
    re.IGNORECASE | re.DOTALL,
)
"""stateful_pod_control.go, recordPodEvent and recordClaimEvent; a combined event has a prefix before it."""

_FORBIDDEN = re.compile(r"\S+ \"[^\"]*\" is forbidden: ")
"""What the API server puts before the reason: the resource and the name, which are known already."""


TOO_LONG = re.compile(r"must be no more than 63 (?:characters|bytes)")
"""k8s.io/apimachinery/pkg/util/validation, IsValidLabelValue."""

NAMESPACE_TERMINATING = re.compile(r"unable to create new content in namespace \S+ because it is being terminated")
"""plugin/pkg/admission/namespace/lifecycle/admission.go."""

LONGEST_SET_NAME = 52
"""Characters of a set's name beyond which the name of its revision is no label value any more."""


def set_name_too_long_for(error: str, set_name: str) -> bool:
    """Whether a pod was refused because the name of its set is too long."""
    return len(set_name) > LONGEST_SET_NAME and TOO_LONG.search(error) is not None


class Refusal(Record, frozen=True):
    """The latest refusal to create one pod, or a claim that it needs."""

    event: Event
    error: str
    """One line: the answer of the API server, without the name of the object."""
    claim: str = ""
    """The refused claim; empty where the pod was refused."""


def refusals_of(objects: SetObjects) -> Mapping[str, Refusal]:
    """Refusals by name of the pod, whether it has been created since or not.

    The controller reports each failed attempt, except for a name that is taken (stateful_pod_control.go,
    CreateStatefulPod), and retries with back-off up to 17 minutes.
    """
    found = {}
    for event in objects.events:
        if event.reason != "FailedCreate" or event.involved_object.kind != STATEFULSETS.name:
            continue
        match = _CREATION.search(event.message)
        if match is not None:
            error = _FORBIDDEN.sub("", one_line(match["error"]), count=1)
            found[match["pod"] or match["of"]] = Refusal(event, error, match["claim"] or "")
    return found

"""Label selectors of workloads, evaluated by the program's own structs."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import LabelSelector
from stsview.simulator.apiserver.wire import Object


def matches_selector(selector: Object | None, obj: Object) -> bool:
    """Whether an object's labels match a metav1.LabelSelector.

    An empty one matches everything.
    """
    return msgspec.convert(selector or {}, LabelSelector).matches(obj["metadata"].get("labels") or {})


def matches_labels(wanted: dict[str, str], obj: Object) -> bool:
    """Whether an object has all of the `wanted` labels, as a Service selects.

    An empty selector selects nothing.
    """
    labels = obj["metadata"].get("labels") or {}
    return bool(wanted) and all(labels.get(name) == value for name, value in wanted.items())

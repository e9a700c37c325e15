"""Label selectors of workloads, as the program's own structs know them."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import LabelSelector
from stsview.simulator.apiserver.wire import Object


def matches_selector(selector: Object | None, obj: Object) -> bool:
    """Whether the object's labels satisfy a metav1.LabelSelector; an empty one is satisfied by everything."""
    return msgspec.convert(selector or {}, LabelSelector).matches(obj["metadata"].get("labels") or {})


def matches_labels(wanted: dict[str, str], obj: Object) -> bool:
    """Whether the object carries all of `wanted`, as a Service selects; nothing wanted selects nothing."""
    labels = obj["metadata"].get("labels") or {}
    return bool(wanted) and all(labels.get(name) == value for name, value in wanted.items())

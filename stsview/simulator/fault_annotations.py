"""Annotations that make simulated objects fail, also while the cluster runs.

On a pod, and so in a set's pod template:

| annotation (`simulator.stsview.io/…`) | effect on the pod |
| --- | --- |
| `image-pull: fail` | its images cannot be pulled |
| `crash: "1"` | its containers exit with this code soon after each start |
| `unready: "true"` | runs, and is never Ready |
| `pending: "true"` | fits on no node |
| `stuck: "true"` | never terminates: its kubelet does not confirm the deletion |
| `unmount: stuck` | terminates, but a volume is never unmounted, so its deletion is not confirmed |
| `ready-after: "20"`, `stop-after: "12"` | seconds until it is Ready, and until it terminates |

`…-ordinals: "1,3"` limits each of the first six to some ordinals. On a PersistentVolumeClaim, `provision: refuse` or
`provision: never`.
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import ordinal_of

PREFIX = "simulator.stsview.io/"


def value(obj: Object, name: str) -> str:
    """The value of an annotation above, or empty.

    Empty also when the annotation is limited to other ordinals, or is `false`.
    """
    annotations = obj["metadata"].get("annotations")
    if not annotations:
        return ""
    value: str = annotations.get(PREFIX + name, "")
    if not value or value == "false":
        return ""
    ordinals = annotations.get(f"{PREFIX}{name}-ordinals")
    if ordinals and str(ordinal_of(obj)) not in ordinals.replace(" ", "").split(","):
        return ""
    return value


def seconds(obj: Object, name: str, default: float) -> float:
    """An annotation as seconds, or `default`."""
    try:
        return max(0.0, float(value(obj, name) or default))
    except ValueError:
        return default


def crash_code(pod: Object) -> int | None:
    """The exit code with which the pod's containers fail, or None."""
    code = value(pod, "crash")
    if not code:
        return None
    return int(code) if code.isdecimal() and int(code) else 1

"""How objects of a scenario, or of a rehearsal, are told to misbehave: annotations, which can be set while it runs.

On a pod, and so in a set's pod template:

| annotation (`simulator.stsview.io/…`) | the pod |
| --- | --- |
| `image-pull: fail` | its images cannot be pulled |
| `crash: "1"` | its containers exit with this code soon after they start, again and again |
| `unready: "true"` | runs, and is never ready |
| `pending: "true"` | fits on no node |
| `stuck: "true"` | never ends: no kubelet confirms its deletion |
| `unmount: stuck` | ends, but a volume is never unmounted, so its deletion is not confirmed |
| `ready-after: "20"`, `stop-after: "12"` | takes so many seconds to become ready, to end |

Each of the first six is limited to some ordinals by `…-ordinals: "1,3"`. On a claim, `provision: refuse` or
`provision: never`.
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import ordinal_of

PREFIX = "simulator.stsview.io/"


def value(obj: Object, name: str) -> str:
    """The value of one of the annotations above; empty where it is absent or meant for other ordinals."""
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
    try:
        return max(0.0, float(value(obj, name) or default))
    except ValueError:
        return default


def crash_code(pod: Object) -> int | None:
    """The exit code with which the pod's containers are to fail; None where they are sound."""
    told = value(pod, "crash")
    if not told:
        return None
    return int(told) if told.isdecimal() and int(told) else 1

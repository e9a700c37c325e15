"""Annotations that make simulated objects fail, also while the cluster runs.

On a pod, and so in a set's pod template:

| annotation (`simulator.stsview.io/…`) | effect on the pod |
| --- | --- |
| `image-pull: fail` | its images cannot be pulled |
| `crash: "1"` | its containers exit with this code soon after each start |
| `init-crash: "1"` | its init containers exit with this code at the end of each run |
| `unready: "true"` | runs, and is never Ready: its readiness probes fail |
| `liveness: fail` | its liveness probes fail: containers are killed and restarted |
| `startup: fail` | its startup probes fail: containers never start, are killed and restarted |
| `pending: "true"` | fits on no node |
| `stuck: "true"` | never terminates: its kubelet does not confirm the deletion |
| `unmount: stuck` | terminates, but a volume is never unmounted, so its deletion is not confirmed |
| `ready-after: "20"`, `stop-after: "12"` | seconds until it is Ready, and until it terminates |
| `fill: "2000000"` | its containers write so many bytes a second to their PVCs, and exit when one is full |
| `leak: "150000"` | its containers with a memory limit take so many bytes a second more, and are OOM-killed there |

`…-ordinals: "1,3"` limits each of the first nine, `fill` and `leak` to some ordinals, `…-containers: "a,b"` limits
`image-pull`, `crash`, `init-crash`, `unready`, `liveness`, `startup`, `fill` and `leak` to some containers. Sidecars
crash and fail probes only where these name them.

On a PersistentVolumeClaim, `provision: refuse` or `provision: never`. On a StorageClass or a PersistentVolumeClaim,
`expand` is how the driver expands volumes, and `expand-limit` up to which size
(`stsview.simulator.controllers.resizing.drivers`). On a Service, with `dns-cache: "kafka-0=10.9.9.9 kafka-1="` DNS
answers these host names from a cache, the second with no address.
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import ordinal_of

PREFIX = "simulator.stsview.io/"


def value(obj: Object, name: str, container: str = "") -> str:
    """The value of an annotation above, or empty.

    Empty also when the annotation is limited to other ordinals or containers, or is `false`.
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
    containers = _containers(obj, name)
    if container and containers and container not in containers:
        return ""
    return value


def names_container(obj: Object, name: str, container: str) -> bool:
    """Whether an annotation above is limited to some containers, and this is one of them."""
    return container in _containers(obj, name)


def _containers(obj: Object, name: str) -> list[str]:
    text: str = (obj["metadata"].get("annotations") or {}).get(f"{PREFIX}{name}-containers", "")
    return text.replace(" ", "").split(",") if text else []


def seconds(obj: Object, name: str, default: float, container: str = "") -> float:
    """An annotation as seconds, or another number; `default` without it."""
    try:
        return max(0.0, float(value(obj, name, container) or default))
    except ValueError:
        return default


def crash_code(pod: Object, name: str = "crash", container: str = "") -> int | None:
    """The exit code with which the pod's containers fail, or None; with `init-crash`, that of an init container."""
    code = value(pod, name, container)
    if not code:
        return None
    return int(code) if code.isdecimal() and int(code) else 1

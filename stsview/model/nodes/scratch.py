"""What pods keep on their node: `emptyDir` volumes, which a drain deletes, and `hostPath` volumes, which stay there.

Documentation: "Volumes"; kubectl refuses to evict a pod with an `emptyDir` volume without `--delete-emptydir-data`
(kubectl/pkg/drain/filters.go, localStorageFilter).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from stsview.model.base import Record
from stsview.model.names import listed, one_line
from stsview.objects.pod import Pod

_OF_EVERY_NODE = ("/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/lib/modules", "/usr")
"""Folders that every node has of its own, which pods read to see the node."""


class Scratch(Record, frozen=True):
    """Volumes of the same name, in the pods of one set on a node."""

    decisive: bool
    """Whether the pods may need what is in it: that is not known."""
    text: str
    """One fact, on one line."""


def needs_option(pod: Pod) -> bool:
    """Whether kubectl evicts the pod only with `--delete-emptydir-data`."""
    finished = pod.status.phase in ("Succeeded", "Failed")
    return not finished and any(volume.empty_dir is not None for volume in pod.spec.volumes)


def scratch_of(pods: Iterable[Pod]) -> Iterator[Scratch]:
    """What the pods of one set lose with their node.

    Data in an `emptyDir` of a pod that has a PVC as well is taken for scratch data, as every update of the pod deletes
    it too. Without a PVC it may be all that the pod has.
    """
    empty: dict[tuple[str, bool], list[str]] = defaultdict(list)
    host: dict[str, list[str]] = defaultdict(list)
    for pod in pods:
        volumes, name = pod.spec.volumes, pod.metadata.name
        keeps = any(volume.persistent_volume_claim is not None for volume in volumes)
        if scratch := [one_line(volume.name) for volume in volumes if volume.empty_dir is not None]:
            empty[listed(scratch), keeps].append(name)
        for volume in volumes:
            if volume.host_path is not None and not _of_every_node(volume.host_path.path):
                host[one_line(volume.host_path.path)].append(name)
    for (volume_names, keeps), names in empty.items():
        text = f"{listed(names)}: emptyDir {volume_names} is deleted"
        if keeps:
            yield Scratch(False, f"{text}, as in every update")
        else:
            yield Scratch(True, f"{text}, and there is no PVC: whether that data is needed is unknown")
    for path, names in host.items():
        pod_word = "the replacement needs" if len(names) == 1 else "the replacements need"
        text = f"{listed(names)}: hostPath {path} stays on the node: whether {pod_word} it is unknown"
        yield Scratch(True, text)


def _of_every_node(path: str) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in _OF_EVERY_NODE)

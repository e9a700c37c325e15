"""How full the volumes of claims are, and containers that fill theirs."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from stsview.clock import Clock
from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.quantities import in_bytes

_LEAST, _MOST = 18, 71
"""Percent of a volume that holds data."""
_BYTES_PER_INODE = 16384
"""The inode ratio of mkfs.ext4 (mke2fs.conf)."""
_BYTES_PER_FILE = 8 * 1024 * 1024


@dataclass
class _Filling:
    """What containers wrote to a volume."""

    used: int
    """Bytes at `since`."""
    rate: float = 0.0
    """Bytes a second since then."""
    since: float = 0.0
    """Monotonic seconds."""

    def at(self, now: float) -> int:
        return self.used + int(self.rate * (now - self.since))


@dataclass(frozen=True)
class VolumeStats:
    """The file system of one claim."""

    claim: str
    """Its name."""
    volume: str
    """The name of the volume in the pod."""
    size: int
    """Bytes."""
    used: int
    """Bytes."""

    @property
    def inodes(self) -> int:
        return self.size // _BYTES_PER_INODE

    @property
    def inodes_used(self) -> int:
        return min(self.inodes, 11 + self.used // _BYTES_PER_FILE)


class VolumeUsage:
    """The usage of all claims. Data stays on the volume when its pod is replaced."""

    def __init__(self, informers: Informers, clock: Clock) -> None:
        self._informers = informers
        self._clock = clock
        self._fillings: dict[str, _Filling] = {}
        """By the uid of the claim."""
        informers.claims.add_event_handler(self._on_claim)

    def of(self, claim: Object) -> tuple[int, int]:
        """The size of the claim's volume, and the bytes used of it."""
        metadata = claim["metadata"]
        capacity = (claim.get("status") or {}).get("capacity") or claim["spec"]["resources"]["requests"]
        size = in_bytes(capacity["storage"])
        if (filling := self._fillings.get(metadata["uid"])) is not None:
            used = filling.at(self._clock.monotonic())
            # Waits end a little early; less than a millisecond's bytes are no room.
            return size, size if size - used <= filling.rate / 1000 else used
        number = int.from_bytes(sha256(f"{metadata['namespace']}/{metadata['name']}".encode()).digest()[:4])
        return size, size * (_LEAST + number % (_MOST - _LEAST)) // 100

    def of_pod(self, pod: Object) -> list[VolumeStats]:
        """The volumes of the pod's claims, in the order of its volumes."""
        found = []
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
            claim = self._informers.claims.get(pod["metadata"]["namespace"], name)
            if claim is not None:
                found.append(VolumeStats(name, volume["name"], *self.of(claim)))
        return found

    def seconds_until_full(self, pod: Object, container: Object) -> float | None:
        """When the fullest volume that the container fills is full; 0 if it is, None if it fills none."""
        rate = fill_rate(pod, container["name"])
        left = [(size - used) / rate for size, used in map(self.of, self._claims(pod, container))] if rate else []
        return min(left, default=None)

    def set_rate(self, pod: Object, container: Object, rate: float) -> None:
        """Let the container write `rate` bytes a second to each of its claims; 0 when it ends."""
        now = self._clock.monotonic()
        for claim in self._claims(pod, container):
            uid = claim["metadata"]["uid"]
            if rate or uid in self._fillings:
                self._fillings[uid] = _Filling(self.of(claim)[1], rate, now)

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        """A larger file system holds what the smaller one did."""
        if before is None or after is None or before["metadata"]["uid"] in self._fillings:
            return
        had, has = ((one.get("status") or {}).get("capacity") for one in (before, after))
        if had and has and had != has:
            self._fillings[before["metadata"]["uid"]] = _Filling(self.of(before)[1])

    def _claims(self, pod: Object, container: Object) -> list[Object]:
        mounted = {one["name"] for one in container.get("volumeMounts") or ()}
        names = [
            (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
            for volume in pod["spec"].get("volumes") or ()
            if volume["name"] in mounted
        ]
        found = [self._informers.claims.get(pod["metadata"]["namespace"], name) for name in names if name]
        return [claim for claim in found if claim is not None]


def fill_rate(pod: Object, container: str) -> float:
    """Bytes a second that the container writes to its claims; 0 without the annotation."""
    return fault_annotations.seconds(pod, "fill", 0.0, container)

"""The first sightings of every set, from one derivation to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from stsview.model.base import Record
from stsview.model.packing import Packing
from stsview.model.timing.sightings import Token
from stsview.objects.meta import Key


class _Held(Record, frozen=True):
    uid: str
    """Of the set."""
    sightings: list[tuple[tuple[Any, ...], datetime]]


class HeldSightings:
    """Sightings by set. Those of a former set of the same name, by uid, count for nothing."""

    def __init__(self) -> None:
        self._packing: Packing[_Held] = Packing(_Held)
        self._held: dict[Key, bytes | _Held] = {}

    def of(self, key: Key, uid: str) -> Mapping[Token, datetime]:
        """The sightings of a set; empty when there are none."""
        held = self._held.get(key)
        if held is None:
            return {}
        former = self._packing.unpack(held)
        return dict(former.sightings) if former.uid == uid else {}

    def keep(self, key: Key, uid: str, sightings: Mapping[Token, datetime]) -> None:
        """Replace those of a set."""
        if sightings:
            self._held[key] = self._packing.pack(_Held(uid, list(sightings.items())))
        else:
            self.forget(key)

    def forget(self, key: Key) -> None:
        self._held.pop(key, None)

    def copy(self) -> HeldSightings:
        """The same sightings, independent of what happens to these."""
        other = HeldSightings()
        # Packed values stay readable: their dictionaries are only added to.
        other._packing, other._held = self._packing, dict(self._held)
        return other

    def limit(self, now: datetime) -> Iterator[Key]:
        """Move sightings after `now` to `now`; the keys of the sets that have any."""
        for key, held in self._held.items():
            former = self._packing.unpack(held)
            if any(at > now for _, at in former.sightings):
                # Replacing the value of a key does not disturb the iteration.
                limited = [(token, min(at, now)) for token, at in former.sightings]
                self._held[key] = self._packing.pack(_Held(former.uid, limited))
                yield key

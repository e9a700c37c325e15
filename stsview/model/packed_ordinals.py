"""The ordinals of a set that is not looked at, as a few bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from stsview.model.base import Record
from stsview.model.packing import Packing
from stsview.model.views import OrdinalView

_RECENT = 256
"""Sets whose ordinals are held decoded too: those in sight are drawn again and again."""


class Whereabouts(Record, frozen=True):
    """Where the ordinals of a set are, each name once."""

    nodes: tuple[str, ...]
    zones: tuple[str, ...]
    classes: tuple[str, ...]
    """StorageClasses of their PVCs, the default one included."""


def whereabouts(ordinals: Iterable[OrdinalView]) -> Whereabouts:
    """Of a packed set without decoding its ordinals: a filter asks all sets of the fleet at each key."""
    return ordinals.whereabouts if isinstance(ordinals, PackedOrdinals) else _whereabouts(tuple(ordinals))


def _whereabouts(ordinals: Sequence[OrdinalView]) -> Whereabouts:
    classes = [claim.storage_class or claim.class_state.name for row in ordinals for claim in row.all_claims]
    return Whereabouts(
        _distinct([row.node for row in ordinals]),
        _distinct([row.node_state.zone for row in ordinals]),
        _distinct(classes),
    )


def _distinct(names: list[str]) -> tuple[str, ...]:
    return tuple([sys.intern(name) for name in dict.fromkeys(names) if name])


class OrdinalsPacking:
    """Packs the ordinals of sets."""

    def __init__(self) -> None:
        self._packing: Packing[tuple[OrdinalView, ...]] = Packing(tuple[OrdinalView, ...])
        self._recent: dict[bytes, tuple[OrdinalView, ...]] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Zones and classes, which are the same in many sets."""

    def pack(self, ordinals: Sequence[OrdinalView]) -> Sequence[OrdinalView]:
        """The same ordinals in a few bytes; in the rare case that they cannot be packed, as they are."""
        packed = self._packing.pack(tuple(ordinals))
        if not isinstance(packed, bytes):
            return ordinals
        where = _whereabouts(ordinals)
        zones, classes = (self._names.setdefault(names, names) for names in (where.zones, where.classes))
        return PackedOrdinals(packed, self, Whereabouts(where.nodes, zones, classes))

    def peek(self, packed: bytes) -> tuple[OrdinalView, ...]:
        """As `unpack`, but without holding them decoded."""
        return self._recent.get(packed) or self._packing.unpack(packed)

    def unpack(self, packed: bytes) -> tuple[OrdinalView, ...]:
        found = self._recent.get(packed)
        if found is None:
            found = self._packing.unpack(packed)
            if len(self._recent) >= _RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[packed] = found
        return found


class PackedOrdinals(Sequence[OrdinalView]):
    """An immutable sequence, equal to a tuple of the same ordinals. They are decoded at each use."""

    __slots__ = ("_packed", "_packing", "whereabouts")

    def __init__(self, packed: bytes, packing: OrdinalsPacking, whereabouts: Whereabouts) -> None:
        self._packed = packed
        self._packing = packing
        self.whereabouts = whereabouts

    @overload
    def __getitem__(self, index: int) -> OrdinalView: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[OrdinalView, ...]: ...
    def __getitem__(self, index: int | slice) -> OrdinalView | tuple[OrdinalView, ...]:
        return self._packing.unpack(self._packed)[index]

    def __iter__(self) -> Iterator[OrdinalView]:
        return iter(self._packing.unpack(self._packed))

    def __len__(self) -> int:
        return len(self._packing.unpack(self._packed))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedOrdinals):
            return self._packed == other._packed or unpacked(self) == unpacked(other)
        return unpacked(self) == other if isinstance(other, tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def peek(self) -> tuple[OrdinalView, ...]:
        return self._packing.peek(self._packed)


def unpacked(ordinals: Sequence[OrdinalView]) -> tuple[OrdinalView, ...]:
    """The ordinals of a set that is not looked at, for a single use."""
    return ordinals.peek() if isinstance(ordinals, PackedOrdinals) else tuple(ordinals)

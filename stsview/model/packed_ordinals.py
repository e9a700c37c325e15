"""The ordinals of a set that is not looked at, as a few bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from stsview.model.packing import Packing
from stsview.model.views import OrdinalView

_RECENT = 256
"""Sets whose ordinals are held decoded too: those in sight are drawn again and again."""


class OrdinalsPacking:
    """Packs the ordinals of sets."""

    def __init__(self) -> None:
        self._packing: Packing[tuple[OrdinalView, ...]] = Packing(tuple[OrdinalView, ...])
        self._recent: dict[bytes, tuple[OrdinalView, ...]] = {}

    def pack(self, ordinals: Sequence[OrdinalView]) -> Sequence[OrdinalView]:
        """The same ordinals in a few bytes; in the rare case that they cannot be packed, as they are."""
        packed = self._packing.pack(tuple(ordinals))
        return PackedOrdinals(packed, self) if isinstance(packed, bytes) else ordinals

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

    __slots__ = ("_packed", "_packing")

    def __init__(self, packed: bytes, packing: OrdinalsPacking) -> None:
        self._packed = packed
        self._packing = packing

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

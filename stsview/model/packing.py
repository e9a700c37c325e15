"""Objects, and what is derived from them, as a few bytes each, decoded when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

_SAMPLES = 32
_DICTIONARIES_AT = (64, 2_048, 65_536)
"""After how many more objects a dictionary is made of samples of them. The first of a list are of one namespace, and
similar to each other; later ones tell more of a cluster."""
_LARGEST_SAMPLE = 4_096
"""Bytes of a sample that are used: a single large object must not fill the dictionary."""


class Packing(Generic[T]):
    """Packs and unpacks values of one type; a value that was packed equals the one that is unpacked.

    Objects of one kind have most of their bytes in common: names of fields, labels, images, conditions. So they are
    compressed with a dictionary of other objects of their kind (RFC 8878, section 5, raw content), which leaves one or
    two hundred bytes of each. In contrast to structs, bytes cost the garbage collector nothing.
    """

    def __init__(self, type_: type[T]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(type_).decode
        self._compress: Callable[[bytes], bytes] = bytes
        self._decompress: list[Callable[[bytes], bytes]] = [bytes]
        """By the first byte of what is packed: the dictionary that it was packed with, 0 for none."""
        self._mark = b"\0"
        self._samples: list[bytes] = []
        self._sample_every = max(1, _DICTIONARIES_AT[0] // _SAMPLES)
        self._until_sample = self._sample_every

    def pack(self, found: T) -> bytes | T:
        """The bytes of `found`; `found` itself in the rare case that it has no such bytes.

        Equal objects may be packed into different bytes; equal bytes are of equal objects.
        """
        try:
            data = self._encode(found)
        except (OverflowError, UnicodeEncodeError):  # integers beyond 64 bits
            return found
        self._until_sample -= 1
        if not self._until_sample:
            self._learn(data)
        return self._mark + self._compress(data)

    def unpack(self, packed: bytes | T) -> T:
        if not isinstance(packed, bytes):
            return packed
        return self._decode(self._decompress[packed[0]](packed[1:]))

    def _learn(self, data: bytes) -> None:
        self._samples.append(data[:_LARGEST_SAMPLE])
        if len(self._samples) == _SAMPLES:
            self._add_dictionary()
        self._until_sample = self._sample_every

    def _add_dictionary(self) -> None:
        import zstandard

        content = zstandard.ZstdCompressionDict(b"".join(self._samples), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        content.precompute_compress(level=1)
        compressor = zstandard.ZstdCompressor(level=1, dict_data=content)
        self._compress = compressor.compress
        self._decompress.append(zstandard.ZstdDecompressor(dict_data=content).decompress)
        made = len(self._decompress) - 1
        self._mark = bytes((made,))
        self._samples.clear()
        # After the last dictionary it never counts down to 0.
        self._sample_every = max(1, _DICTIONARIES_AT[made] // _SAMPLES) if made < len(_DICTIONARIES_AT) else 0

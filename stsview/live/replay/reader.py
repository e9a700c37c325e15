"""Reading of recordings: line by line, from any place that was passed before."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from stsview.live.errors import CannotStart
from stsview.live.recording.lines import VERSION, Header, Line
from stsview.program_name import program_name

_CHUNK = 65_536
"""Bytes that are read of the file at a time."""

_GZIP = 31
"""For zlib: a gzip header, and the largest window (RFC 1952)."""

_MOST_BYTES = 64_000_000
"""Upper bound of a line: an object is 1.5 MB at most (etcd, --max-request-bytes)."""

_HEADER = msgspec.json.Decoder(Header)
_LINE = msgspec.json.Decoder(Line)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, /) -> bytes: ...

    def copy(self) -> _Inflater: ...


class Place(msgspec.Struct, frozen=True):
    """A place in a recording, between two lines, from which it can be read again."""

    offset: int
    """Of the file, in bytes."""
    inflater: _Inflater
    pending: tuple[bytes, ...]
    """Lines that were read already."""
    partial: bytes
    """The beginning of the line after those."""


class Recording:
    """A recording that is read. Raises `CannotStart`, with one line, for anything else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.truncated = False
        """Whether the last line that was read is the last one, although the recording was not ended."""
        self.skipped = 0
        """Lines that were read so far and are not as they should be."""
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise CannotStart(f"{path} cannot be read: {error.strerror or 'error'}") from error
        self._inflater: _Inflater = zlib.decompressobj(_GZIP)
        self._pending: list[bytes] = []
        self._partial = b""
        try:
            self.header = _HEADER.decode(next(self._raw_lines(), b""))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CannotStart(f"{path} is not a recording: make one with {program_name()} --record FILE") from error
        if self.header.recording != VERSION:
            raise CannotStart(f"{path} is a recording of another version of stsview: {self.header.recording[:40]}")

    def lines(self) -> Iterator[Line]:
        """The next lines, to the end; lines that are not as they should be are skipped and counted."""
        for line in self._raw_lines():
            try:
                yield _LINE.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.skipped += 1

    @property
    def place(self) -> Place:
        """The place after the last line that was read."""
        return Place(self._file.tell(), self._inflater.copy(), tuple(self._pending), self._partial)

    def resume(self, place: Place) -> None:
        """Read on from a place."""
        self._file.seek(place.offset)
        self._inflater = place.inflater.copy()
        self._pending = list(place.pending)
        self._partial = place.partial

    def close(self) -> None:
        self._file.close()

    def _raw_lines(self) -> Iterator[bytes]:
        while self._pending or self._read_chunk():
            if self._pending:
                yield self._pending.pop()

    def _read_chunk(self) -> bool:
        """Read until there is a line, or the file ends."""
        try:
            chunk = self._file.read(_CHUNK)
            data = self._inflater.decompress(chunk)
        except (OSError, zlib.error):
            # A process that was killed leaves an incomplete end.
            self.truncated = True
            return False
        if not chunk or len(self._partial) > _MOST_BYTES:
            self.truncated = not self._inflater.eof
            return False
        *lines, self._partial = (self._partial + data).split(b"\n")
        # The last first: each is taken from the end.
        self._pending = [line for line in reversed(lines) if line]
        return True

"""The frames of SPDY/3.1, as far as port-forwarding uses them.

Source: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/. Flow control is left out, as in
github.com/moby/spdystream, which kubectl and kubelets use: below it is a connection that has its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 1
"""Flag: the sender sends no more on this stream."""
INVALID_STREAM, REFUSED_STREAM = 2, 3
"""Status codes of RST_STREAM."""

_CONTROL = 0x80000000
_VERSION = 3
_ID = 0x7FFFFFFF

_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie "
    "keep-alive origin"
)
_REST = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _text(value: str) -> bytes:
    return struct.pack(">I", len(value)) + value.encode()


DICTIONARY = b"".join(_text(word.replace("_", " ")) for word in _WORDS.split()) + _REST.encode()
"""The dictionary of compressed headers (section 2.6.10.1)."""


@dataclass(frozen=True)
class Frame:
    """One frame."""

    type: int | None
    """None: data."""
    stream: int
    """Of a PING, its id."""
    flags: int = 0
    data: bytes = b""
    headers: Mapping[str, str] | None = None


class Decoder:
    """Frames from bytes that arrive in any parts."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now. Raises ValueError or `zlib.error` for what is none."""
        self._buffer += data
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from(">II", self._buffer)
            end = 8 + (second & 0xFFFFFF)
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[8:end])
            del self._buffer[:end]
            if not first & _CONTROL:
                yield Frame(None, first & _ID, second >> 24, body)
                continue
            if (first & _ID) >> 16 != _VERSION:
                raise ValueError(f"not SPDY/3: version {(first & _ID) >> 16}")
            yield self._control(first & 0xFFFF, second >> 24, body)

    def _control(self, kind: int, flags: int, body: bytes) -> Frame:
        stream = struct.unpack_from(">I", body)[0] if len(body) >= 4 else 0
        if kind == SYN_STREAM:
            return Frame(kind, stream & _ID, flags, headers=self._headers(body[10:]))
        if kind == SYN_REPLY:
            return Frame(kind, stream & _ID, flags, headers=self._headers(body[4:]))
        return Frame(kind, stream if kind == PING else stream & _ID, flags, body[4:])

    def _headers(self, block: bytes) -> dict[str, str]:
        data = self._inflate.decompress(block)
        texts, at = [], 4
        for _ in range(2 * struct.unpack_from(">I", data)[0]):
            (length,) = struct.unpack_from(">I", data, at)
            texts.append(data[at + 4 : at + 4 + length].decode())
            at += 4 + length
        return dict(zip(texts[::2], texts[1::2], strict=True))


class Encoder:
    """Bytes of frames, in the order in which they are sent."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def syn_stream(self, stream: int, headers: Mapping[str, str]) -> bytes:
        return _control(SYN_STREAM, struct.pack(">IIH", stream, 0, 0) + self._headers(headers))

    def syn_reply(self, stream: int) -> bytes:
        return _control(SYN_REPLY, struct.pack(">I", stream) + self._headers({}))

    def _headers(self, headers: Mapping[str, str]) -> bytes:
        block = struct.pack(">I", len(headers)) + b"".join(_text(text) for pair in headers.items() for text in pair)
        return self._deflate.compress(block) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


def data_frame(stream: int, data: bytes, *, fin: bool = False) -> bytes:
    return struct.pack(">II", stream, (FIN if fin else 0) << 24 | len(data)) + data


def rst_stream(stream: int, status: int) -> bytes:
    return _control(RST_STREAM, struct.pack(">II", stream, status))


def ping(number: int) -> bytes:
    return _control(PING, struct.pack(">I", number))


def _control(kind: int, body: bytes) -> bytes:
    return struct.pack(">II", _CONTROL | _VERSION << 16 | kind, len(body)) + body

"""The writes that an API server makes of a watch: what a client pays for each is a good part of what reading costs.

kube-apiserver writes each event with one call, and flushes when no other event is waiting
(k8s.io/apiserver/pkg/endpoints/handlers/watch.go, WatchServer.HandleHTTP): hardly ever within the initial events, which
take longer to encode than to pick. Below, Go's net/http (server.go) gathers 2,048 bytes before it makes a chunk of
them, and 4,096 before it writes to the connection; each write to the connection is a TLS record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

_BEFORE_CHUNKING = 2_048
"""net/http, bufferBeforeChunkingSize."""

_BEFORE_WRITING = 4_096
"""net/http, newBufioWriterSize(…, 4<<10) of a connection."""


class _Buffered:
    """Go's bufio.Writer: `write` passes on full buffers, and what is larger than an empty one as it is."""

    def __init__(self, size: int, pass_on: Callable[[bytes], object]) -> None:
        self._size = size
        self._pass_on = pass_on
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        while len(data) > (free := self._size - len(self._held)):
            if not self._held:
                self._pass_on(data)
                return
            self._held += data[:free]
            data = data[free:]
            self.flush()
        self._held += data

    def flush(self) -> None:
        if self._held:
            held, self._held = bytes(self._held), bytearray()
            self._pass_on(held)


def writes_of(lines: Iterable[bytes]) -> list[bytes]:
    """The writes to the connection for these events, the last of them flushed."""
    writes: list[bytes] = []
    connection = _Buffered(_BEFORE_WRITING, writes.append)

    def chunk(data: bytes) -> None:
        for part in (b"%x\r\n" % len(data), data, b"\r\n"):
            connection.write(part)

    body = _Buffered(_BEFORE_CHUNKING, chunk)
    for line in lines:
        body.write(line + b"\n")
    body.flush()
    connection.flush()
    return writes

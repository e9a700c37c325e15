"""The frames of the port-forward protocol: each message of the WebSocket is one byte for the channel, then bytes.

Two channels for each port, data and errors; each begins with its port, in two bytes, little-endian. No channel ends
without the others, so that one port on a WebSocket is all that can be told apart. Source:
k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go.
"""

from __future__ import annotations

from stsview.cluster.errors import printable_line

PROTOCOLS = ("v4.channel.k8s.io",)
"""Of every server that forwards ports over WebSockets. SPDY/3.1 inside them (KEP-4006) needs Kubernetes 1.30."""

DATA, ERROR = 0, 1

LARGEST_FRAME = 32 * 1024
"""Bytes in one message; kubectl sends as many (io.Copy)."""

_PORT_BYTES = 2
_LAYERS = ", uid : "
"""What a kubelet ends its own words with, before those of the container runtime."""


class Channels:
    """Tells the port, with which each channel begins, from what follows."""

    def __init__(self) -> None:
        self._missing = {DATA: _PORT_BYTES, ERROR: _PORT_BYTES}

    def split(self, message: bytes) -> tuple[int, bytes]:
        """The channel and the bytes of a message; no bytes where it has none but the port."""
        if not message:
            return DATA, b""
        channel, data = message[0], message[1:]
        skipped = min(self._missing.get(channel, 0), len(data))
        if skipped:
            self._missing[channel] -= skipped
        return channel, data[skipped:]


def frame(data: bytes) -> bytes:
    """A message for the data channel."""
    return bytes((DATA,)) + data


def refusal(text: bytes, pod: str, port: int) -> str:
    """Why a connection in the pod failed, in one line, by the text of the error channel."""
    words = text.decode(errors="replace")
    if "connection refused" in words:
        return f"{pod} refused the connection: nothing listens on localhost:{port} in the pod"
    return f"connection to {pod}:{port} failed: {printable_line(words.rpartition(_LAYERS)[2])}"

"""The frames of the exec protocol: each message of the WebSocket is one byte for the channel, then data.

Source: k8s.io/apimachinery/pkg/util/remotecommand/constants.go, k8s.io/client-go/tools/remotecommand/{v4,v5}.go.
"""

from __future__ import annotations

import msgspec

from stsview.cluster.errors import printable_line
from stsview.objects.exec_messages import ExecEnd, ExecResult

V5 = "v5.channel.k8s.io"
"""Since Kubernetes 1.30 (beta; KEP-4006): the client can end the input."""
V4 = "v4.channel.k8s.io"
PROTOCOLS = (V5, V4)

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255

LARGEST_FRAME = 32 * 1024
"""Bytes of input in one message; kubectl sends as many (io.Copy)."""

_NOT_FOUND = ("executable file not found", "no such file or directory")
_NOT_EXECUTABLE = ("permission denied", "exec format error")
_RUNTIME = "unable to start container process: "
"""What runc says before the reason (libcontainer/process_linux.go)."""


class Frame(msgspec.Struct, frozen=True):
    """One message."""

    channel: int
    data: bytes


def split(message: bytes) -> Frame:
    """The channel and the data of a message; an empty message is an empty frame of standard output."""
    return Frame(message[0], message[1:]) if message else Frame(STDOUT, b"")


def frame(channel: int, data: bytes) -> bytes:
    """A message for a channel."""
    return bytes((channel,)) + data


def close_frame(channel: int) -> bytes:
    """The message that ends a channel, in version 5."""
    return bytes((CLOSE, channel))


def resize_frame(columns: int, rows: int) -> bytes:
    """The message with the size of the terminal (remotecommand.TerminalSize)."""
    return frame(RESIZE, msgspec.json.encode({"Width": columns, "Height": rows}))


class _Cause(msgspec.Struct, frozen=True):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct, frozen=True):
    causes: tuple[_Cause, ...] | None = None


class _Status(msgspec.Struct, frozen=True):
    status: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(_Status)


def end_of(data: bytes) -> ExecEnd:
    """How a command ended, by the Status on the error channel."""
    try:
        status = _STATUS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Before version 4, and from some runtimes, it is a text.
        return ExecEnd(ExecResult.NOT_STARTED, problem=printable_line(data.decode(errors="replace")) or "unknown error")
    if status.status == "Success":
        return ExecEnd(ExecResult.EXITED, 0)
    causes = status.details.causes or () if status.details is not None else ()
    code = next((one.message for one in causes if one.reason == "ExitCode"), "")
    if code.isdigit():
        return ExecEnd(ExecResult.EXITED, int(code))
    return ExecEnd(ExecResult.NOT_STARTED, _code_of(status.message), printable_line(_reason(status.message)))


def _code_of(message: str) -> int | None:
    """The exit code of a shell that cannot start a program.

    containerd names none; CRI-O and others exit with it.
    """
    if any(words in message for words in _NOT_FOUND):
        return 127
    return 126 if any(words in message for words in _NOT_EXECUTABLE) else None


def _reason(message: str) -> str:
    """The part of a runtime's message that says why, without the layers that passed it on."""
    if _RUNTIME in message:
        return message.rpartition(_RUNTIME)[2].removesuffix(": unknown")
    for layer in (
        "Internal error occurred: ",
        "unable to upgrade connection: ",
        "error executing command in container: ",
    ):
        message = message.replace(layer, "")
    return message

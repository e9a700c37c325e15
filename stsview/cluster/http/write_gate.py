"""The one gate that every change of a cluster goes through, below everything that could ask for one."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.cluster.errors import ClusterError

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
JSON = "application/json"


class WriteRefused(ClusterError):
    """We refuse to change this cluster; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent with a request that is no GET."""

    method: str
    """`POST`, `PATCH` or `DELETE`."""
    body: object
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class WriteGate:
    closed: str = ""
    """Why nothing may be written here, in a few words (`--read-only`); empty while the gate is open."""

    def check(self, message: Message, path: str) -> None:
        """Return where the message may be sent. Raises `WriteRefused`, for dry runs too: admission webhooks run for
        those as well, and nothing says that they have no effect of their own."""
        if self.closed:
            raise WriteRefused(f"nothing is changed here: {self.closed}; {message.method} {path} was not sent")


OPEN = WriteGate()

"""The gate that every write request passes, below everything that can send one."""

from __future__ import annotations

import msgspec

from stsview.cluster.errors import ClusterError

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
JSON = "application/json"


class WriteRefused(ClusterError):
    """Writes to this cluster are not allowed; nothing was sent."""


class Message(msgspec.Struct, frozen=True):
    """Method and body of a request other than GET."""

    method: str
    """`POST`, `PATCH` or `DELETE`."""
    body: object
    content_type: str = JSON


class WriteGate(msgspec.Struct, frozen=True):
    """Whether this cluster may be changed."""

    closed: str = ""
    """Why nothing may be written, in a few words (`--read-only`); empty while the gate is open."""

    def check(self, method: str, path: str) -> None:
        """Return if the request may be sent.

        Raises `WriteRefused`, for dry runs too: admission webhooks run for those as well, and may have side effects.
        """
        if self.closed:
            raise WriteRefused(f"read-only mode ({self.closed}): {method} {path} was not sent")


OPEN = WriteGate()

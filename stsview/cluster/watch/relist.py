"""When a reflector lists again, because the watch cannot be resumed from its resource version.

Modelled on client-go's tools/cache/reflector.go (isExpiredError, isTooLargeResourceVersionError).
"""

from __future__ import annotations

import msgspec

from stsview.cluster.errors import ClusterError, Gone, Rejected, ServerError, TimedOut

_FAILED_RESUMES = 3
"""How many server errors in a row make the resource version suspect."""


class StreamEnd(msgspec.Struct, frozen=True):
    """How one stream, or the attempt to open it, ended."""

    error: ClusterError | None = None
    """None: the server ended it normally, as it does every few minutes."""
    opened: bool = False
    """Whether the watch was accepted."""
    seconds: float = 0.0
    """How long it lasted from then on."""
    events: bool = False
    """Whether it brought any event that could be decoded, bookmarks included."""
    listed: bool = False
    """Whether the watch was forbidden, but a list was allowed and read."""


class RelistRule:
    """Decides for one reflector after each of its streams."""

    def __init__(self) -> None:
        self._failed_resumes = 0

    def needed(self, end: StreamEnd) -> bool:
        """Whether to discard the resource version and list again.

        After 410 always: the server no longer has the history since that version. Also where the version is suspect.
        """
        error = end.error
        if end.events:
            self._failed_resumes = 0
        if isinstance(error, ServerError):
            self._failed_resumes += 1
            return error.status == 504 or self._failed_resumes >= _FAILED_RESUMES
        if isinstance(error, Gone | Rejected):
            return True
        # A watch from a version that the server has not reached yet is accepted, and never sends an event.
        return isinstance(error, TimedOut) and end.opened and not end.events

"""The bearer token of a session, which may live in a file that somebody else renews."""

from __future__ import annotations

from stsview.cluster.auth.kubeconfig_entries import read_token
from stsview.cluster.config import Credentials
from stsview.cluster.errors import ConfigError


class BearerToken:
    """The token to send with the next request.

    A token file wins over a token and is read again whenever it changes; kubelets renew those of pods about hourly.
    While it cannot be read, the last token that was read goes on to be used, as client-go does.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._file = credentials.token_file
        self._token = credentials.token
        self._seen: tuple[int, int, int] | None = None

    def current(self) -> str:
        """The token, or the empty string where there is none. One stat of the file."""
        if self._file is not None:
            try:
                status = self._file.stat()
            except (OSError, ValueError):
                return self._token
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen != self._seen:
                self._read()
                self._seen = seen
        return self._token

    def renew(self, refused: str) -> bool:
        """Read the file again whatever it looks like; returns whether there is another token than `refused` now."""
        if self._file is not None:
            self._read()
        return self._token != refused

    def _read(self) -> None:
        assert self._file is not None  # noqa: S101 - both callers looked
        try:
            self._token = read_token(self._file, "")
        except ConfigError:
            # It is being rewritten, or gone; a server that minds will say 401.
            return

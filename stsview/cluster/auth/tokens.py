"""The bearer token of a session, possibly from a file that others renew."""

from __future__ import annotations

import logging

from stsview.cluster.auth.kubeconfig_entries import read_token
from stsview.cluster.auth.redaction import remember_secrets
from stsview.cluster.config import Credentials
from stsview.cluster.errors import ConfigError

_log = logging.getLogger(__name__)


class BearerToken:
    """The token to send with the next request.

    A token file takes precedence over a token and is read again whenever it changes; kubelets renew those of pods about
    once an hour. While it cannot be read, the last token is used, as in client-go.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._file = credentials.token_file
        self._token = credentials.token
        self._seen: tuple[int, int, int] | None = None

    def current(self) -> str:
        """The token; empty when there is none. One stat of the file."""
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
        """Read the file again, changed or not.

        Returns whether the token now differs from `refused`.
        """
        if self._file is not None:
            self._read()
        return self._token != refused

    def _read(self) -> None:
        assert self._file is not None  # noqa: S101 - both callers check
        try:
            self._token = read_token(self._file, "")
            remember_secrets((self._token,))
            _log.debug("read token file %s", self._file)
        except ConfigError:
            # It is being rewritten, or gone; if the old token is invalid, the server answers 401.
            return

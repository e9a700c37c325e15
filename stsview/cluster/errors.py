"""Errors of requests and configuration.

The text of each is one line that says what to do.

No message holds a credential. Text that comes from a server or a file is quoted on one line, without control
characters, and cut when it is long.
"""

from __future__ import annotations

import unicodedata

_QUOTED_CHARACTERS = 300


def printable_line(text: str, limit: int = _QUOTED_CHARACTERS) -> str:
    """`text` as one line without control or format characters, at most `limit` long."""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class ConfigError(Exception):
    """The configuration cannot be used.

    The message names the file and what to correct.
    """


class ClusterError(Exception):
    """A request failed."""

    retry_after: float | None = None
    """Seconds to wait before the next request, as the server asks (Retry-After)."""


class ApiError(ClusterError):
    """The server answered with an error."""

    def __init__(
        self, message: str, status: int, reason: str = "", retry_after: float | None = None, server_message: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status code, or the code of the Status object inside a watch stream."""
        self.reason = reason
        """Kubernetes' machine-readable reason, such as `Expired`; empty when there was none."""
        self.server_message = server_message
        """The server's own message, on one line; empty when there was none."""
        self.retry_after = retry_after


class Rejected(ApiError):
    """400, 422 or another status that blames the request."""


class Unauthorized(ApiError):
    """401: the credentials are not accepted."""


class Forbidden(ApiError):
    """403: the credentials are accepted, but do not allow this request."""


class NotFound(ApiError):
    """404: the object, or the whole kind, does not exist."""


class Gone(ApiError):
    """410: the resource version or continue token is too old; list again."""


class TooManyRequests(ApiError):
    """429: the server limits the request rate."""


class ServerError(ApiError):
    """5xx: the server, or a proxy before it, failed."""


class LoginFailed(ClusterError):
    """The exec plugin of the kubeconfig returned no credentials; nothing was sent."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until the plugin may run again."""


class NotKubernetes(ClusterError):
    """The answer is not from a Kubernetes API: a login page, a proxy, another server."""


class NoWebSockets(ClusterError):
    """The server, or a proxy before it, does not open WebSockets: the request itself was not carried out."""


class Unreachable(ClusterError):
    """No answer, or an incomplete one.

    The network, the address or the server process failed.
    """


class TimedOut(Unreachable):
    """No answer in time; an open connection may be half-open."""


class CertificateRefused(Unreachable):
    """The TLS handshake failed: either side does not trust the other's certificate."""

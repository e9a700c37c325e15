"""What can go wrong between us and a cluster. The text of each error is one clear line, fit for a screen.

No message holds a credential. Words that come from a server or a file are quoted on one line, without control
characters, and cut when they are long.
"""

from __future__ import annotations

import unicodedata

_QUOTED_CHARACTERS = 300


def one_line(text: str, limit: int = _QUOTED_CHARACTERS) -> str:
    """`text` as one line without control or format characters, at most `limit` long; nobody's words break a screen."""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class ConfigError(Exception):
    """The configuration cannot be used; the message names the file and says what to do."""


class ClusterError(Exception):
    """A request did not succeed."""

    retry_after: float | None = None
    """Seconds that the server asked us to wait before the next request."""


class ApiError(ClusterError):
    """The server answered, but not with what was asked for."""

    def __init__(
        self, message: str, status: int, reason: str = "", retry_after: float | None = None, server_message: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status code, or the code of the Status object inside a watch stream."""
        self.reason = reason
        """Kubernetes' machine-readable reason, such as `Expired`; empty when there was none."""
        self.server_message = server_message
        """What the server said, on one line and without ours around it; empty when it said nothing."""
        self.retry_after = retry_after


class Rejected(ApiError):
    """400, 422 or another answer that says that the request itself is at fault."""


class Unauthorized(ApiError):
    """401: the credentials were not accepted."""


class Forbidden(ApiError):
    """403: the credentials were accepted, but do not allow this."""


class NotFound(ApiError):
    """404: the object, or the whole kind, does not exist."""


class Gone(ApiError):
    """410: the resource version or continue token is too old; only a fresh list helps."""


class TooManyRequests(ApiError):
    """429: the server asks to be left alone for a while."""


class ServerError(ApiError):
    """5xx: the server, or something before it, failed."""


class LoginFailed(ClusterError):
    """The exec plugin of the kubeconfig brought no credentials; nothing was sent."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until the plugin may run again."""


class NotKubernetes(ClusterError):
    """Something answered that is no Kubernetes API: a login page, a proxy, another server."""


class Unreachable(ClusterError):
    """No answer, or not a whole one: the network, the address, or the server's process is at fault."""


class TimedOut(Unreachable):
    """Nothing came in time; a connection that was open may be half-open."""


class CertificateRefused(Unreachable):
    """The TLS handshake failed: we do not trust the server, or it does not trust our certificate."""

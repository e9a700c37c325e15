"""From error answers of a server to exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stsview.cluster.errors import (
    ApiError,
    ClusterError,
    Forbidden,
    Gone,
    NotFound,
    NotKubernetes,
    Rejected,
    ServerError,
    TooManyRequests,
    Unauthorized,
    printable_line,
)


class _Cause(msgspec.Struct, frozen=True):
    reason: str | None = None
    message: str | None = None


class _Details(msgspec.Struct, frozen=True, rename="camel"):
    retry_after_seconds: float | None = None
    causes: tuple[_Cause, ...] | None = None


class Status(msgspec.Struct, frozen=True):
    """meta/v1 Status, the body of every error answer of an API server."""

    kind: str = ""
    message: str | None = None
    reason: str | None = None
    code: int | None = None
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(Status)


def parse_status(data: bytes | msgspec.Raw) -> Status | None:
    """The Status object in `data`; None when there is none or it cannot be decoded."""
    try:
        status = _STATUS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return status if status.kind == "Status" else None


def response_error(
    code: int, phrase: str, headers: Mapping[str, str], body: bytes, server: str, user: str
) -> ClusterError:
    """The error for an HTTP answer without a 2xx code. `body` may be truncated."""
    status = parse_status(body)
    page = _is_page(headers.get("Content-Type", ""), body)
    if page and code < 500:
        return NotKubernetes(
            f"{server} answered {code} with a web page: not a Kubernetes API, or a proxy in front of it"
        )
    if b"HTTP request to an HTTPS server" in body:
        return NotKubernetes(f"{server} uses TLS: its URL in the kubeconfig must start with https://")
    if code == 407:
        return NotKubernetes(f"the proxy in front of {server} requires credentials (407); add them to proxy-url")
    retry_after = _seconds(headers.get("Retry-After"))
    if status is not None:
        return status_error(status, server, user, code=code, retry_after=retry_after)
    message = "a web page, probably from a proxy" if page else _text(body) or printable_line(phrase)
    return _error(code, "", message, server, user, retry_after)


def status_error(
    status: Status, server: str, user: str, *, code: int | None = None, retry_after: float | None = None
) -> ApiError:
    """The error for a Status object.

    `code` and `retry_after` are those of its HTTP answer.
    """
    code = code if code is not None else status.code or 500
    if status.details is not None and status.details.retry_after_seconds is not None and retry_after is None:
        retry_after = _seconds(status.details.retry_after_seconds)
    reason = printable_line(status.reason or "", 60)
    message = " ".join(part for part in (status.message or "", _budget(status.details)) if part)
    return _error(code, reason, printable_line(message) or reason, server, user, retry_after)


def _budget(details: _Details | None) -> str:
    """The PodDisruptionBudget that blocks an eviction.

    The message itself does not name it (pkg/registry/core/pod/storage/eviction.go).
    """
    causes = details.causes or () if details is not None else ()
    return next((cause.message or "" for cause in causes if cause.reason == "DisruptionBudget"), "")


def not_kubernetes_error(server: str) -> NotKubernetes:
    """The error for a 2xx answer that is not from a Kubernetes API."""
    return NotKubernetes(f"{server} is not a Kubernetes API: check the address")


def refuses_upgrade(error: ApiError) -> bool:
    """Whether the server answers an upgrade as if it were an ordinary request.

    It does so where a proxy removes the Upgrade header (apimachinery/pkg/util/proxy/upgradeaware.go, "Upgrade request
    required"), and without a Status object where it knows none of the subprotocols.
    """
    if "pgrade" in error.server_message:
        return error.status in (400, 403, 426)
    return not error.reason and error.status in (400, 403, 405, 426, 501)


def no_websockets(server: str, code: int) -> str:
    """The error text for an upgrade that was answered with `code`."""
    return (
        f"{server} does not open WebSockets here ({code}): Kubernetes before 1.30, or a proxy that does not pass them; "
        "use kubectl"
    )


def is_json(content_type: str) -> bool:
    """Whether the content type is one of a Kubernetes API; a missing one is accepted."""
    return not content_type or "json" in content_type.lower()


def is_text(content_type: str) -> bool:
    """Whether the content type is one of a log; a missing one is accepted."""
    return not content_type or content_type.lower().startswith("text/plain")


def _error(code: int, reason: str, message: str, server: str, user: str, retry_after: float | None) -> ApiError:
    detail = f": {message}" if message else ""
    if code == 401:
        return Unauthorized(
            f"{server} rejects the credentials of user {printable_line(user, 100)!r} (401); log in again",
            code,
            reason,
            retry_after,
            message,
        )
    if code == 403:
        return Forbidden(message or "you may not do this (403)", code, reason, retry_after, message)
    if code == 404:
        return NotFound(message or "not found (404)", code, reason, retry_after, message)
    if code == 410:
        return Gone(message or "the resource version is too old (410)", code, reason, retry_after, message)
    if code == 429:
        return TooManyRequests(f"{server} limits the request rate (429){detail}", code, reason, retry_after, message)
    if code >= 500:
        return ServerError(f"{server} failed ({code}){detail}", code, reason, retry_after, message)
    return Rejected(f"{server} rejects the request ({code}){detail}", code, reason, retry_after, message)


def _is_page(content_type: str, body: bytes) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def _text(body: bytes) -> str:
    return printable_line(body[:2000].decode("utf-8", errors="replace"))


def _seconds(value: Any) -> float | None:
    """A Retry-After in seconds; no API server sends the other form, a date."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 1e6 else None

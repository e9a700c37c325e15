"""From what a server answered to the error that says so."""

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
    one_line,
)


class _Cause(msgspec.Struct, frozen=True):
    reason: str | None = None
    message: str | None = None


class _Details(msgspec.Struct, frozen=True, rename="camel"):
    retry_after_seconds: float | None = None
    causes: tuple[_Cause, ...] | None = None


class Status(msgspec.Struct, frozen=True):
    """meta/v1 Status, as every refusal of an API server carries one."""

    kind: str = ""
    message: str | None = None
    reason: str | None = None
    code: int | None = None
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(Status)


def parse_status(data: bytes | msgspec.Raw) -> Status | None:
    """The Status object in `data`; None when there is none that can be read."""
    try:
        status = _STATUS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return status if status.kind == "Status" else None


def response_error(
    code: int, phrase: str, headers: Mapping[str, str], body: bytes, server: str, user: str
) -> ClusterError:
    """The error for an HTTP answer with a code that is no success. `body` may be cut off."""
    status = parse_status(body)
    page = _is_page(headers.get("Content-Type", ""), body)
    if page and code < 500:
        return NotKubernetes(f"{server} answered {code} with a web page: no Kubernetes API, or a proxy before it")
    if b"HTTP request to an HTTPS server" in body:
        return NotKubernetes(f"{server} speaks TLS: its URL in the kubeconfig must begin with https://")
    if code == 407:
        return NotKubernetes(f"the proxy before {server} wants credentials (407); put them into proxy-url")
    retry_after = _seconds(headers.get("Retry-After"))
    if status is not None:
        return status_error(status, server, user, code=code, retry_after=retry_after)
    words = "a web page: some proxy answered in its place" if page else _words(body) or one_line(phrase)
    return _error(code, "", words, server, user, retry_after)


def status_error(
    status: Status, server: str, user: str, *, code: int | None = None, retry_after: float | None = None
) -> ApiError:
    """The error for a Status object; `code` and `retry_after` are those of the HTTP answer around it."""
    code = code if code is not None else status.code or 500
    if status.details is not None and status.details.retry_after_seconds is not None and retry_after is None:
        retry_after = _seconds(status.details.retry_after_seconds)
    reason = one_line(status.reason or "", 60)
    words = " ".join(part for part in (status.message or "", _budget(status.details)) if part)
    return _error(code, reason, one_line(words) or reason, server, user, retry_after)


def _budget(details: _Details | None) -> str:
    """Which disruption budget forbids an eviction, which the message itself does not say
    (pkg/registry/core/pod/storage/eviction.go)."""
    causes = details.causes or () if details is not None else ()
    return next((cause.message or "" for cause in causes if cause.reason == "DisruptionBudget"), "")


def not_kubernetes_error(server: str) -> NotKubernetes:
    """The error for a success that is no Kubernetes answer."""
    return NotKubernetes(f"{server} answers with something that is no Kubernetes API; is it the right address?")


def is_json(content_type: str) -> bool:
    """Whether an answer of this content type can be one of a Kubernetes API; a missing type is believed."""
    return not content_type or "json" in content_type.lower()


def is_text(content_type: str) -> bool:
    """Whether an answer of this content type can be a log; a missing type is believed."""
    return not content_type or content_type.lower().startswith("text/plain")


def _error(code: int, reason: str, words: str, server: str, user: str, retry_after: float | None) -> ApiError:
    said = f": {words}" if words else ""
    if code == 401:
        return Unauthorized(
            f"{server} does not accept the credentials of user {one_line(user, 100)!r} (401); log in again",
            code,
            reason,
            retry_after,
            words,
        )
    if code == 403:
        return Forbidden(words or "you may not do this (403)", code, reason, retry_after, words)
    if code == 404:
        return NotFound(words or "not found (404)", code, reason, retry_after, words)
    if code == 410:
        return Gone(words or "the resource version is too old (410)", code, reason, retry_after, words)
    if code == 429:
        return TooManyRequests(f"{server} has too many requests (429){said}", code, reason, retry_after, words)
    if code >= 500:
        return ServerError(f"{server} fails ({code}){said}", code, reason, retry_after, words)
    return Rejected(f"{server} rejects the request ({code}){said}", code, reason, retry_after, words)


def _is_page(content_type: str, body: bytes) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def _words(body: bytes) -> str:
    return one_line(body[:2000].decode("utf-8", errors="replace"))


def _seconds(value: Any) -> float | None:
    """A Retry-After in seconds; the other form, a date, no API server sends."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 1e6 else None

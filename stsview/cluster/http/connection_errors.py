"""From exceptions of aiohttp to errors of one line, one for each cause."""

from __future__ import annotations

import asyncio
import errno
import ssl
from urllib.parse import urlsplit

import aiohttp

from stsview.cluster.errors import (
    CertificateRefused,
    ClusterError,
    NotKubernetes,
    TimedOut,
    Unreachable,
    printable_line,
)

_NOT_TRUSTED = {2, 7, 18, 19, 20, 21}
"""OpenSSL's X509_V_ERR codes for a chain that does not end at a trusted authority."""

_NOT_YET_VALID, _EXPIRED, _WRONG_HOST, _WRONG_ADDRESS = 9, 10, 62, 64


def connection_error(error: BaseException, server: str, proxy: str | None = None) -> ClusterError:
    """The error for an exception of a request to `server` or of its answer."""
    tls = _tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return CertificateRefused(_refused_by_us(tls, server))
    if tls is not None:
        return _handshake(tls, server)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return Unreachable(f"the proxy {_without_password(proxy)} cannot be reached: {_why(error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return Unreachable(f"the proxy {_without_password(proxy)} rejects the connection to {server} ({error.status})")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(f"{server} cannot be reached: hostname cannot be resolved")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"{server} cannot be reached: {_why(error)}")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TimedOut(f"{server} cannot be reached: no answer in time")
    if isinstance(error, asyncio.TimeoutError):
        return TimedOut(f"{server} stopped answering")
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return Unreachable(f"{server} is not a valid URL; correct it in the kubeconfig")
    if isinstance(error, aiohttp.TooManyRedirects):
        return NotKubernetes(f"{server} redirects in a loop: not a Kubernetes API, or a proxy in front of it")
    if isinstance(error, aiohttp.ClientResponseError):
        return NotKubernetes(f"{server} does not answer in HTTP: check address and port")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Unreachable(f"{server} closed the connection without answering")
    return Unreachable(f"the connection to {server} was lost")


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """The TLS error that `error` is, wraps or was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, aiohttp.ClientConnectorCertificateError) and isinstance(
            seen.certificate_error, ssl.SSLError
        ):
            return seen.certificate_error
        if isinstance(seen, aiohttp.ClientConnectorError) and isinstance(seen.os_error, ssl.SSLError):
            return seen.os_error
        if isinstance(seen, ssl.SSLError):
            return seen
        seen = seen.__cause__
    return None


def _refused_by_us(error: ssl.SSLCertVerificationError, server: str) -> str:
    code = error.verify_code
    if code in _NOT_TRUSTED:
        return f"the certificate of {server} has an unknown authority; check certificate-authority in the kubeconfig"
    if code == _EXPIRED:
        return f"the certificate of {server} has expired; renew it, or check the clock of this machine"
    if code == _NOT_YET_VALID:
        return f"the certificate of {server} is not valid yet; check the clock of this machine"
    if code in (_WRONG_HOST, _WRONG_ADDRESS):
        return f"the certificate of {server} is for another host; check server and tls-server-name in the kubeconfig"
    return f"the certificate of {server} is rejected: {printable_line(error.verify_message or 'not valid', 100)}"


def _handshake(error: ssl.SSLError, server: str) -> ClusterError:
    reason = error.reason or ""
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason or "RECORD_LAYER_FAILURE" in reason:
        return NotKubernetes(f"{server} does not use TLS: check the port, or use http://")
    if "CERTIFICATE_REQUIRED" in reason:
        return CertificateRefused(f"{server} requires a client certificate; add one to the user in the kubeconfig")
    if "ALERT" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")):
        return CertificateRefused(f"{server} rejects the client certificate; log in to the cluster again")
    text = printable_line(reason.replace("_", " ").lower(), 100) or "handshake failed"
    return CertificateRefused(f"no secure connection to {server}: {text}")


def _why(error: aiohttp.ClientConnectorError) -> str:
    match error.os_error.errno:
        case errno.ECONNREFUSED:
            return "connection refused: is the API server running at this address?"
        case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.ENETDOWN:
            return "no route to host: is the VPN connected?"
        case errno.EMFILE | errno.ENFILE:
            return "too many open files on this machine"
    return printable_line(error.os_error.strerror or "the connection failed", 100)


def _without_password(proxy: str | None) -> str:
    parts = urlsplit(proxy or "")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or '?'}{port}"

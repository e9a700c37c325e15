"""Input and output of a credential plugin.

See k8s.io/client-go/pkg/apis/clientauthentication.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from stsview.cluster.confidential import Confidential
from stsview.cluster.config import ClusterConfig, ExecPlugin, Pem, Tls
from stsview.cluster.errors import ConfigError
from stsview.cluster.tls import client_context

_SENDABLE = re.compile(r"[\x21-\x7e]+")
"""Characters that a bearer token may have in a header."""


NOTHING = Pem()


class UnusableOutput(Exception):
    """The output of a plugin has no usable credentials.

    The message follows `… ` and quotes nothing of the output.
    """


class IssuedCredentials(Confidential, frozen=True):
    """Credentials from a plugin."""

    hidden: ClassVar[frozenset[str]] = frozenset({"token"})

    token: str = ""
    certificate: Pem = NOTHING
    key: Pem = NOTHING
    expires: datetime | None = None
    """None: valid until the server rejects them."""


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _ExecCredential(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


_DECODER = msgspec.json.Decoder(_ExecCredential)


def exec_info(plugin: ExecPlugin, config: ClusterConfig) -> str:
    """The value of KUBERNETES_EXEC_INFO.

    Raises OSError when the certificate authority file cannot be read.
    """
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provide_cluster_info:
        cluster: dict[str, Any] = {"server": config.server}
        if config.tls.server_name:
            cluster["tls-server-name"] = config.tls.server_name
        if config.tls.insecure:
            cluster["insecure-skip-tls-verify"] = True
        if config.tls.authority:
            cluster["certificate-authority-data"] = base64.b64encode(config.tls.authority.read()).decode("ascii")
        if config.proxy_url:
            cluster["proxy-url"] = config.proxy_url
        cluster["config"] = msgspec.Raw(plugin.cluster_extension or b"null")
        spec["cluster"] = cluster
    info = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return msgspec.json.encode(info).decode()


def parse_output(stdout: bytes, plugin: ExecPlugin) -> IssuedCredentials:
    """The credentials that a plugin printed. Raises `UnusableOutput`.

    Takes milliseconds for certificates.

    Follows client-go's plugin/pkg/client/auth/exec, exec.go, refreshCredsLocked.
    """
    found = _decoded(stdout)
    if found is None or found.kind != "ExecCredential":
        raise UnusableOutput("printed no ExecCredential")
    if found.api_version != plugin.api_version:
        raise UnusableOutput(f"printed an ExecCredential whose apiVersion is not {plugin.api_version}")
    status = found.status
    if status is None or not (status.token or status.client_certificate_data or status.client_key_data):
        raise UnusableOutput("printed an ExecCredential without token or certificate")
    token = (status.token or "").strip()
    if token and not _SENDABLE.fullmatch(token):
        raise UnusableOutput("printed a token with blanks or other characters that cannot be sent")
    certificate, key = status.client_certificate_data or "", status.client_key_data or ""
    if bool(certificate) != bool(key):
        raise UnusableOutput(
            f"printed a client {'certificate without its key' if certificate else 'key without its certificate'}"
        )
    issued = IssuedCredentials(
        token, Pem(certificate.encode()), Pem(key.encode()), _expiry(status.expiration_timestamp)
    )
    if certificate and not _is_pair(issued):
        raise UnusableOutput("printed a certificate and a key that do not match")
    return issued


def _decoded(stdout: bytes) -> _ExecCredential | None:
    try:
        return _DECODER.decode(stdout)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_pair(issued: IssuedCredentials) -> bool:
    try:
        client_context(Tls(certificate=issued.certificate, key=issued.key, insecure=True), "")
    except ConfigError:
        return False
    return True


def _expiry(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # Python accepts a space for the T and a missing zone; Kubernetes (RFC 3339) accepts neither.
        expires = datetime.fromisoformat(text)
    except ValueError:
        expires = None
    if expires is None or expires.tzinfo is None:
        raise UnusableOutput("printed an invalid expirationTimestamp")
    return expires

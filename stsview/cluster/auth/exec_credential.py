"""What goes into a credential plugin and what comes out (k8s.io/client-go/pkg/apis/clientauthentication)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from stsview.cluster.config import ClusterConfig, ExecPlugin, Pem, Tls
from stsview.cluster.errors import ConfigError
from stsview.cluster.tls import client_context

_SENDABLE = re.compile(r"[\x21-\x7e]+")
"""What a bearer token may consist of in a header."""


NOTHING = Pem()


class UnusableOutput(Exception):
    """What a plugin printed holds no credentials; the message says why, after `… `, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class IssuedCredentials:
    """Credentials from a plugin."""

    token: str = field(default="", repr=False)
    certificate: Pem = NOTHING
    key: Pem = NOTHING
    expires: datetime | None = None
    """None: good until the server says otherwise."""


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
    """The value of KUBERNETES_EXEC_INFO. Raises OSError when the authority's file cannot be read."""
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
    """The credentials in what the plugin printed. Raises `UnusableOutput`. Takes milliseconds for certificates.

    The rules are those of client-go's plugin/pkg/client/auth/exec, exec.go, refreshCredsLocked.
    """
    found = _decoded(stdout)
    if found is None or found.kind != "ExecCredential":
        raise UnusableOutput("printed no ExecCredential")
    if found.api_version != plugin.api_version:
        raise UnusableOutput(f"printed an ExecCredential of another apiVersion than {plugin.api_version}")
    status = found.status
    if status is None or not (status.token or status.client_certificate_data or status.client_key_data):
        raise UnusableOutput("printed an ExecCredential with neither token nor certificate")
    token = (status.token or "").strip()
    if token and not _SENDABLE.fullmatch(token):
        raise UnusableOutput("printed a token that cannot be sent: it holds blanks or other odd characters")
    certificate, key = status.client_certificate_data or "", status.client_key_data or ""
    if bool(certificate) != bool(key):
        raise UnusableOutput(
            f"printed a certificate without its other half: the {'key' if certificate else 'certificate'} is missing"
        )
    issued = IssuedCredentials(
        token, Pem(certificate.encode()), Pem(key.encode()), _expiry(status.expiration_timestamp)
    )
    if certificate and not _is_pair(issued):
        raise UnusableOutput("printed a certificate and a key that are no valid pair")
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
        # Python takes a space for the T and leaves out the zone, Kubernetes (RFC 3339) does neither.
        expires = datetime.fromisoformat(text)
    except ValueError:
        expires = None
    if expires is None or expires.tzinfo is None:
        raise UnusableOutput("printed an expirationTimestamp that is no time")
    return expires

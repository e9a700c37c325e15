"""Validation of kubeconfig entries, and their conversion to a `ClusterConfig`.

In every function `origin` names file and entry in messages, and relative paths start at `folder`, that of the file.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from msgspec.structs import replace

from stsview.cluster.auth.exec_config import auth_provider, exec_plugin
from stsview.cluster.auth.kubeconfig_file import Cluster, User
from stsview.cluster.config import ClusterConfig, Credentials, Impersonation, Pem, Tls, is_loopback
from stsview.cluster.errors import ConfigError, printable_line
from stsview.cluster.tls import client_context

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, the form of namespace names (apimachinery/pkg/util/validation)."""

_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Characters that no HTTP header may hold."""


def with_namespace(config: ClusterConfig, namespace: str | None, origin: str) -> ClusterConfig:
    """`config` with its namespace validated, and replaced if one is given.

    Raises `ConfigError`.
    """
    name = config.namespace if namespace is None else namespace
    if name and not _LABEL.fullmatch(name):
        raise ConfigError(f"{origin}: {printable_line(name, 100)!r} is not a valid namespace name; correct it")
    return replace(config, namespace=name)


def server(cluster: Cluster, tls: Tls, origin: str) -> str:
    """The URL of the API server.

    Without a scheme, https where TLS is configured (rest.DefaultServerURL). A user name and password in the URL of this
    machine are dropped, because kubectl over plain HTTP has no other place for them; elsewhere they are refused.
    """
    if not cluster.server:
        raise ConfigError(f"{origin} has no server; add `server: https://…`")
    url = cluster.server
    if "://" not in url:
        secure = tls.insecure or bool(tls.authority) or bool(tls.certificate)
        url = f"{'https' if secure else 'http'}://{url}"
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ConfigError(f"{origin}: server is not an http:// or https:// URL; correct it")
    if "@" in parts.netloc and is_loopback(parts.hostname or ""):
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    elif "@" in parts.netloc:
        raise ConfigError(f"{origin}: server contains a user name or password; move them to the user entry")
    return url.rstrip("/")


def proxy_url(cluster: Cluster, origin: str) -> str:
    if not cluster.proxy_url:
        return ""
    parts = _split(cluster.proxy_url)
    if parts is not None and parts.scheme.startswith("socks"):
        raise ConfigError(f"{origin}: proxy-url is a SOCKS proxy, which is not supported; use an http:// proxy")
    if parts is None or parts.scheme not in ("http", "https"):
        raise ConfigError(f"{origin}: proxy-url is not an http:// or https:// URL; correct it")
    return cluster.proxy_url


def tls(
    cluster: Cluster, cluster_folder: Path, cluster_origin: str, user: User, user_folder: Path, user_origin: str
) -> Tls:
    """The TLS settings of both entries.

    Loads the certificates, so that a broken one is reported at start.
    """
    authority = _pem(
        cluster.certificate_authority_data,
        cluster.certificate_authority,
        "certificate-authority",
        cluster_folder,
        cluster_origin,
    )
    if authority and cluster.insecure_skip_tls_verify:
        raise ConfigError(
            f"{cluster_origin} has both a certificate-authority and insecure-skip-tls-verify; remove one of them"
        )
    certificate = _pem(
        user.client_certificate_data, user.client_certificate, "client-certificate", user_folder, user_origin
    )
    key = _pem(user.client_key_data, user.client_key, "client-key", user_folder, user_origin)
    if bool(certificate) != bool(key):
        lacking = "client-key" if certificate else "client-certificate"
        raise ConfigError(f"{user_origin} has no {lacking}; add it, or log in again")
    trusted = Tls(authority, server_name=cluster.tls_server_name, insecure=cluster.insecure_skip_tls_verify)
    if authority:
        client_context(trusted, cluster_origin)
    if certificate:
        client_context(Tls(certificate=certificate, key=key, insecure=True), user_origin)
    return replace(trusted, certificate=certificate, key=key)


def credentials(user: User, folder: Path, origin: str, cluster: Cluster | None = None) -> Credentials:
    """The credentials of a user entry; `cluster` holds the extension for exec plugins."""
    if user.auth_provider is not None:
        raise ConfigError(f"{origin} uses {auth_provider(user.auth_provider)}")
    token_file = folder / user.token_file if user.token_file else None
    if (user.token or token_file) and (user.username or user.password):
        raise ConfigError(f"{origin} has both a token and a password; remove one of them")
    for name, value in (("token", user.token), ("username", user.username), ("password", user.password)):
        if _UNSENDABLE.search(value):
            raise ConfigError(f"{origin}: {name} contains control characters; correct it, or log in again")
    if token_file is not None and not user.token:
        read_token(token_file, origin)
    return Credentials(
        token=user.token,
        token_file=token_file,
        # client-go runs no plugin for a request that already has an Authorization header.
        exec=None if user.token or token_file or user.username else exec_plugin(user.exec, folder, origin, cluster),
        username=user.username,
        password=user.password,
        impersonation=_impersonation(user, origin),
    )


def read_token(path: Path, origin: str) -> str:
    """The token in a file, stripped.

    Raises `ConfigError` when it has none that can be sent.
    """
    prefix = f"{origin}: tokenFile {printable_line(str(path))}"
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{prefix} cannot be read: {error.strerror or 'error'}; correct the path") from error
    except ValueError as error:
        raise ConfigError(f"{prefix} contains no token; write one to it") from error
    if not token or _UNSENDABLE.search(token):
        raise ConfigError(f"{prefix} contains no token; write one to it")
    return token


def impersonate(config: ClusterConfig, user: str | None, groups: tuple[str, ...]) -> ClusterConfig:
    """`config` with the impersonation of `--as` and `--as-group`.

    Each replaces that of the kubeconfig.

    As in kubectl, what is not given stays as configured. Raises `ConfigError`.
    """
    if user is None and not groups:
        return config
    before = config.credentials.impersonation
    name = user if user is not None else before.user if before is not None else ""
    if not name:
        raise ConfigError("--as-group requires a user; add --as NAME")
    if any(_UNSENDABLE.search(value) for value in (name, *groups)):
        raise ConfigError("--as and --as-group must not contain control characters; correct them")
    other = replace(before or Impersonation(name), user=name)
    if groups:
        other = replace(other, groups=groups)
    return replace(config, credentials=replace(config.credentials, impersonation=other))


def _impersonation(user: User, origin: str) -> Impersonation | None:
    if not user.as_user:
        if user.as_uid or user.as_groups or user.as_user_extra:
            raise ConfigError(f"{origin} impersonates groups, a uid or extras without a user; add `as`")
        return None
    extra = tuple((name, tuple(values)) for name, values in user.as_user_extra.items())
    for value in (user.as_user, user.as_uid, *user.as_groups, *(value for _, values in extra for value in values)):
        if _UNSENDABLE.search(value):
            raise ConfigError(f"{origin}: the impersonated user contains control characters; correct it")
    return Impersonation(user.as_user, user.as_groups, user.as_uid, extra)


def _pem(data: str, path: str, what: str, folder: Path, origin: str) -> Pem:
    """Data takes precedence over a path, as in kubectl."""
    if data:
        try:
            return Pem(data=base64.b64decode("".join(data.split()), validate=True))
        except (binascii.Error, ValueError) as error:
            raise ConfigError(f"{origin}: {what}-data is not base64; correct it, or log in again") from error
    return Pem(file=folder / path) if path else Pem()


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None when it is not one, or has no host or an invalid port."""
    if _UNSENDABLE.search(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None

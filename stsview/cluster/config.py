"""The configuration of one cluster and user: fixed at start, never changed."""

from __future__ import annotations

import base64
import ipaddress
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec

from stsview.cluster.confidential import Confidential


class Pem(Confidential, frozen=True):
    """Certificates or a key, in memory or in a file.

    A file is read again for each new connection pool.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"data"})

    data: bytes = b""
    file: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.data) or self.file is not None

    def read(self) -> bytes:
        """The PEM text. Raises OSError when the file cannot be read."""
        return self.file.read_bytes() if self.file is not None else self.data


class Tls(msgspec.Struct, frozen=True):
    authority: Pem = Pem()
    """The trusted certificate authority; empty: those of the system."""
    certificate: Pem = Pem()
    key: Pem = Pem()
    server_name: str = ""
    """The name that the server's certificate must have; empty: the host of the URL."""
    insecure: bool = False
    """Skip verification of the server's certificate."""


class Impersonation(msgspec.Struct, frozen=True):
    """The user to act as (Kubernetes documentation, "User impersonation")."""

    user: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        """`jane`, or `jane (groups devs, ops)`: other groups can be other rights."""
        groups = ", ".join(self.groups)
        return f"{self.user} (group{'s' if len(self.groups) > 1 else ''} {groups})" if groups else self.user


class ExecPlugin(Confidential, frozen=True):
    """A program that prints credentials.

    See the Kubernetes documentation, "client-go credential plugins".
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"args", "env", "cluster_extension"})

    command: str
    """A path, or a bare name to find in the PATH."""
    api_version: str
    """`client.authentication.k8s.io/v1` or `…/v1beta1`; its output must have the same."""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    """Added to the environment of stsview."""
    install_hint: str = ""
    provide_cluster_info: bool = False
    cluster_extension: bytes = b""
    """JSON that the cluster entry holds for plugins; empty without one."""


class Credentials(Confidential, frozen=True):
    """At most one of token, plugin and password.

    A client certificate, which is part of TLS, may be added.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"token", "password"})

    token: str = ""
    token_file: Path | None = None
    """Takes precedence over `token` while it can be read (client-go, rest.Config.BearerTokenFile)."""
    exec: ExecPlugin | None = None
    username: str = ""
    password: str = ""
    impersonation: Impersonation | None = None

    @property
    def basic(self) -> str:
        """User name and password as in an Authorization header (RFC 7617).

        Empty without a user name.
        """
        if not self.username:
            return ""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown, in each form in which they are sent.

        Without the content of a token file.
        """
        return tuple(secret for secret in (self.token, self.password, self.basic) if secret)


class ClusterConfig(Confidential, frozen=True):
    hidden: ClassVar[frozenset[str]] = frozenset({"server", "proxy_url"})

    context: str
    """Name of the context; `in-cluster` inside a pod."""
    cluster: str
    user: str
    """Name of the user entry, which need not be the user name that the cluster sees."""
    server: str
    """URL without a trailing slash; its path may hold a token, as some gateways expect."""
    namespace: str = ""
    """The context's namespace; empty when it has none (kubectl then uses `default`)."""
    credentials: Credentials = Credentials()
    tls: Tls = Tls()
    proxy_url: str = ""
    """Empty: as the environment says. It may hold a password."""
    request_seconds: float = 0.0
    """How long one request may take, as kubectl's `--request-timeout` says; 0: as the session does."""

    @property
    def address(self) -> str:
        """The server as shown to people: without the path, which may hold a token."""
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def confidential(self) -> bool:
        """Whether credentials may be sent: over TLS, or to this machine.

        kubectl sends none over plain HTTP at all (clientcmd/client_config.go, ClientConfig).
        """
        parts = urlsplit(self.server)
        return parts.scheme == "https" or is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

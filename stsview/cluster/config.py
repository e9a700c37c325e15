"""Everything that is needed to talk to one cluster as one user. Pinned at start and never changed."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Pem:
    """Certificates or a key: held here, or in a file that is read anew for each new connection pool."""

    data: bytes = field(default=b"", repr=False)
    file: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.data) or self.file is not None

    def read(self) -> bytes:
        """The PEM text. Raises OSError when the file cannot be read."""
        return self.file.read_bytes() if self.file is not None else self.data


@dataclass(frozen=True, slots=True)
class Tls:
    authority: Pem = Pem()
    """Whom to trust; empty: whom the system trusts."""
    certificate: Pem = Pem()
    key: Pem = Pem()
    server_name: str = ""
    """The name that the server's certificate must bear; empty: that of the URL."""
    insecure: bool = False
    """The server's certificate is not checked at all."""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """Whom the server shall take us for (Kubernetes documentation, "User impersonation")."""

    user: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A program that prints credentials (Kubernetes documentation, "client-go credential plugins")."""

    command: str
    """A path, or a bare name that is looked up in the PATH."""
    api_version: str
    """`client.authentication.k8s.io/v1` or `…/v1beta1`; what it prints must say the same."""
    args: tuple[str, ...] = field(default=(), repr=False)
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Added to the environment of ours."""
    install_hint: str = ""
    provide_cluster_info: bool = False
    cluster_extension: bytes = field(default=b"", repr=False)
    """JSON that the cluster entry has ready for plugins; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """At most one way to say who we are; a client certificate, which is part of TLS, may come on top."""

    token: str = field(default="", repr=False)
    token_file: Path | None = None
    """Wins over `token` as long as it can be read (client-go, rest.Config.BearerTokenFile)."""
    exec: ExecPlugin | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    impersonation: Impersonation | None = None

    @property
    def basic(self) -> str:
        """User name and password as an Authorization header has them (RFC 7617); empty without a user name."""
        if not self.username:
            return ""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated, in each form in which it is sent; a token file's content aside."""
        return tuple(secret for secret in (self.token, self.password, self.basic) if secret)


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    context: str
    """Name of the context; `in-cluster` inside a pod."""
    cluster: str
    user: str
    """Name of the user entry, which says nothing about what the cluster calls us."""
    server: str = field(repr=False)
    """URL without a trailing slash; it may have a path, in which some gateways put a token."""
    namespace: str = ""
    """The context's; empty when it names none (kubectl then takes `default`)."""
    credentials: Credentials = Credentials()
    tls: Tls = Tls()
    proxy_url: str = field(default="", repr=False)
    """Empty: whatever the environment says. It may hold a password."""

    @property
    def address(self) -> str:
        """The server for people: without the path, in which some gateways put a token."""
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

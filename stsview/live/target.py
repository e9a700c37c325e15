"""The cluster to read, and where its configuration comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.auth.kubeconfig_entries import impersonate
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import ConfigError
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Scope


class Rules(msgspec.Struct, frozen=True):
    """Restrictions that the configuration file sets for one context."""

    read_only: str = ""
    """Why nothing may be changed there; empty where it may."""
    protected: bool = False


class Target(Protocol):
    """The source of a cluster's configuration.

    Its context is fixed when the target is created.
    """

    @property
    def scope(self) -> Scope:
        """The scope to show before anything is connected."""

    async def config(self) -> ClusterConfig:
        """The configuration. Raises `CannotStart`."""

    def rules(self, context: str) -> Rules:
        """The restrictions for a context."""

    def contexts(self) -> Sequence[str]:
        """The contexts that `other` accepts, in the order of the file.

        The current one is among them.
        """

    def other(self, context: str) -> ClusterConfig:
        """The configuration of another context. Raises `CannotStart`."""

    def namespaces(self, context: str) -> tuple[str, ...]:
        """The default namespaces of a context by the configuration file.

        Empty: that of the context.
        """


def scope_of(
    config: ClusterConfig,
    namespaces: tuple[str, ...] | None = None,
    configured: tuple[str, ...] = (),
    rules: Rules | None = None,
) -> Scope:
    """The scope of a configuration.

    `namespaces`: empty for all; None for those `configured`, else that of the context, else all that are readable.
    """
    impersonation = config.credentials.impersonation
    return Scope(
        context=config.context,
        server=config.address,
        namespaces=namespaces
        if namespaces is not None
        else configured or ((config.namespace,) if config.namespace else ()),
        strict=namespaces == (),
        read_only=rules.read_only if rules is not None else "",
        protected=rules is not None and rules.protected,
        acting_as=str(impersonation) if impersonation is not None else "",
        unverified=config.tls.insecure and config.server.startswith("https:"),
    )


class KubeconfigTarget:
    """A cluster of a kubeconfig, or the one that stsview runs in.

    The context is fixed here, once: changing `current-context` in another shell does not retarget a running dashboard.
    Raises `CannotStart` when the configuration cannot be used.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        namespaces: tuple[str, ...] | None = None,
        *,
        as_user: str | None = None,
        as_groups: tuple[str, ...] = (),
        request_seconds: float = 0.0,
        configured: Callable[[str], tuple[str, ...]] = lambda context: (),
        rules: Callable[[str], Rules] = lambda context: Rules(),
        loaded: Kubeconfig | None = None,
    ) -> None:
        """Read the kubeconfig and fix the context.

        `namespaces`: empty for all; None for those `configured`, else that of the context, else all readable ones.

        `as_user` and `as_groups` are impersonated, here and in `other` contexts, instead of those of the kubeconfig.

        `request_seconds` is how long one request may take; 0: as the session does.

        `loaded` is the kubeconfig where it was read already, so that several targets are of one reading.
        """
        self.namespaces = configured
        self.rules = rules
        self._as_user = as_user or None
        self._as_groups = as_groups
        self._request_seconds = request_seconds
        try:
            self._kubeconfig = loaded or Kubeconfig.load(kubeconfig)
        except ConfigError as error:
            raise CannotStart(str(error)) from error
        self._config = self._read(context)
        self.scope = scope_of(self._config, namespaces, configured(self._config.context), rules(self._config.context))

    async def config(self) -> ClusterConfig:
        return self._config

    def contexts(self) -> Sequence[str]:
        return self._kubeconfig.contexts()

    def other(self, context: str) -> ClusterConfig:
        return self._read(context)

    def _read(self, context: str | None) -> ClusterConfig:
        try:
            config = impersonate(self._kubeconfig.config(context), self._as_user, self._as_groups)
        except ConfigError as error:
            raise CannotStart(str(error)) from error
        return replace(config, request_seconds=self._request_seconds)

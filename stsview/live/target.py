"""Which cluster to look at, and how to get at its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import ConfigError
from stsview.cluster.kubeconfig import Kubeconfig
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Scope


class Target(Protocol):
    """Where the configuration of a cluster comes from. Its context was settled when the target was made."""

    @property
    def scope(self) -> Scope:
        """What the first frame says, before anything was connected."""

    async def config(self) -> ClusterConfig:
        """The pinned configuration. Raises `CannotStart`."""

    def contexts(self) -> Sequence[str]:
        """The contexts that `other` takes, the pinned one among them; in the order of the file."""

    def other(self, context: str) -> ClusterConfig:
        """The configuration of another context, as the file is now. Raises `CannotStart`."""


class KubeconfigTarget:
    """A cluster named by a kubeconfig, or the one around us (in-cluster).

    The context is pinned here, once: somebody who changes `current-context` in another shell does not retarget a
    running dashboard. Raises `CannotStart` when the configuration cannot be used.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        namespaces: tuple[str, ...] | None = None,
    ) -> None:
        """`namespaces`: None for that of the context (all, where it names none), an empty tuple for all."""
        try:
            self._kubeconfig = Kubeconfig.load(kubeconfig)
            self._config = self._kubeconfig.config(context)
        except ConfigError as error:
            raise CannotStart(str(error)) from error
        if namespaces is None:
            namespaces = (self._config.namespace,) if self._config.namespace else ()
        self.scope = Scope(context=self._config.context, server=self._config.server, namespaces=namespaces)

    async def config(self) -> ClusterConfig:
        return self._config

    def contexts(self) -> Sequence[str]:
        return self._kubeconfig.contexts()

    def other(self, context: str) -> ClusterConfig:
        try:
            return self._kubeconfig.config(context)
        except ConfigError as error:
            raise CannotStart(str(error)) from error

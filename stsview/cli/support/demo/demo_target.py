"""The demo's cluster as a target of the dashboard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stsview.cli.support.demo.demo_process import CONTEXT, DemoProcess
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import ConfigError
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Scope
from stsview.live.target import Rules


class DemoTarget:
    """The cluster of a `DemoProcess`; it has one context."""

    def __init__(self, process: DemoProcess, namespaces: tuple[str, ...], rules: Rules) -> None:
        self._process = process
        self._rules = rules
        self.scope = Scope(
            context=CONTEXT,
            namespaces=namespaces,
            read_only=rules.read_only,
            protected=rules.protected,
            own_clock=process.scaled,
        )

    async def config(self) -> ClusterConfig:
        await asyncio.to_thread(self._process.wait_until_ready)
        return self.other(CONTEXT)

    def contexts(self) -> Sequence[str]:
        return (CONTEXT,)

    def namespaces(self, context: str) -> tuple[str, ...]:
        return ()

    def rules(self, context: str) -> Rules:
        return self._rules

    def other(self, context: str) -> ClusterConfig:
        try:
            return Kubeconfig.load(str(self._process.kubeconfig)).config(context)
        except ConfigError as error:
            raise CannotStart(str(error)) from error

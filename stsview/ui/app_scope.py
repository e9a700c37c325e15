"""The part of the app that chooses what is watched: namespaces and contexts."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from textual import work

from stsview.live.snapshot import FleetSource
from stsview.model.states import Health
from stsview.nearest import did_you_mean
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.kit.commands.commands import CommandsMixin
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.roles import RolesApp
from stsview.ui.kit.toast import toast

T = TypeVar("T")

_log = logging.getLogger(__name__)


class ScopedApp(CommandsMixin, RolesApp[None]):
    """Chooses namespaces and contexts of `source`, and returns to the fleet with each choice."""

    source: FleetSource

    def action_all_namespaces(self) -> None:
        self._select_namespaces(())

    async def action_namespaces(self, names: str = "") -> None:
        from stsview.ui.kit.choosers.namespace_chooser import ALL, NamespaceChooser

        if names:
            chosen = tuple(dict.fromkeys(names.replace(",", " ").split()))
            if chosen == ("all",):
                self._select_namespaces(())
            else:
                self._select_typed_namespaces(chosen)
            return

        def on_choice(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                self._select_namespaces(() if ALL in chosen else chosen)

        scope, fleet = self.source.snapshot.scope, self.source.snapshot.fleet
        await self.push_screen(NamespaceChooser(self._list_namespaces, scope.namespaces, fleet.sets), on_choice)

    async def action_contexts(self, name: str = "") -> None:
        if name:
            self._switch(name)
            return

        from stsview.ui.kit.choosers.context_chooser import ContextChooser

        def on_choice(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._switch(chosen[0])

        current = self.source.snapshot.scope.context
        await self.push_screen(ContextChooser(self.source.contexts(), current), on_choice)

    async def _list_namespaces(self) -> Sequence[str]:
        listed = await self._attempt("cannot list namespaces", self.source.namespaces())
        return () if listed is None else listed.names

    @work(group="typed scope", exclusive=True, exit_on_error=False)
    async def _select_typed_namespaces(self, names: tuple[str, ...]) -> None:
        """Watch these namespaces if they exist; the cluster answers for one that does not exist as for an empty one."""
        listed = await self._attempt("cannot list namespaces", self.source.namespaces())
        if listed is None:
            return
        missing = [name for name in names if name not in listed.names]
        if missing and not listed.problem:
            hint = did_you_mean(missing[0], listed.names)
            toast(self, f":ns: namespace {missing[0]} does not exist{hint}", health=Health.WARNING)
            return
        if missing:
            toast(self, listed.problem, title=f"not known whether {missing[0]} exists", health=Health.WARNING)
        self._select_namespaces(names)

    @work(group="scope", exclusive=True, exit_on_error=False)
    async def _select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        self._back_to_fleet()
        await self._attempt("cannot switch namespaces", self.source.select_namespaces(namespaces))

    @work(group="scope", exclusive=True, exit_on_error=False)
    async def _switch(self, context: str) -> None:
        if context == self.source.snapshot.scope.context:
            return
        if self.source.snapshot.clusters and context in self.source.contexts():
            self._back_to_fleet()
            if isinstance(self.screen, FleetScreen):
                self.screen.show_cluster(context)
            return
        toast(self, f"connecting to {context}")
        await self._attempt(f"cannot switch to {context}", self._switch_and_return(context))

    async def _switch_and_return(self, context: str) -> None:
        await self.source.switch_context(context)
        self._back_to_fleet()

    async def _attempt(self, failure: str, awaitable: Awaitable[T]) -> T | None:
        """The result of `awaitable`.

        None if it fails, with a toast titled `failure` that shows the error.
        """
        try:
            return await awaitable
        except Exception as error:
            _log.exception("%s", failure)
            toast(self, str(error) or type(error).__name__, title=failure, health=Health.DEGRADED, seconds=10)
            return None

    def _back_to_fleet(self) -> None:
        while isinstance(self.screen, LiveScreen) and not isinstance(self.screen, FleetScreen):
            self.pop_screen()

"""The forwarded ports of the app, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from stsview.actions.port_forward.cluster_forwards import ClusterForwards
from stsview.actions.port_forward.forward import Forward
from stsview.actions.port_forward.listener import LOOPBACK
from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.actions.port_forward.lazy_service import ForwardService

_WARNING_SECONDS = 10.0


class OpenForwards:
    """Opens and ends forwards, and remembers which set each belongs to and what was said last."""

    def __init__(
        self,
        app: App[Any],
        service: ForwardService | ClusterForwards,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when one was opened or has ended."""
        self._app = app
        self._service = service
        self._changed = changed
        self._sets: dict[Forward, Key] = {}
        self._said: dict[Forward, str] = {}
        if isinstance(service, ClusterForwards):
            service.said_to(self._say)
        else:
            service.said = self._say

    @property
    def forwards(self) -> Sequence[Forward]:
        return self._service.forwards

    def _service_of(self, key: Key) -> ForwardService:
        """That of the cluster of a set."""
        return self._service.of(key) if isinstance(self._service, ClusterForwards) else self._service

    def set_of(self, forward: Forward) -> Key:
        """The StatefulSet from whose screen it was opened."""
        return self._sets[forward]

    def last_said(self, forward: Forward) -> str:
        """The last line about it; empty while there is none."""
        return self._said.get(forward, "")

    async def declared_ports(self, target: InspectTarget) -> tuple[DeclaredPort, ...]:
        return await self._service_of(target.set).declared_ports(target.set.namespace, target.pod)

    async def open(self, target: InspectTarget, spec: PortSpec) -> Forward:
        """Forward one port. Raises `Refused`."""
        (forward,) = await self._service_of(target.set).open(target.set.namespace, target.pod, [spec], LOOPBACK)
        self._sets[forward] = target.set
        toast(
            self._app,
            ":forwards lists and ends them",
            title=f"{active().forward} {forward.local} to {forward.target}",
            seconds=8,
        )
        self._changed()
        return forward

    async def end(self, forward: Forward) -> None:
        await self._service.end(forward)
        self._sets.pop(forward, None)
        self._said.pop(forward, None)
        self._changed()

    async def close(self) -> None:
        """End all."""
        await self._service.close()

    def quit_warning(self) -> str:
        """What ends when stsview quits; empty while nothing is forwarded."""
        if not self.forwards:
            return ""
        connections = sum(forward.connections for forward in self.forwards)
        with_them = f" with {count(connections, 'connection')}" if connections else ""
        ends = "ends" if len(self.forwards) == 1 else "end"
        return f"{count(len(self.forwards), 'port-forward')} {ends}{with_them}"

    def _say(self, forward: Forward, words: str, warning: bool) -> None:
        self._said[forward] = words
        title = f"{active().forward} {forward.local}"
        health = Health.WARNING if warning else Health.NEUTRAL
        toast(self._app, words, title=title, health=health, seconds=_WARNING_SECONDS)
        self._changed()

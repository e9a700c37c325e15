"""All the reflectors of one session: started together, stopped together, their health in one place."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

from stsview.clock import Clock
from stsview.cluster.reflector import Reflector, ReflectorSettings
from stsview.cluster.session import Session
from stsview.objects.changes import Batch, StreamHealth
from stsview.objects.kinds import Kind


class Streams:
    """One reflector for each kind and namespace.

    `on_batch` and `on_health` are called in the event loop, never at the same time, never after `stop` has returned.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        dice: random.Random,
        on_batch: Callable[[Batch], None],
        on_health: Callable[[StreamHealth], None],
        settings: ReflectorSettings | None = None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._dice = dice
        self._on_batch = on_batch
        self._on_health = on_health
        self._settings = settings
        self._tasks: list[asyncio.Task[None]] = []
        self._reflectors: list[Reflector] = []
        self._health: dict[tuple[str, str], StreamHealth] = {}

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        return tuple(self._health.values())

    def start(self, kinds: Iterable[Kind], namespaces: tuple[str, ...]) -> None:
        """Read `kinds` in `namespaces`; in all of them when there is none. What has no namespace is read once."""
        for kind in kinds:
            for namespace in (namespaces if kind.namespaced else ()) or ("",):
                self._health[kind.name, namespace] = StreamHealth(kind=kind, namespace=namespace)
                reflector = Reflector(
                    self._session,
                    kind,
                    namespace,
                    on_batch=self._on_batch,
                    on_health=self._heard,
                    clock=self._clock,
                    random=self._dice,
                    settings=self._settings,
                )
                self._reflectors.append(reflector)
                self._tasks.append(asyncio.create_task(reflector.run(), name=f"reflector {kind.resource} {namespace}"))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._reflectors.clear()
        self._health.clear()

    def reconnect(self) -> None:
        """Drop every connection and resume at once: after a sleep of the machine they are dead and do not know it."""
        for reflector in self._reflectors:
            reflector.reconnect()

    def _heard(self, health: StreamHealth) -> None:
        self._health[health.kind.name, health.namespace] = health
        self._on_health(health)

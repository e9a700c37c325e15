"""Somebody at the screen: opens sets and closes them, looks at other namespaces, and is impatient."""

from __future__ import annotations

from collections import Counter
from random import Random

from stsview.live.live import Live
from stsview.objects.meta import Key
from tests.soak.picking import NAMES, NAMESPACES

_SCOPES: tuple[tuple[str, ...], ...] = ((), NAMESPACES, *((namespace,) for namespace in NAMESPACES))


class Viewer:
    """Asks for sets that are there and for others, and never waits for what was asked before."""

    def __init__(self, live: Live, dice: Random) -> None:
        self._live = live
        self._dice = dice
        self.happened: Counter[str] = Counter()

    async def something(self) -> str:
        """Do something, and say what."""
        what = self._dice.choices(("open", "leaf", "close", "look_at", "retry"), (4, 1, 2, 2, 1))[0]
        self.happened[what] += 1
        match what:
            case "open":
                key = self._a_key()
                self._live.open(key)
                return f"{key} is opened"
            case "leaf":
                for _ in range(4):
                    self._live.open(self._a_key())
                return "sets are leafed through"
            case "close":
                self._live.open(None)
                return "no set is open"
            case "look_at":
                namespaces = self._dice.choice(_SCOPES)
                await self._live.select_namespaces(namespaces)
                return f"looks at {', '.join(namespaces) or 'everything'}"
        self._live.retry()
        return "everything is tried again"

    async def rests(self) -> None:
        """Look at everything, and closely at nothing."""
        self._live.open(None)
        await self._live.select_namespaces(())

    def _a_key(self) -> Key:
        return Key(self._dice.choice(NAMESPACES), self._dice.choice(NAMES))

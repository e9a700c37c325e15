"""A viewer that opens and closes sets, changes namespaces, and retries."""

from __future__ import annotations

from collections import Counter
from random import Random

from stsview.live.live import Live
from stsview.objects.meta import Key
from tests.soak.picking import NAMES, NAMESPACES

_SCOPES: tuple[tuple[str, ...], ...] = ((), NAMESPACES, *((namespace,) for namespace in NAMESPACES))


class Viewer:
    """Random requests for existing and missing sets, without waiting for earlier ones."""

    def __init__(self, live: Live, rng: Random) -> None:
        self._live = live
        self._rng = rng
        self.happened: Counter[str] = Counter()

    async def apply_random(self) -> str:
        """Make one request, and describe it."""
        what = self._rng.choices(("open", "open_several", "close", "namespaces", "retry"), (4, 1, 2, 2, 1))[0]
        self.happened[what] += 1
        match what:
            case "open":
                key = self._a_key()
                self._live.open(key)
                return f"{key} is opened"
            case "open_several":
                for _ in range(4):
                    self._live.open(self._a_key())
                return "several sets are opened in turn"
            case "close":
                self._live.open(None)
                return "no set is open"
            case "namespaces":
                namespaces = self._rng.choice(_SCOPES)
                await self._live.select_namespaces(namespaces)
                return f"looks at {', '.join(namespaces) or 'everything'}"
        self._live.retry()
        return "everything is retried"

    async def reset(self) -> None:
        """Select all namespaces, and close the open set."""
        self._live.open(None)
        await self._live.select_namespaces(())

    def _a_key(self) -> Key:
        return Key(self._rng.choice(NAMESPACES), self._rng.choice(NAMES))

"""The life of a cluster: one random thing after the other."""

from __future__ import annotations

from collections import Counter
from random import Random

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.cluster import SimulatedCluster
from tests.soak import bad_luck, operators
from tests.soak.picking import Nothing

_BAD_LUCK = 0.25
"""How much of what happens nobody asked for."""


class Life:
    """Takes its dice from the state of the cluster and the seed alone, not from how the client fares."""

    def __init__(self, cluster: SimulatedCluster, dice: Random) -> None:
        self._cluster = cluster
        self._dice = dice
        self.happened: Counter[str] = Counter()
        """How often each thing was done, and `refused` by the API server."""

    def something(self) -> str:
        """Do something, and say what."""
        while True:
            deeds = bad_luck.DEEDS if self._dice.random() < _BAD_LUCK else operators.DEEDS
            (deed,) = self._dice.choices(list(deeds), list(deeds.values()))
            try:
                told = deed(self._cluster, self._dice)
            except Nothing:
                continue
            except ApiError as error:
                self.happened["refused"] += 1
                return f"{deed.__name__}: refused, {error.reason}"
            self.happened[deed.__name__] += 1
            return told

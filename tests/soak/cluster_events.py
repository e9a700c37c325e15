"""Random events in a cluster, by operators and by its environment."""

from __future__ import annotations

from collections import Counter
from random import Random

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.cluster import SimulatedCluster
from tests.soak import environment_events, operator_events
from tests.soak.picking import NotApplicable

_ENVIRONMENT_SHARE = 0.25
"""The share of events that no operator causes."""


class ClusterEvents:
    """Random events that depend only on the cluster and the seed, not on the client."""

    def __init__(self, cluster: SimulatedCluster, rng: Random) -> None:
        self._cluster = cluster
        self._rng = rng
        self.happened: Counter[str] = Counter()
        """How often each event happened, and how often the API server `refused` one."""

    def apply_random(self) -> str:
        """Cause one event, and describe it."""
        while True:
            events = environment_events.EVENTS if self._rng.random() < _ENVIRONMENT_SHARE else operator_events.EVENTS
            (event,) = self._rng.choices(list(events), list(events.values()))
            try:
                told = event(self._cluster, self._rng)
            except NotApplicable:
                continue
            except ApiError as error:
                self.happened["refused"] += 1
                return f"{event.__name__}: refused, {error.reason}"
            self.happened[event.__name__] += 1
            return told

"""Looks at a simulated cluster as the program does, without HTTP: all objects into a store, views with findings out."""

from __future__ import annotations

import msgspec

from stsview.model.coverage import Coverage, KindCoverage
from stsview.model.store import Store
from stsview.model.views import SetView
from stsview.objects.changes import Applied, Batch
from stsview.objects.kinds import EVENTS, WATCHED
from stsview.objects.meta import Key, decode
from stsview.simulator.apiserver.resources import by_kind
from stsview.simulator.cluster import SimulatedCluster
from stsview.triage.catalogue import examine
from tests.simulator.box import NAMESPACE


class Watched:
    """A store that knows what the cluster holds whenever it is asked."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster
        self._store = Store(examine=examine)
        for kind in {*WATCHED, EVENTS}:
            self._store.cover(kind, "", KindCoverage(Coverage.COMPLETE))

    def look(self, name: str = "web", namespace: str = NAMESPACE) -> SetView:
        """The set as it is now; raises KeyError where there is none."""
        now = self._cluster.now()
        for kind in {*WATCHED, EVENTS}:
            resource = by_kind(kind.api_version, kind.name)
            assert resource is not None, kind.name
            held = [msgspec.json.encode(one) for one in self._cluster.storage.list(resource)]
            changes = tuple(Applied(decode(one, kind.decoder)) for one in held)
            self._store.apply(Batch(kind, changes, replace=True), now)
        self._store.refresh(now)
        return self._store.fleet.sets[Key(namespace, name)]

    def pass_by(self, seconds: float, name: str = "web", namespace: str = NAMESPACE, *, every: float = 5) -> SetView:
        """Let time pass in steps, looking after each; returns the last view."""
        view = self.look(name, namespace)
        for _ in range(max(1, round(seconds / every))):
            self._cluster.advance(every)
            view = self.look(name, namespace)
        return view

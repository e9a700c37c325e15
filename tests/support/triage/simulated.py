"""The program's views of a simulated cluster, without HTTP."""

from __future__ import annotations

from stsview.model.views import SetView
from stsview.simulator.cluster import SimulatedCluster
from tests.support.simulator.clusters import NAMESPACE
from tests.support.triage.cluster_observer import ClusterObserver


class ObservedCluster:
    """A simulated cluster with the views that the program derives from it."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._observer = ClusterObserver(cluster)

    def view(self, name: str = "web", namespace: str = NAMESPACE) -> SetView:
        """The set as it is now. Raises KeyError if there is none."""
        return self.advance(0, name, namespace)

    def advance(self, seconds: float, name: str = "web", namespace: str = NAMESPACE) -> SetView:
        """Let time pass and return the last view. Raises KeyError if there is no such set."""
        self._observer.advance(seconds)
        view = self._observer.view(name, namespace)
        if view is None:
            raise KeyError(name)
        return view

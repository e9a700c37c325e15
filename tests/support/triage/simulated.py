"""Looks at a simulated cluster as the program does, without HTTP."""

from __future__ import annotations

from stsview.model.views import SetView
from stsview.simulator.cluster import SimulatedCluster
from tests.support.simulator.box import NAMESPACE
from tests.support.triage.onlooker import Onlooker


class Watched:
    """Knows what the cluster holds whenever it is asked."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._onlooker = Onlooker(cluster)

    def look(self, name: str = "web", namespace: str = NAMESPACE) -> SetView:
        """The set as it is now; raises KeyError where there is none."""
        return self.pass_by(0, name, namespace)

    def pass_by(self, seconds: float, name: str = "web", namespace: str = NAMESPACE) -> SetView:
        """Let time pass, looking at all that happens; returns the last view."""
        self._onlooker.pass_by(seconds)
        view = self._onlooker.view(name, namespace)
        if view is None:
            raise KeyError(name)
        return view

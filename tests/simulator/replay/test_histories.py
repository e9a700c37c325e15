"""Every recorded history of a real control plane, reproduced by the simulator."""

from __future__ import annotations

from functools import cache

import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import NODES, STATEFUL_SETS
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.latencies import RECORDED
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.settings import Settings, storage_class
from tests.support.simulator.replay_commands import run
from tests.support.simulator.replay_differences import DIFFERENCES, reduction
from tests.support.simulator.replay_strands import FOLDER, Change, Command, History, Strand, counters, read, strands

STORIES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))


def replay(recorded: History) -> list[Change]:
    """The history of the simulator for the same commands at the same times."""
    settings = Settings(
        latencies=RECORDED,
        nodes=node_specs(zones=3, prefix="fake-node"),
        classes=(storage_class("my-fast-storage", "realk8s.test/fake", volumeBindingMode="Immediate"),),
        volumes=ProvisionerSettings(attachable=False, zonal=False),
        preferred_node=recorded.placements(),
    )
    cluster = SimulatedCluster(Scenario("replay", "", ()), clock=ManualClock(), settings=settings)
    changes: list[Change] = []
    cluster.storage.subscribe(
        lambda event: changes.append(
            Change(cluster.timeline.monotonic(), event.resource.plural, event.type, event.object)
        )
    )
    changes += [Change(0.0, NODES.plural, "ADDED", node) for node in cluster.storage.list(NODES)]
    for command in recorded.commands:
        wait_for_its_turn(cluster, recorded, command)
        run(cluster, recorded.namespace, command)
    cluster.advance(max(change.at for change in recorded.changes) - recorded.commands[-1].at + 5)
    return [one for one in changes if one.object["metadata"].get("namespace", recorded.namespace) == recorded.namespace]


def wait_for_its_turn(cluster: SimulatedCluster, recorded: History, command: Command) -> None:
    """Wait until the set is in the state in which the command was run.

    And has been in it for as long as then.
    """

    def same() -> bool:
        stateful_set = cluster.storage.find(STATEFUL_SETS, recorded.namespace, "zookeeper")
        return counters(stateful_set["status"] if stateful_set else None) in command.states

    cluster.run_until(same, limit=120)
    cluster.advance(command.pause)


@cache
def both(name: str) -> tuple[dict[str, Strand], dict[str, Strand]]:
    """The recorded history, and the simulator's."""
    recorded = read(name)
    return strands(recorded.changes), strands(replay(recorded))


@pytest.mark.parametrize("name", STORIES)
def test_the_simulator_reproduces_the_recorded_history(name: str) -> None:
    recorded, simulated = both(name)

    for strand in recorded:
        reduced = reduction(name, strand)
        assert reduced(simulated[strand]) == reduced(recorded[strand]), strand


def test_every_allowed_difference_exists() -> None:
    """Remove entries that are no longer needed."""
    for one in DIFFERENCES:
        recorded, simulated = (strands_of_one[one.strand] for strands_of_one in both(one.recording))

        assert recorded != simulated, f"{one.recording}, {one.strand}"
        assert one.reduced(recorded), f"{one.recording}, {one.strand}: nothing is left to compare"

"""Every recorded history of a real control plane, told again by the simulator."""

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
    """What the simulator makes of the same commands at the same moments."""
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
    """Until the set is where it was when the command was run, and has been there for as long."""

    def same() -> bool:
        stateful_set = cluster.storage.find(STATEFUL_SETS, recorded.namespace, "zookeeper")
        return counters(stateful_set["status"] if stateful_set else None) in command.states

    cluster.run_until(same, limit=120)
    cluster.advance(command.pause)


@cache
def both(name: str) -> tuple[dict[str, Strand], dict[str, Strand]]:
    """The story as recorded, and as the simulator tells it."""
    recorded = read(name)
    return strands(recorded.changes), strands(replay(recorded))


@pytest.mark.parametrize("name", STORIES)
def test_the_simulator_tells_the_same_story(name: str) -> None:
    told, simulated = both(name)

    for strand in told:
        reduced = reduction(name, strand)
        assert reduced(simulated[strand]) == reduced(told[strand]), strand


def test_every_difference_that_is_allowed_is_one() -> None:
    """An entry that is no longer needed must go."""
    for one in DIFFERENCES:
        told, simulated = (telling[one.strand] for telling in both(one.story))

        assert told != simulated, f"{one.story}, {one.strand}"
        assert one.reduced(told), f"{one.story}, {one.strand}: nothing is left to compare"

"""Scenarios: histories that a simulated cluster replays.

To add one, write a module here with a `SCENARIO` and list it in `_SCENARIOS`. Scenarios may import everything in the
simulator; nothing else in the simulator imports them.
"""

from __future__ import annotations

from stsview.nearest import did_you_mean
from stsview.simulator.cluster import Scenario
from stsview.simulator.scenarios import (
    broken_rollout,
    canary,
    crash_loop,
    dead_node,
    finalizer,
    fleet,
    headless_missing,
    kubelet_hangs,
    memory_leak,
    not_headless,
    operator_owned,
    orphaned,
    quota,
    rollout,
    scale_down_stuck,
    tour,
    zone_lost,
    zookeeper,
)
from stsview.simulator.scenarios.storage import claim_drift, disk_full, volume_full

_SCENARIOS: tuple[Scenario, ...] = (
    tour.SCENARIO,
    zookeeper.SCENARIO,
    rollout.SCENARIO,
    broken_rollout.SCENARIO,
    crash_loop.SCENARIO,
    dead_node.SCENARIO,
    kubelet_hangs.SCENARIO,
    finalizer.SCENARIO,
    headless_missing.SCENARIO,
    not_headless.SCENARIO,
    claim_drift.SCENARIO,
    disk_full.SCENARIO,
    volume_full.SCENARIO,
    memory_leak.SCENARIO,
    orphaned.SCENARIO,
    scale_down_stuck.SCENARIO,
    quota.SCENARIO,
    canary.SCENARIO,
    zone_lost.SCENARIO,
    operator_owned.SCENARIO,
    fleet.SCENARIO,
)


class UnknownScenario(ValueError):
    """No scenario has this name. The message lists the names."""


def catalogue() -> list[Scenario]:
    """All scenarios, the default one first."""
    return list(_SCENARIOS)


def find(name: str) -> Scenario:
    """The scenario of this name. Raises `UnknownScenario`."""
    for scenario in _SCENARIOS:
        if scenario.name == name:
            return scenario
    known = [scenario.name for scenario in _SCENARIOS]
    raise UnknownScenario(
        f"unknown scenario {name!r}" + (did_you_mean(name, known) or f"; available: {', '.join(known)}")
    )

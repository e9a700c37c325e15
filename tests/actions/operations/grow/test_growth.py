"""Growing claims from the plan to the end: online, with a restart, and back from what a driver cannot do."""

from __future__ import annotations

import pytest

from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.growing import NAMES, asked, driver, grow, sizes
from tests.support.actions.restarting import evictions, new, uids, words

FULL = dict.fromkeys(NAMES, ("20Gi", "20Gi"))


async def test_claims_grow_one_at_a_time_and_no_pod_restarts(harness: ActionHarness) -> None:
    before = uids(harness)
    plan = await harness.plan(grow(harness))
    assert not plan.refused
    assert plan.steps[0] == "expand data-zookeeper-2, -1 and -0 from 10Gi to 20Gi, one at a time"
    assert plan.risks == (
        "Volumes never shrink: 30 Gi of storage become 60 Gi, and stay so.",
        "Template data keeps 10Gi: PVCs of future ordinals get that.",
    )
    assert plan.details[0] == "data-zookeeper-2: class my-fast-storage, requests 10Gi, has 10Gi"
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert (sizes(harness), asked(harness), new(harness, before)) == (FULL, list(NAMES), set())
    most = max(sum(not step.done for step in one.steps if " has 20Gi" in step.words) for one in told)
    assert most == 1
    assert unfinished(harness.log.path.parent, harness.view().uid) is None
    again = await harness.plan(grow(harness))
    assert check(again, "claims").words == ("every PVC has 20Gi already; template data has 10Gi")


async def test_several_claims_grow_at_a_time_in_the_order_asked_for(harness: ActionHarness) -> None:
    plan = await harness.plan(grow(harness, ordinals=(0, 2), parallel=2))
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert asked(harness) == ["data-zookeeper-0", "data-zookeeper-2"]
    both = {"data-zookeeper-0 has 20Gi", "data-zookeeper-2 has 20Gi"}
    assert any(both <= {step.words for step in one.steps if not step.done} for one in told)
    assert sizes(harness)["data-zookeeper-1"] == ("10Gi", "10Gi")


async def test_a_pod_restarts_where_its_driver_needs_that_and_no_other(harness: ActionHarness) -> None:
    driver(harness, "offline", claim="data-zookeeper-1")
    before = uids(harness)
    told = await harness.carry_out(await harness.confirm(await harness.plan(grow(harness))))
    assert told[-1].outcome is Outcome.REACHED
    assert (sizes(harness), new(harness, before)) == (FULL, {"zookeeper-1"})
    assert "data-zookeeper-1 has 20Gi: its file system grows when zookeeper-1 starts again" in words(told)
    assert evictions(harness) == ["data-zookeeper-2", "data-zookeeper-1", "zookeeper-1", "data-zookeeper-0"]


async def test_an_infeasible_size_stops_it_and_a_smaller_one_is_the_way_out(harness: ActionHarness) -> None:
    driver(harness, "refuse", "15Gi", claim="data-zookeeper-1")
    told = await harness.carry_out(await harness.confirm(await harness.plan(grow(harness))))
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert told[-1].words.startswith("PVC data-zookeeper-1 cannot be expanded to 20Gi: failed to expand pvc with rpc")
    assert told[-1].words.endswith(
        "data-zookeeper-2 grown; data-zookeeper-1 asked to grow: the driver continues; data-zookeeper-0 not touched"
    )
    begun = unfinished(harness.log.path.parent, harness.view().uid)
    assert begun is not None
    assert begun.words.endswith(": data-zookeeper-2 done, data-zookeeper-1 in progress, 1 left")

    intent = begun.intent()
    assert intent is not None
    again = await harness.plan(intent)
    assert again.refused[0].words.startswith("data-zookeeper-1 cannot be expanded to 20Gi (failed to expand")

    less = await harness.plan(grow(harness, "15Gi", ordinals=(1, 0)))
    assert not less.refused
    assert less.steps[:2] == (
        "lower the request of data-zookeeper-1 from 20Gi to 15Gi",
        "expand data-zookeeper-0 from 10Gi to 15Gi",
    )
    told = await harness.carry_out(await harness.confirm(less))
    assert told[-1].outcome is Outcome.REACHED
    assert sizes(harness) == {
        "data-zookeeper-0": ("15Gi", "15Gi"),
        "data-zookeeper-1": ("15Gi", "15Gi"),
        "data-zookeeper-2": ("20Gi", "20Gi"),
    }


@pytest.mark.parametrize(
    ("expansion", "outcome", "why"),
    [
        ("fail", Outcome.NOT_REACHED, "the expansion of PVC data-zookeeper-2 to 20Gi fails: failed to expand pvc"),
        ("unused", Outcome.NOT_REACHED, "the expansion of PVC data-zookeeper-2 to 20Gi fails: failed to expand pvc"),
        ("refuse-node", Outcome.NOT_REACHED, "PVC data-zookeeper-2 cannot be expanded to 20Gi: failed to expand pvc"),
        ("fail-node", Outcome.NOT_REACHED, "the expansion of PVC data-zookeeper-2 to 20Gi fails: failed to expand pvc"),
        ("never", Outcome.TIMED_OUT, "data-zookeeper-2 asked to grow: the driver continues"),
        ("never-node", Outcome.TIMED_OUT, "data-zookeeper-2 asked to grow: the driver continues"),
        ("absent", Outcome.TIMED_OUT, "data-zookeeper-2 asked to grow: the driver continues"),
    ],
)
async def test_a_driver_that_does_not_expand_it_ends_it_and_no_pod_restarts(
    harness: ActionHarness, expansion: str, outcome: Outcome, why: str
) -> None:
    driver(harness, expansion)
    before = uids(harness)
    told = await harness.carry_out(await harness.confirm(await harness.plan(grow(harness))))
    assert told[-1].outcome is outcome
    assert told[-1].words.startswith(why)
    assert told[-1].words.endswith("; data-zookeeper-1 and data-zookeeper-0 not touched")
    assert (asked(harness), new(harness, before)) == (["data-zookeeper-2"], set())


async def test_controller_expansion_needs_no_node(harness: ActionHarness) -> None:
    driver(harness, "controller")
    before = uids(harness)
    told = await harness.carry_out(await harness.confirm(await harness.plan(grow(harness, parallel=3))))
    assert told[-1].outcome is Outcome.REACHED
    assert (sizes(harness), new(harness, before)) == (FULL, set())
    assert check(await harness.plan(grow(harness, "30Gi")), "restart").result is Result.PASS

"""Growing claims from the plan to the end: online, with a restart, and back from what a driver cannot do."""

from __future__ import annotations

import pytest

from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import PODS
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.growing import NAMES, asked, driver, grow, owned, set_of, sizes, template_size
from tests.support.actions.restarting import Once, before_sending, evictions, new, uids, words

FULL = dict.fromkeys(NAMES, ("20Gi", "20Gi"))


async def test_claims_grow_one_at_a_time_and_no_pod_restarts(harness: ActionHarness) -> None:
    before = uids(harness)
    plan = await harness.plan(grow(harness))
    assert not plan.refused
    assert plan.steps[0] == "expand data-zookeeper-2, -1 and -0 from 10Gi to 20Gi, one at a time"
    assert plan.risks == (
        "Volumes never shrink: 30 Gi of storage become 60 Gi, and stay so.",
        "Template data keeps 10Gi: PVCs of future ordinals get that (--template).",
    )
    assert plan.details[0] == "data-zookeeper-2: class my-fast-storage, requests 10Gi, has 10Gi"
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    assert (sizes(harness), asked(harness), new(harness, before)) == (FULL, list(NAMES), set())
    most = max(sum(not step.done for step in one.steps if " has 20Gi" in step.words) for one in told)
    assert most == 1
    assert unfinished(harness.log.path.parent, harness.view().uid) is None
    again = await harness.plan(grow(harness))
    assert check(again, "claims").words == (
        "every PVC has 20Gi already; template data has 10Gi: --template changes that"
    )


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


async def test_a_restart_waits_until_the_other_members_are_available(harness: ActionHarness) -> None:
    driver(harness, "offline", claim="data-zookeeper-2")
    before = uids(harness)
    confirmed = await harness.confirm(await harness.plan(grow(harness)))
    once = Once(lambda: harness.cluster.storage.delete(PODS, "default", "zookeeper-0"))
    with before_sending(harness, lambda path: once() if path.endswith("data-zookeeper-2") else None):
        told = await harness.carry_out(confirmed)
    assert told[-1].outcome is Outcome.REACHED
    assert any(one.startswith("zookeeper-2 may restart: zookeeper-0 is not available") for one in words(told))
    assert (sizes(harness), new(harness, before)) == (FULL, {"zookeeper-2", "zookeeper-0"})


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
        (
            "never",
            Outcome.TIMED_OUT,
            "data-zookeeper-2: the storage driver expands the volume; data-zookeeper-2 asked to",
        ),
        (
            "never-node",
            Outcome.TIMED_OUT,
            "data-zookeeper-2: the node expands the file system; data-zookeeper-2 asked to",
        ),
        (
            "absent",
            Outcome.TIMED_OUT,
            "data-zookeeper-2: the storage driver has not begun; data-zookeeper-2 asked to grow",
        ),
    ],
)
async def test_a_driver_that_does_not_expand_it_ends_it_and_no_pod_restarts(
    harness: ActionHarness, expansion: str, outcome: Outcome, why: str
) -> None:
    driver(harness, expansion)
    before = uids(harness)
    # Of those that wait in vain, one takes the time that a growth has by itself.
    seconds = 60.0 if expansion in ("never-node", "absent") else None
    told = await harness.carry_out(await harness.confirm(await harness.plan(grow(harness))), seconds)
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


async def test_then_the_template_gets_the_size_and_no_pod_restarts(harness: ActionHarness) -> None:
    before = uids(harness)
    plan = await harness.plan(grow(harness, template=True))
    assert not plan.refused
    assert plan.confirmation.name == "zookeeper"
    assert plan.steps[1:] == (
        "wait for its file system; evict its pod only if its driver needs that",
        "save the manifest, and delete zookeeper without its pods",
        "create it again with the size of data 20Gi instead of 10Gi",
        "it adopts its 3 pods and its revisions; no pod restarts",
    )
    told = await harness.carry_out(await harness.confirm(plan), step=0.1)
    assert told[-1].outcome is Outcome.REACHED
    assert (sizes(harness), new(harness, before)) == (FULL, set())
    assert template_size(set_of(harness)) == "20Gi"
    await harness.rig.until(lambda: owned(harness)["zookeeper-0"] == harness.view().uid, "the new set is seen")
    assert check(await harness.plan(grow(harness, template=True)), "claims").words == (
        "every PVC has 20Gi already, and so has template data"
    )


async def test_only_the_template_is_left(harness: ActionHarness) -> None:
    """Which closes the drift that an expansion by hand leaves."""
    await harness.carry_out(await harness.confirm(await harness.plan(grow(harness, parallel=3))))
    plan = await harness.plan(grow(harness, template=True))
    assert (plan.refused, plan.ends, plan.steps[0]) == ((), (), "every PVC has 20Gi already")
    told = await harness.carry_out(await harness.confirm(plan), step=0.1)
    assert (told[-1].outcome, template_size(set_of(harness))) == (Outcome.REACHED, "20Gi")
    assert asked(harness) == ["data-zookeeper-2", "data-zookeeper-1", "data-zookeeper-0"]


async def test_a_set_that_may_not_be_recreated_refuses_it_before_any_claim_grows(harness: ActionHarness) -> None:
    harness.cluster.server.users["admin"].denied.append(Rule(("create",), ("*",), ("statefulsets",)))
    plan = await harness.plan(grow(harness, template=True))
    assert "you may not create statefulsets in default" in [one.words for one in plan.refused]
    assert sizes(harness) == dict.fromkeys(NAMES, ("10Gi", "10Gi"))


async def test_a_recreation_that_is_refused_later_leaves_the_claims_grown(harness: ActionHarness) -> None:
    confirmed = await harness.confirm(await harness.plan(grow(harness, template=True)))
    once = Once(lambda: harness.cluster.storage.delete(PODS, "default", "zookeeper-1"))
    with before_sending(harness, lambda path: once() if path.endswith("data-zookeeper-0") else None):
        harness.cluster.images.missing.add("zookeeper:3.8.1")
        harness.cluster.images._pulled.clear()
        told = await harness.carry_out(confirmed, 120.0)
    assert told[-1].outcome is Outcome.NOT_REACHED
    assert "the set was not deleted" in told[-1].words
    assert told[-1].words.endswith("data-zookeeper-2, -1 and -0 grown; template data not changed")
    assert (sizes(harness), template_size(set_of(harness))) == (FULL, "10Gi")

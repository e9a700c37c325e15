"""Under any faults: no action changes another object, writes unseen or unrecorded, or acts while a kubelet is alive."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import DeletePod, ForceDelete, Reconcile, Scale, SetIntent
from stsview.actions.progress import Outcome
from stsview.simulator.cluster import Scenario
from stsview.simulator.scenarios.zookeeper import SCENARIO as HEALTHY
from tests.actions.conftest import ActionHarness, agreeing, open_harness
from tests.live.conftest import Rig
from tests.support.actions.fault_injection import (
    EVENTS,
    Event,
    claim_gets_an_owner,
    claim_is_deleted,
    claim_is_lost,
    goes_read_only,
    happen,
    kubelet_is_heard,
    node_is_back,
    node_is_cordoned,
    picture_goes_stale,
    pod_is_replaced,
    server_is_busy,
)
from tests.support.actions.invariants import ACTING, Invariants
from tests.support.actions.stuck import ALIVE, DEAD, DEAD_AND_STUCK, ZOOKEEPER, row

EXAMPLES = int(os.environ.get("STSVIEW_EXAMPLES", "6"))
"""How many interleavings each test tries; a thousand take ten minutes."""

_MOST_REQUESTS = 64
"""About as many as a force-deletion sends when it is planned twice."""

_FOLLOWED_SECONDS = 30.0


class Fault(NamedTuple):
    before: int
    """The number of the request of ours before which it happens."""
    event: Event
    pod: str


class Deed(NamedTuple):
    kind: type[SetIntent]
    pod: str
    override: str = ""
    hasty: bool = True
    """Whether a plan that changed is confirmed at once, without a look."""


def intent_of(deed: Deed, harness: ActionHarness) -> SetIntent:
    view = harness.view()
    uid = row(harness, deed.pod).uid or "none"
    if deed.kind is ForceDelete:
        return ForceDelete(ZOOKEEPER, view.uid, deed.pod, uid, override=deed.override)
    if deed.kind is DeletePod:
        return DeletePod(ZOOKEEPER, view.uid, deed.pod, uid)
    if deed.kind is Scale:
        return Scale(ZOOKEEPER, view.uid, int(deed.pod[-1]) + 2, view.replicas)
    return Reconcile(ZOOKEEPER, view.uid)


async def through_the_door(
    harness: ActionHarness, invariants: Invariants, deed: Deed, intent: SetIntent
) -> Outcome | None:
    ACTING.set(invariants)
    try:
        plan = await harness.action_service.plan(intent)
        for _ in range(3):
            try:
                run = await harness.action_service.confirm(plan, agreeing(plan))
            except Changed as changed:
                if not deed.hasty:
                    return None
                plan = changed.plan
            else:
                invariants.confirmed(run)
                async for _ in run.follow(_FOLLOWED_SECONDS):
                    pass
                return run.progress.outcome
    except Refused:
        return None
    return None


async def scripted_run(scenario: Scenario, deed: Deed, faults: Sequence[Fault]) -> tuple[Invariants, Outcome | None]:
    """One way through the action service. Raises AssertionError when an invariant does not hold."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(Rig(folder, stack), stack, scenario)

        def before_request(number: int) -> None:
            for fault in faults:
                if fault.before == number:
                    happen(fault.event, harness, fault.pod)

        intent = intent_of(deed, harness)
        invariants = Invariants(harness, intent, row(harness, deed.pod).node, before_request)
        with invariants.watch():
            outcome = await harness.through(through_the_door(harness, invariants, deed, intent), 0.25)
        invariants.in_the_end()
        return invariants, outcome


PODS = st.sampled_from(["zookeeper-0", "zookeeper-1", "zookeeper-1", "zookeeper-1", "zookeeper-2"])

DEEDS = st.builds(
    Deed,
    st.sampled_from([ForceDelete, ForceDelete, ForceDelete, DeletePod, Scale, Reconcile]),
    PODS,
    st.sampled_from(["", "", "because"]),
    st.booleans(),
)

HAPPENINGS = st.lists(st.builds(Fault, st.integers(0, _MOST_REQUESTS), st.sampled_from(EVENTS), PODS), max_size=4)


@given(st.sampled_from([DEAD, DEAD, DEAD_AND_STUCK, ALIVE, HEALTHY]), DEEDS, HAPPENINGS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="STSVIEW_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    # To make a failure simpler takes minutes, and it has four events at most.
    phases=(Phase.generate,),
)
def test_faults_between_any_two_requests(scenario: Scenario, deed: Deed, faults: list[Fault]) -> None:
    asyncio.run(scripted_run(scenario, deed, faults))


@pytest.mark.parametrize(
    ("scenario", "deed", "writes"),
    [
        (DEAD, Deed(ForceDelete, "zookeeper-1"), 1),
        (ALIVE, Deed(ForceDelete, "zookeeper-1"), 0),
        (ALIVE, Deed(ForceDelete, "zookeeper-1", "because"), 1),
        (HEALTHY, Deed(DeletePod, "zookeeper-1"), 1),
        (HEALTHY, Deed(Scale, "zookeeper-2"), 1),
        (HEALTHY, Deed(Reconcile, "zookeeper-1"), 1),
    ],
)
async def test_without_faults_the_goal_is_reached(scenario: Scenario, deed: Deed, writes: int) -> None:
    """So that the invariants are not kept by doing nothing."""
    invariants, _ = await scripted_run(scenario, deed, ())
    assert invariants.carried_out == writes


FORCE = Deed(ForceDelete, "zookeeper-1")


async def test_faults_at_the_critical_moments_of_a_force_deletion() -> None:
    calm, _ = await scripted_run(DEAD_AND_STUCK, FORCE, ())
    requests = len(calm.asked)
    assert [path.rpartition("/")[2] for path in calm.asked[-7:-5]] == ["zookeeper-1", calm.node]
    second_look, last_look, sending = requests - 7, requests - 3, requests - 1
    for event, before in (
        (pod_is_replaced, sending),
        (kubelet_is_heard, second_look),
        (kubelet_is_heard, last_look),
        (node_is_back, last_look),
        (goes_read_only, last_look),
        (picture_goes_stale, last_look),
    ):
        invariants, _ = await scripted_run(DEAD_AND_STUCK, FORCE, [Fault(before, event, "zookeeper-1")])
        assert not invariants.carried_out, event


@pytest.mark.parametrize(
    ("event", "writes"),
    [(claim_is_deleted, 0), (claim_is_lost, 0), (claim_gets_an_owner, 0), (node_is_cordoned, 1)],
)
async def test_a_deletion_that_is_sent_again_is_rechecked_for_data_loss(event: Event, writes: int) -> None:
    """The API server answers 429 first."""
    deed = Deed(DeletePod, "zookeeper-1")
    calm, _ = await scripted_run(HEALTHY, deed, ())
    sending = len(calm.asked) - 1
    faults = [Fault(sending, server_is_busy, "zookeeper-1"), Fault(sending, event, "zookeeper-1")]
    invariants, _ = await scripted_run(HEALTHY, deed, faults)
    assert invariants.carried_out == writes


async def test_a_fault_at_each_request() -> None:
    """Each event before each request of a force-deletion in turn, or before as many of them as are asked for."""
    every = list(product(EVENTS, range(_MOST_REQUESTS)))
    for event, before in every[:: max(1, len(every) // EXAMPLES)]:
        await scripted_run(DEAD_AND_STUCK, FORCE, [Fault(before, event, "zookeeper-1")])

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
from stsview.actions.intents import DeletePod, ForceDelete, Intent, Reconcile, Scale
from stsview.actions.progress import Outcome
from stsview.simulator.cluster import Scenario
from stsview.simulator.scenarios.zookeeper import SCENARIO as HEALTHY
from tests.actions.conftest import ActionHarness, agreeing, open_harness
from tests.live.conftest import Rig
from tests.support.actions.fault_injection import (
    EVENTS,
    Event,
    goes_read_only,
    happen,
    kubelet_is_heard,
    node_is_back,
    picture_goes_stale,
    pod_is_replaced,
)
from tests.support.actions.invariants import ACTING, Laws
from tests.support.actions.stuck import ALIVE, DEAD, DEAD_AND_STUCK, ZOOKEEPER, row

EXAMPLES = int(os.environ.get("STSVIEW_EXAMPLES", "6"))
"""How many interleavings each test tries; a thousand take ten minutes."""

_MOST_REQUESTS = 64
"""About as many as a force-deletion sends when it is planned twice."""

_FOLLOWED_SECONDS = 20.0


class Happening(NamedTuple):
    before: int
    """The number of the request of ours before which it happens."""
    event: Event
    pod: str


class Deed(NamedTuple):
    kind: type[Intent]
    pod: str
    override: str = ""
    hasty: bool = True
    """Whether a plan that changed is confirmed at once, without a look."""


def intent_of(deed: Deed, harness: ActionHarness) -> Intent:
    view = harness.view()
    uid = row(harness, deed.pod).uid or "none"
    if deed.kind is ForceDelete:
        return ForceDelete(ZOOKEEPER, view.uid, deed.pod, uid, override=deed.override)
    if deed.kind is DeletePod:
        return DeletePod(ZOOKEEPER, view.uid, deed.pod, uid)
    if deed.kind is Scale:
        return Scale(ZOOKEEPER, view.uid, int(deed.pod[-1]) + 2, view.replicas)
    return Reconcile(ZOOKEEPER, view.uid)


async def through_the_door(harness: ActionHarness, laws: Laws, deed: Deed, intent: Intent) -> Outcome | None:
    ACTING.set(laws)
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
                laws.confirmed(run)
                async for _ in run.follow(_FOLLOWED_SECONDS):
                    pass
                return run.progress.outcome
    except Refused:
        return None
    return None


async def episode(scenario: Scenario, deed: Deed, happenings: Sequence[Happening]) -> tuple[Laws, Outcome | None]:
    """One way through the door. Raises AssertionError when a law does not hold."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(Rig(folder, stack), stack, scenario)

        def before_request(number: int) -> None:
            for happening in happenings:
                if happening.before == number:
                    happen(happening.event, harness, happening.pod)

        intent = intent_of(deed, harness)
        laws = Laws(harness, intent, row(harness, deed.pod).node, before_request)
        with laws.watch():
            outcome = await harness.through(through_the_door(harness, laws, deed, intent), 0.25)
        laws.in_the_end()
        return laws, outcome


PODS = st.sampled_from(["zookeeper-0", "zookeeper-1", "zookeeper-1", "zookeeper-1", "zookeeper-2"])

DEEDS = st.builds(
    Deed,
    st.sampled_from([ForceDelete, ForceDelete, ForceDelete, DeletePod, Scale, Reconcile]),
    PODS,
    st.sampled_from(["", "", "because"]),
    st.booleans(),
)

HAPPENINGS = st.lists(st.builds(Happening, st.integers(0, _MOST_REQUESTS), st.sampled_from(EVENTS), PODS), max_size=4)


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
def test_faults_between_any_two_requests(scenario: Scenario, deed: Deed, happenings: list[Happening]) -> None:
    asyncio.run(episode(scenario, deed, happenings))


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
    """So that the laws are not kept by doing nothing."""
    laws, _ = await episode(scenario, deed, ())
    assert laws.carried_out == writes


FORCE = Deed(ForceDelete, "zookeeper-1")


async def test_faults_at_the_critical_moments_of_a_force_deletion() -> None:
    calm, _ = await episode(DEAD_AND_STUCK, FORCE, ())
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
        laws, _ = await episode(DEAD_AND_STUCK, FORCE, [Happening(before, event, "zookeeper-1")])
        assert not laws.carried_out, event


async def test_a_fault_at_each_request() -> None:
    """Each event before each request of a force-deletion in turn, or before as many of them as are asked for."""
    every = list(product(EVENTS, range(_MOST_REQUESTS)))
    for event, before in every[:: max(1, len(every) // EXAMPLES)]:
        await episode(DEAD_AND_STUCK, FORCE, [Happening(before, event, "zookeeper-1")])

"""Killed at any request, a growth continues to its end, and no pod restarts but those whose driver needs it."""

from __future__ import annotations

import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stsview.actions.operations.grow.journal import unfinished
from stsview.actions.operations.grow.resuming import NothingToContinue, intent_from_cluster
from stsview.actions.progress import Outcome
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig
from tests.support.actions.growing import NAMES, asked, driver, grow, killed, sizes
from tests.support.actions.restarting import evictions, new, uids

EXAMPLES = int(os.environ.get("STSVIEW_EXAMPLES", "6"))

_REQUESTS = 60
"""About as many as a growth with a restart sends and reads after it was confirmed."""

_RANDOM = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="STSVIEW_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)


@_RANDOM
@given(
    offline=st.sets(st.sampled_from(NAMES)),
    parallel=st.integers(1, 3),
    kills=st.lists(st.tuples(st.integers(0, _REQUESTS), st.booleans()), min_size=1, max_size=4),
)
async def test_killed_at_any_request_it_continues_to_the_end(
    offline: set[str], parallel: int, kills: list[tuple[int, bool]]
) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(Rig(folder, stack), stack, "zookeeper")
        for name in offline:
            driver(harness, "offline", claim=name)
        before = uids(harness)
        for at, carried_out in kills:
            if not await _run(harness, parallel, at, carried_out):
                break
        else:
            await _run(harness, parallel)
        assert sizes(harness) == dict.fromkeys(NAMES, ("20Gi", "20Gi"))
        pods = {name.removeprefix("data-") for name in offline}
        assert new(harness, before) == pods
        sent = [name for name in evictions(harness) if name.startswith("zookeeper-")]
        assert len(sent) <= len(pods) + len(kills), "no pod is restarted again"
        assert set(asked(harness)) == set(NAMES)
        assert unfinished(harness.log.path.parent, harness.view().uid) is None


async def _run(harness: ActionHarness, parallel: int, at: int | None = None, carried_out: bool = False) -> bool:
    """Begin it, or continue it. Returns whether it was killed."""
    await harness.rig.until(lambda: harness.view().available == 3, "no member is down", step=0.5)
    begun = unfinished(harness.log.path.parent, harness.view().uid)
    wanted = begun.intent() if begun is not None else grow(harness, parallel=parallel)
    assert wanted is not None
    plan = await harness.plan(wanted)
    if begun is None and [one.id for one in plan.refused] == ["claims"]:
        # It was killed between the end of the growth and that of the process.
        return False
    run = await harness.confirm(plan)
    if at is not None and await killed(harness, run, at, carried_out=carried_out):
        return True
    if at is None:
        await harness.carry_out(run)
    assert run.progress.outcome is Outcome.REACHED, run.progress
    return False


async def test_without_its_journal_it_continues_from_what_the_claims_request(harness: ActionHarness) -> None:
    """Another machine, or another user, finishes what was begun."""
    with pytest.raises(NothingToContinue, match="nothing to continue: no PVC of default/zookeeper is being expanded"):
        intent_from_cluster(harness.view())
    plan = await harness.plan(grow(harness, ordinals=(2, 1)))
    assert await killed(harness, await harness.confirm(plan), 3, carried_out=True)
    (journal,) = (harness.log.path.parent / "growths").glob("*.json")
    journal.unlink()
    await harness.rig.until(lambda: _requested(harness) > 0, "the request is seen")
    wanted = intent_from_cluster(harness.view())
    assert (wanted.size, wanted.claim, wanted.ordinals, wanted.template) == ("20Gi", "data", (), False)
    told = await harness.carry_out(await harness.confirm(await harness.plan(wanted)))
    assert told[-1].outcome is Outcome.REACHED
    assert sizes(harness) == dict.fromkeys(NAMES, ("20Gi", "20Gi"))


def _requested(harness: ActionHarness) -> int:
    claims = [claim for row in harness.view().ordinals for claim in row.claims]
    return sum((claim.requested or 0) > (claim.size or 0) for claim in claims)

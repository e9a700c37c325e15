"""Killed at any request, a growth continues to its end, and no pod restarts but those whose driver needs it."""

from __future__ import annotations

import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stsview.actions.intents import ResumeRecreate
from stsview.actions.operations.grow.resuming import NothingToContinue, intent_from_cluster
from stsview.actions.progress import Outcome
from stsview.cli.intents.grow import continuing_intent
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig
from tests.support.actions.growing import NAMES, asked, driver, grow, killed, owned, set_of, sizes, template_size
from tests.support.actions.restarting import evictions, new, uids

EXAMPLES = int(os.environ.get("STSVIEW_EXAMPLES", "4"))

_REQUESTS = 90
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
    template=st.booleans(),
    kills=st.lists(st.tuples(st.integers(0, _REQUESTS), st.booleans()), min_size=1, max_size=4),
)
async def test_killed_at_any_request_it_continues_to_the_end(
    offline: set[str], parallel: int, template: bool, kills: list[tuple[int, bool]]
) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(Rig(folder, stack), stack, "zookeeper")
        for name in offline:
            driver(harness, "offline", claim=name)
        before, was = uids(harness), set_of(harness)
        for at, carried_out in kills:
            if not await _run(harness, parallel, template, at, carried_out):
                break
        else:
            await _run(harness, parallel, template)
        await harness.rig.until(lambda: harness.view().available == 3, "no member is down", step=0.5)
        assert sizes(harness) == dict.fromkeys(NAMES, ("20Gi", "20Gi"))
        pods = {name.removeprefix("data-") for name in offline}
        assert new(harness, before) == pods
        sent = [name for name in evictions(harness) if name in before]
        assert len(sent) <= len(pods) + len(kills), "no pod is restarted again"
        assert set(asked(harness)) == set(NAMES)
        now = set_of(harness)
        assert owned(harness) == dict.fromkeys(before, now["metadata"]["uid"])
        assert template_size(now) == ("20Gi" if template else "10Gi")
        assert (now["metadata"]["uid"] != was["metadata"]["uid"]) is template
        assert now["spec"]["template"] == was["spec"]["template"]
        assert now["status"]["updateRevision"] == was["status"]["updateRevision"]


def _context(harness: ActionHarness) -> IntentContext:
    return IntentContext(harness.live, harness.live.snapshot, harness.rig.clock, harness.log.path.parent)


async def _run(
    harness: ActionHarness, parallel: int, template: bool, at: int | None = None, carried_out: bool = False
) -> bool:
    """Begin it, or continue it as the command line does. Returns whether it was killed."""
    await harness.rig.pass_time(3.0)
    try:
        wanted = continuing_intent("default/zookeeper", _context(harness))
    except CommandError:
        wanted = grow(harness, parallel=parallel, template=template)
    if not isinstance(wanted, ResumeRecreate):
        await harness.rig.until(lambda: harness.view().available == 3, "no member is down", step=0.5)
    plan = await harness.plan(wanted)
    if [one.id for one in plan.refused] == ["claims"]:
        # It was killed between the end of the growth and that of the process.
        assert "already" in plan.refused[0].words
        return False
    run = await harness.confirm(plan)
    if at is not None and await killed(harness, run, at, carried_out=carried_out):
        return True
    if at is None:
        await harness.carry_out(run)
    assert run.progress.outcome is Outcome.REACHED, run.progress
    return False


@pytest.mark.parametrize(
    ("method", "carried_out"), [("DELETE", False), ("DELETE", True), ("POST", False), ("POST", True)]
)
async def test_killed_while_the_set_is_away(harness: ActionHarness, method: str, carried_out: bool) -> None:
    before = uids(harness)
    run = await harness.confirm(await harness.plan(grow(harness, template=True)))
    assert await killed(harness, run, method, carried_out=carried_out)
    assert not await _run(harness, 1, True)
    await harness.rig.pass_time(3.0)
    assert (sizes(harness), new(harness, before)) == (dict.fromkeys(NAMES, ("20Gi", "20Gi")), set())
    now = set_of(harness)
    assert (template_size(now), owned(harness)) == ("20Gi", dict.fromkeys(before, now["metadata"]["uid"]))
    with pytest.raises(CommandError, match="nothing to continue"):
        continuing_intent("zookeeper", _context(harness))


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
